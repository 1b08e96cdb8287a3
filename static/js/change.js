// Changes that a button starts: busy, perhaps a step-up, then done or told why not.

import { busy, clear, reloadSaying, tellError } from "./page.js";
import { Declined } from "./step_up.js";
import { say } from "./wording.js";

// The session of this page has ended; adding a passkey then looks like an opening that never began.
const SIGNED_OUT = new Set(["not_signed_in", "no_sign_up"]);

/** Run one change from a button. True when it was done; a step-up that was declined is no error.
 * Whatever goes wrong is told in `where`, unless `explain(error)` knows a better place (true). */
export async function change(button, where, work, explain = () => false) {
  clear(where);
  const free = busy(button, say("working"));
  try {
    await work();
    return true;
  } catch (error) {
    free();
    if (error instanceof Declined) button.focus();
    else if (SIGNED_OUT.has(error.code)) reloadSaying(say("signedOut"), "warning");
    else if (!explain(error)) tellError(where, error);
    return false;
  } finally {
    free();
  }
}

for (const closer of document.querySelectorAll("dialog [data-close]")) {
  closer.addEventListener("click", () => closer.closest("dialog").close());
}
for (const button of document.querySelectorAll("[data-needs-script]")) button.disabled = false;
