// An operator's decision about a request: shown once more, then recorded.

import { call } from "./api.js";
import { change } from "./change.js";
import { reloadSaying } from "./page.js";
import { say } from "./wording.js";

const region = document.getElementById("told");
const SAID = { approve: "approved", reject: "rejected" };

function open(item, button) {
  const { decision } = button.dataset;
  const dialog = document.getElementById(`decide-${decision}`);
  dialog.querySelector("[data-account]").textContent = item.querySelector(".details code").textContent;
  dialog.querySelector("[data-reason]").textContent = item.querySelector(".name").textContent;
  dialog.querySelector("[data-confirm]").onclick = async () => {
    // Its own dialog would cover the one of the step-up.
    dialog.close();
    const done = await change(button, region, () =>
      call("POST", `/api/v1/operator/mfa-exceptions/${item.dataset.exception}/decision`, { decision }));
    if (done) reloadSaying(say(SAID[decision]));
  };
  dialog.showModal();
}

for (const item of document.querySelectorAll("[data-exception]")) {
  for (const button of item.querySelectorAll("[data-decision]")) {
    button.addEventListener("click", () => open(item, button));
  }
}

for (const item of document.querySelectorAll("[data-approved]")) {
  item.querySelector("[data-verb=revoke]")?.addEventListener("click", async (event) => {
    const path = `/api/v1/operator/mfa-exceptions/${item.dataset.approved}/revocation`;
    if (await change(event.currentTarget, region, () => call("POST", path))) reloadSaying(say("revoked"));
  });
}
