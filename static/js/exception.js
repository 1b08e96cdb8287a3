// Asking for the exception, where a passkey cannot be used.

import { call } from "./api.js";
import { change } from "./change.js";
import { clear, reloadSaying, tellError } from "./page.js";
import { say } from "./wording.js";

const form = document.getElementById("exception-form");
const region = document.getElementById("exception-outcome");

const besideReason = document.getElementById("reason-outcome");
const besideConsent = document.getElementById("consent-outcome");

// Told where it is missing, just before what there is to choose: the next Tab leads there.
function complete(entries) {
  for (const place of [besideReason, besideConsent, region]) clear(place);
  if (!entries.get("reason")) tellError(besideReason, { title: say("chooseReason") });
  else if (!entries.get("consent")) tellError(besideConsent, { title: say("agree") });
  else return true;
  return false;
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const entries = new FormData(form);
  if (!complete(entries)) return;
  const body = { reason_code: entries.get("reason"), consent_version: form.dataset.consent };
  const done = await change(form.querySelector("[type=submit]"), region, () =>
    call("POST", "/api/v1/mfa-exceptions", body));
  if (done) reloadSaying(say("asked"));
});

const end = document.getElementById("end-exception");
end?.addEventListener("click", async () => {
  const path = `/api/v1/mfa-exceptions/${end.closest("[data-end]").dataset.end}`;
  const where = document.getElementById("end-outcome");
  if (await change(end, where, () => call("DELETE", path))) reloadSaying(say("ended"));
});
