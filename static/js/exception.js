// Asking for the exception, where a passkey cannot be used.

import { call } from "./api.js";
import { change } from "./change.js";
import { clear, reloadSaying, tellError } from "./page.js";
import { say } from "./wording.js";

const form = document.getElementById("exception-form");
const region = document.getElementById("exception-outcome");

// Without a sentence there is nothing to correct.
function missing(entries) {
  if (!entries.get("reason")) return say("chooseReason");
  return entries.get("consent") ? "" : say("agree");
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  clear(region);
  const entries = new FormData(form);
  const sentence = missing(entries);
  if (sentence) {
    tellError(region, { title: sentence });
    return;
  }
  const body = { reason_code: entries.get("reason"), consent_version: form.dataset.consent };
  const done = await change(form.querySelector("[type=submit]"), region, () =>
    call("POST", "/api/v1/mfa-exceptions", body));
  if (done) reloadSaying(say("asked"));
});
