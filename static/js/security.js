// The security page: passkeys added, renamed and removed; sessions ended.

import { call } from "./api.js";
import { create } from "./ceremony.js";
import { change } from "./change.js";
import { clear, reloadSaying } from "./page.js";
import { say } from "./wording.js";

const region = document.getElementById("told");

// --- What the credential manager should know (WebAuthn Level 3, 5.1.10): always the full list.

async function signal(method, details) {
  if (typeof window.PublicKeyCredential?.[method] !== "function") return;
  try {
    const { signal: known } = await call("GET", "/api/v1/factors");
    await PublicKeyCredential[method]({ rpId: known.rp_id, userId: known.user_id, ...details(known) });
  } catch {
    // A courtesy; the change itself is done.
  }
}

const signalNames = () =>
  signal("signalCurrentUserDetails", (known) => ({ name: known.name, displayName: known.display_name }));
const signalAccepted = () =>
  signal("signalAllAcceptedCredentials", (known) => ({ allAcceptedCredentialIds: known.credential_ids }));

// --- Dialogs: one for a name, one for a removal; each is about one passkey at a time.

const naming = document.getElementById("name-passkey");
const removing = document.getElementById("remove-passkey");

function openNaming({ id, label, heading, said, closed }) {
  const form = naming.querySelector("form");
  const where = naming.querySelector("[role=alert]");
  const field = form.elements.namedItem("label");
  naming.querySelector("h2").textContent = heading;
  clear(where);
  field.value = label;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const wanted = field.value.trim();
    if (!wanted) return;
    const done = await change(form.querySelector("[type=submit]"), where, async () => {
      await call("PATCH", `/api/v1/passkeys/${id}`, { label: wanted });
      await signalNames();
    });
    if (done) reloadSaying(said);
  };
  naming.onclose = closed;
  naming.showModal();
  field.select();
}

function openRemoval(id, label) {
  const where = removing.querySelector("[role=alert]");
  const button = removing.querySelector("[data-confirm]");
  removing.querySelector("[data-name]").textContent = label;
  clear(where);
  button.onclick = async () => {
    // Its own dialog would cover the one of the step-up.
    removing.close();
    const done = await change(trigger(id, "remove"), region, () => call("DELETE", `/api/v1/passkeys/${id}`));
    if (!done) return;
    await signalAccepted();
    reloadSaying(say("removed", { label }));
  };
  removing.showModal();
}

function trigger(id, verb) {
  return document.querySelector(`[data-passkey="${CSS.escape(id)}"] [data-verb="${verb}"]`);
}

async function addPasskey(button) {
  let added = null;
  const done = await change(button, region, async () => {
    added = await create({ options: "/api/v1/passkeys/options", finish: "/api/v1/passkeys" });
  });
  if (!done) return;
  const { id, label, provider } = added.passkey;
  const said = say("added");
  openNaming({ id, label: label || provider, heading: say("nameNew"), said, closed: () => reloadSaying(said) });
}

for (const item of document.querySelectorAll("[data-passkey]")) {
  const { passkey: id, label } = item.dataset;
  item.querySelector('[data-verb="rename"]').addEventListener("click", () =>
    openNaming({ id, label, heading: say("rename"), said: say("renamed"), closed: null }));
  item.querySelector('[data-verb="remove"]')?.addEventListener("click", () => openRemoval(id, label));
}

const add = document.getElementById("add-passkey");
add?.addEventListener("click", () => addPasskey(add));

// --- Sessions

for (const button of document.querySelectorAll("[data-end-session]")) {
  button.addEventListener("click", async () => {
    const done = await change(button, region, () => call("DELETE", `/api/v1/sessions/${button.dataset.endSession}`));
    if (done) reloadSaying(say("sessionEnded"));
  });
}

const endOthers = document.getElementById("end-others");
endOthers?.addEventListener("click", async () => {
  const done = await change(endOthers, region, () => call("DELETE", "/api/v1/sessions"));
  if (done) reloadSaying(say("othersEnded"));
});
