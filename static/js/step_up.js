// The dialog in which a person confirms, with a passkey, exactly what is shown there.

import { answerStepUpsWith, call, Problem } from "./api.js";
import { getByButton } from "./ceremony.js";
import { busy, clear, tellError } from "./page.js";
import { say } from "./wording.js";

/** The person did not want to; nothing was changed and nobody needs to be told off. */
export class Declined extends Error {}

const FINAL = new Set(["step_up_expired", "step_up_spent", "step_up_unknown", "not_signed_in", "account_frozen"]);
const dialog = document.getElementById("step-up");
const button = document.getElementById("step-up-confirm");
const region = document.getElementById("step-up-outcome");

answerStepUpsWith(confirm);

function confirm(stepUp) {
  clear(region);
  document.getElementById("step-up-subject").replaceChildren(...stepUp.summary.flatMap(pair));
  dialog.showModal();
  return new Promise((resolve, reject) => {
    const listening = new AbortController();
    const { signal } = listening;
    let pending = false;
    const end = (settle, value) => {
      listening.abort();
      if (dialog.open) dialog.close();
      settle(value);
    };
    const decline = () => {
      cancel(stepUp.id);
      end(reject, new Declined(say("declined")));
    };
    button.addEventListener("click", async () => {
      pending = true;
      const outcome = await prove(stepUp.id);
      pending = false;
      if (outcome === true) end(resolve);
      else if (outcome) end(reject, outcome);
    }, { signal });
    document.getElementById("step-up-cancel").addEventListener("click", decline, { signal });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (!pending) decline();
    }, { signal });
    // Browsers let a second Escape through, whatever the page says.
    dialog.addEventListener("close", decline, { signal });
  });
}

// True when satisfied, the Problem when this step-up is over, null when the person may try again.
async function prove(id) {
  clear(region);
  const free = busy(button, say("confirming"));
  try {
    const path = `/api/v1/step-ups/${id}/passkey`;
    await getByButton({ options: `${path}/options`, finish: path });
    return true;
  } catch (error) {
    if (error instanceof Problem && FINAL.has(error.code)) return error;
    free();
    tellError(region, error);
    return null;
  } finally {
    free();
  }
}

function cancel(id) {
  // It expires by itself; cancelling only tidies up, so nobody waits for it.
  call("DELETE", `/api/v1/step-ups/${id}`).catch(() => {});
}

function pair({ label, value }) {
  const term = document.createElement("dt");
  const description = document.createElement("dd");
  term.textContent = label;
  description.textContent = value;
  return [term, description];
}
