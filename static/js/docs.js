// The filter of the API reference.

import { say } from "./wording.js";

const field = document.getElementById("filter");
const count = document.getElementById("filter-count");
const operations = [...document.querySelectorAll("[data-operation]")];

function matches(operation, words) {
  const text = operation.dataset.operation.toLowerCase();
  return words.every((word) => text.includes(word));
}

function filter() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const operation of operations) {
    operation.hidden = !matches(operation, words);
    if (!operation.hidden) shown += 1;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = group.querySelector("[data-operation]:not([hidden])") === null;
  }
  count.textContent = say("found", { number: shown });
}

// An address that names an operation, a shape or a problem leads to it opened.
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = named?.closest("details");
  if (!details) return;
  details.open = true;
  details.scrollIntoView();
}

field.addEventListener("input", filter);
window.addEventListener("hashchange", openNamed);
document.getElementById("filter-box").hidden = false;
openNamed();
