// The first passkey of an account, or the new one after an enrolment code.

import { create, supported } from "./ceremony.js";
import { busy, clear, tellError } from "./page.js";
import { say } from "./wording.js";

const button = document.getElementById("create-passkey");
const region = document.getElementById("outcome");

button.addEventListener("click", async () => {
  clear(region);
  const free = busy(button, say("creating"));
  try {
    await create({ options: "/api/v1/passkeys/options", finish: "/api/v1/passkeys" });
    location.assign(button.dataset.onward);
  } catch (error) {
    free();
    tellError(region, error);
  }
});

async function hintWithoutScreenLock() {
  const own = await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.();
  document.getElementById("other-device").hidden = own !== false;
}

button.disabled = false;
if (supported()) {
  hintWithoutScreenLock();
} else {
  tellError(region, { title: say("unsupportedTitle"), detail: say("unsupportedDetail") });
}
