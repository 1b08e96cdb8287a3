// The security page's other factors: authenticator apps and the password.

import { call } from "./api.js";
import { change } from "./change.js";
import { clear, clearField, reloadSaying, tellField } from "./page.js";
import { say, sentences } from "./wording.js";

const region = document.getElementById("told");

// True when there is such a sentence and it stands beside the field now.
function beside(field, sentence) {
  if (sentence) tellField(field, sentence);
  return Boolean(sentence);
}

// --- Authenticator apps: a name, then (after the step-up) picture and secret, then the first code.

const add = document.getElementById("add-app");
const naming = document.getElementById("name-app");
const showing = document.getElementById("show-app");
const removing = document.getElementById("remove-app");

async function addApp(label) {
  let made = null;
  const done = await change(add, region, async () => {
    made = await call("POST", "/api/v1/totp", { label });
  });
  if (done) show(made);
}

function show({ id, secret, otpauth_uri: address, qr_svg: picture }) {
  const form = document.getElementById("confirm-app");
  const field = form.elements.namedItem("app-code");
  const where = document.getElementById("app-outcome");
  drawInto(document.getElementById("app-qr"), picture);
  document.getElementById("app-secret").textContent = secret.match(/.{1,4}/g).join(" ");
  offerLink(document.getElementById("app-link"), address);
  clear(where);
  clearField(field);
  field.value = "";
  form.onsubmit = async (event) => {
    event.preventDefault();
    clearField(field);
    if (!/^\d+$/.test(field.value)) {
      tellField(field, say(field.value ? "sixDigits" : "needed"));
      return;
    }
    const refused = (error) => beside(field, error.code === "credentials_invalid" && say("codeWrong"));
    const done = await change(form.querySelector("[type=submit]"), where, () =>
      call("POST", `/api/v1/totp/${id}/confirmation`, { code: field.value }), refused);
    if (done) reloadSaying(say("appAdded"));
  };
  // What was shown once does not stay in the page behind a closed dialog.
  showing.onclose = forget;
  showing.showModal();
  // Neither on the link nor in the field, where a keyboard would cover the picture.
  const heading = showing.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus();
}

function forget() {
  document.getElementById("app-qr").replaceChildren();
  document.getElementById("app-secret").textContent = "";
  document.getElementById("app-link").removeAttribute("href");
}

// Parsed as XML and taken over as a node: nothing in it can become markup of this page. An inline
// drawing names neither its namespace nor its view, for within HTML it needs none.
function drawInto(place, picture) {
  const named = picture.replace(/^<svg(?![^>]*\sxmlns=)/, '<svg xmlns="http://www.w3.org/2000/svg"');
  const root = new DOMParser().parseFromString(named, "image/svg+xml").documentElement;
  if (root.localName !== "svg" || root.querySelector("script, foreignObject, parsererror")) {
    place.textContent = say("qrFailed");
    return;
  }
  const drawing = document.importNode(root, true);
  if (!drawing.hasAttribute("viewBox")) {
    drawing.setAttribute("viewBox", `0 0 ${drawing.getAttribute("width")} ${drawing.getAttribute("height")}`);
  }
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", say("qr"));
  place.replaceChildren(drawing);
}

function offerLink(link, address) {
  link.hidden = !address.startsWith("otpauth://totp/");
  if (!link.hidden) link.href = address;
}

function openRemoval(item) {
  const { app: id, label } = item.dataset;
  removing.querySelector("[data-name]").textContent = label;
  removing.querySelector("[data-confirm]").onclick = async () => {
    // Its own dialog would cover the one of the step-up.
    removing.close();
    const done = await change(item.querySelector('[data-verb="remove"]'), region, () =>
      call("DELETE", `/api/v1/totp/${id}`));
    if (done) reloadSaying(say("appRemoved", { label }));
  };
  removing.showModal();
}

add?.addEventListener("click", () => {
  naming.querySelector("form").reset();
  naming.showModal();
});
naming.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  naming.close();
  addApp(event.target.elements.namedItem("label").value.trim());
});
for (const item of document.querySelectorAll("[data-app]")) {
  item.querySelector('[data-verb="remove"]').addEventListener("click", () => openRemoval(item));
}

// --- The password: what is wrong with it is told beside the field that it is about.

const form = document.getElementById("password-form");
const current = form.elements.namedItem("current");
const fresh = form.elements.namedItem("new");

function besideField(error) {
  if (error.code === "credentials_invalid") return beside(current, say("presentWrong"));
  return beside(fresh, error.code?.startsWith("password_") && sentences(error.title, error.detail));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = [current, fresh].filter(Boolean);
  fields.forEach(clearField);
  const empty = fields.find((field) => !field.value);
  if (empty) {
    tellField(empty, say("needed"));
    return;
  }
  const body = { new: fresh.value, ...(current ? { current: current.value } : {}) };
  const where = document.getElementById("password-outcome");
  const done = await change(form.querySelector("[type=submit]"), where, () =>
    call("PUT", "/api/v1/password", body), besideField);
  if (done) reloadSaying(say("passwordSet"));
});

// An address such as /security#password leads to the form, not to a closed lid.
function openAddressed() {
  if (location.hash === "#password") document.querySelector("#password details").open = true;
}
window.addEventListener("hashchange", openAddressed);
openAddressed();

// --- A recovery that somebody else began, and ways in that somebody has guessed at.

document.getElementById("stop-recoveries")?.addEventListener("click", async (event) => {
  const region = document.getElementById("recoveries-outcome");
  const done = await change(event.currentTarget, region, () => call("DELETE", "/api/v1/recoveries"));
  if (done) reloadSaying(say("recoveryStopped"));
});

for (const item of document.querySelectorAll("[data-path]")) {
  item.querySelector("[data-verb=reopen]")?.addEventListener("click", async (event) => {
    const region = document.getElementById("paths-outcome");
    const body = { path: item.dataset.path };
    const done = await change(event.currentTarget, region, () =>
      call("POST", "/api/v1/sign-in-paths/reopening", body));
    if (done) reloadSaying(say("pathReopened"));
  });
}
