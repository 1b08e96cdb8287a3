// What every page has: telling people things, busy buttons, code fields, copying.

const TOLD_AFTER_RELOAD = "told-after-reload";

/** Show an error or a Problem in the region and move the focus there. One that is nobody's mistake
 * brings a calmer `tone` along. */
export function tellError(region, error) {
  fill(region, error.tone ?? "error", error.title ?? error.message, error.detail ?? "");
  region.focus();
}

/** Show a sentence in the region without moving the focus. */
export function tell(region, tone, title) {
  fill(region, tone, title, "");
}

export function clear(region) {
  region.hidden = true;
  region.replaceChildren();
}

function fill(region, tone, title, detail) {
  const strong = document.createElement("strong");
  strong.textContent = title;
  region.className = `alert ${tone}`;
  region.replaceChildren(strong);
  if (detail) {
    const more = document.createElement("span");
    more.textContent = detail;
    region.append(more);
  }
  region.hidden = false;
}

/** Say beside a field what is wrong with it, and move the focus there. */
export function tellField(field, sentence) {
  clearField(field);
  const wrong = document.createElement("p");
  wrong.className = "wrong";
  wrong.id = `${field.id}-wrong`;
  wrong.textContent = sentence;
  field.closest(".field").append(wrong);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${wrong.id} ${field.getAttribute("aria-describedby") ?? ""}`.trim());
  field.focus();
  // On a phone the sentence may lie below the edge of the screen or of a dialog.
  wrong.scrollIntoView({ block: "nearest" });
}

export function clearField(field) {
  const id = `${field.id}-wrong`;
  document.getElementById(id)?.remove();
  field.removeAttribute("aria-invalid");
  const others = (field.getAttribute("aria-describedby") ?? "").split(/\s+/).filter((one) => one && one !== id);
  if (others.length) field.setAttribute("aria-describedby", others.join(" "));
  else field.removeAttribute("aria-describedby");
}

/** Run `work` with the button busy: disabled, marked, and saying so. */
export async function busyWhile(button, sentence, work) {
  const free = busy(button, sentence);
  try {
    return await work();
  } finally {
    free();
  }
}

/** Make the button busy and give the function that frees it again. */
export function busy(button, sentence) {
  const label = button.querySelector("[data-label]") ?? button;
  const before = label.textContent;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  label.textContent = sentence;
  progress(sentence);
  return () => {
    progress("");
    button.disabled = false;
    button.removeAttribute("aria-busy");
    label.textContent = before;
  };
}

// A changed label is seen, this is heard.
function progress(sentence) {
  const region = document.getElementById("progress");
  if (region) region.textContent = sentence;
}

/** Load the page anew and say this then: what the page shows is then what the server knows. */
export function reloadSaying(sentence, tone = "success") {
  try {
    sessionStorage.setItem(TOLD_AFTER_RELOAD, JSON.stringify({ sentence, tone }));
  } catch {
    // Storage may be switched off; the new page shows the result all the same.
  }
  // The sentence stands at the top; the page would come back where it was, or at its #address.
  history.scrollRestoration = "manual";
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}

function tellWhatWasSaved() {
  const region = document.getElementById("told");
  let saved = null;
  try {
    saved = JSON.parse(sessionStorage.getItem(TOLD_AFTER_RELOAD));
    sessionStorage.removeItem(TOLD_AFTER_RELOAD);
  } catch {
    return;
  }
  if (!saved || !region) return;
  // What the server has put there is better informed.
  if (region.hidden) tell(region, saved.tone, saved.sentence);
}

// Full-width digits, blanks and hyphens are what pasting brings along.
function tidyCode(field) {
  const tidy = field.value.normalize("NFKC").replace(/[\s\u002d\u2010-\u2015\u2212\u30fc]/g, "");
  if (tidy !== field.value) field.value = tidy;
}

function prepareCodeField(field) {
  let composing = false;
  field.addEventListener("compositionstart", () => { composing = true; });
  field.addEventListener("compositionend", () => { composing = false; tidyCode(field); });
  field.addEventListener("input", () => { if (!composing) tidyCode(field); });
}

// A form is sent once; a return by the back button finds it usable again.
function prepareForm(form) {
  let free = null;
  form.addEventListener("submit", (event) => {
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    if (button?.dataset.busy) free = busy(button, button.dataset.busy);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) free?.(); });
}

// Whoever cannot see what they type makes mistakes; before it is sent it is a password again, so
// that no browser keeps it as ordinary text.
function prepareReveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.textContent = visible ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-label", `${button.textContent}: ${field.labels[0].textContent}`);
  };
  button.addEventListener("click", () => show(field.type === "password"));
  field.form.addEventListener("submit", () => show(false));
  show(false);
  button.hidden = false;
}

for (const button of document.querySelectorAll("[data-reveal]")) prepareReveal(button);
for (const field of document.querySelectorAll("[data-code]")) prepareCodeField(field);
for (const form of document.querySelectorAll("form[data-once]")) prepareForm(form);
document.querySelector("[data-focus]")?.focus();
tellWhatWasSaved();
