// The sign-in page: passkeys by autofill, and by one button.

import { arm, ensureArmed, getByButton, supported } from "./ceremony.js";
import { busy, clear, tellError } from "./page.js";
import { say } from "./wording.js";

const form = document.getElementById("sign-in");
const field = form.elements.namedItem("login_id");
const button = form.querySelector("button");
const region = document.getElementById("outcome");
const ceremony = { options: "/api/v1/sign-in/passkey/options", finish: "/api/v1/sign-in/passkey" };

let free = () => {};

function begin() {
  clear(region);
  free = busy(button, say("signingIn"));
}

function signedIn() {
  location.assign("/");
}

function failed(error) {
  free();
  tellError(region, error);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const loginId = field.value.trim();
  begin();
  try {
    await getByButton({ ...ceremony, body: loginId ? { login_id: loginId } : {} });
    signedIn();
  } catch (error) {
    failed(error);
  }
});

for (const touch of ["focus", "pointerdown"]) field.addEventListener(touch, ensureArmed);
window.addEventListener("pageshow", (event) => { if (event.persisted) free(); });

button.disabled = false;
if (!supported()) tellError(region, { title: say("unsupportedTitle"), detail: say("unsupportedDetail") });
arm(ceremony, { done: signedIn, failed, busy: begin });
