// The dialog in which a person confirms exactly what is shown there: with a passkey, or, where the
// exception lets that suffice, with a code.

import { answerStepUpsWith, call, Problem } from "./api.js";
import { getByButton } from "./ceremony.js";
import { busy, clear, tellError } from "./page.js";
import { say } from "./wording.js";

/** The person did not want to; nothing was changed and nobody needs to be told off. */
export class Declined extends Error {}

const FINAL = new Set(["step_up_expired", "step_up_spent", "step_up_unknown", "not_signed_in", "account_frozen"]);
const dialog = document.getElementById("step-up");
const button = document.getElementById("step-up-confirm");
const codeForm = document.getElementById("step-up-code");
const codeField = document.getElementById("step-up-digits");
const region = document.getElementById("step-up-outcome");

answerStepUpsWith(confirm);

function confirm(stepUp) {
  clear(region);
  document.getElementById("step-up-subject").replaceChildren(...stepUp.summary.flatMap(pair));
  const byCode = stepUp.requirement.methods.includes("totp");
  codeForm.hidden = !byCode;
  button.hidden = byCode;
  codeField.value = "";
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
    const answer = async (proving) => {
      pending = true;
      const outcome = await proving;
      pending = false;
      if (outcome === true) end(resolve);
      else if (outcome) end(reject, outcome);
    };
    button.addEventListener("click", () => answer(prove(stepUp.id)), { signal });
    codeForm.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(proveByCode(stepUp.id));
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

const prove = (id) => proving(button, say("confirming"), () => {
  const path = `/api/v1/step-ups/${id}/passkey`;
  return getByButton({ options: `${path}/options`, finish: path });
});
const proveByCode = (id) => proving(codeForm.querySelector("[type=submit]"), say("checking"), () =>
  call("POST", `/api/v1/step-ups/${id}/totp`, { code: codeField.value }));

// True when satisfied, the Problem when this step-up is over, null when the person may try again.
async function proving(pressed, sentence, work) {
  clear(region);
  const free = busy(pressed, sentence);
  try {
    await work();
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
