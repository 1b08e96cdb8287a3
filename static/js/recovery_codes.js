// Making recovery codes and showing them, this one time: copy, save as a file, print.

import { call } from "./api.js";
import { busyWhile, clear, tell, tellError } from "./page.js";
import { Declined } from "./step_up.js";
import { say } from "./wording.js";

const make = document.getElementById("make-codes");
const region = document.getElementById("codes-outcome");
const shown = document.getElementById("codes-shown");
const list = document.getElementById("codes");
let codes = [];

async function makeCodes() {
  clear(region);
  try {
    const answer = await busyWhile(make, say("makingCodes"), () => call("POST", "/api/v1/recovery-codes", {}));
    show(answer.codes);
  } catch (error) {
    if (error instanceof Declined) make.focus();
    else tellError(region, error);
  }
}

function show(fresh) {
  codes = fresh;
  list.replaceChildren(...codes.map((code) => {
    const item = document.createElement("li");
    item.textContent = code;
    return item;
  }));
  document.getElementById("codes-offer").hidden = true;
  shown.hidden = false;
  shown.querySelector("h2, h3").focus();
}

async function copy() {
  try {
    await navigator.clipboard.writeText(codes.join("\n"));
    tell(region, "success", say("copied"));
  } catch {
    tell(region, "warning", say("notCopied"));
  }
}

function save() {
  const address = URL.createObjectURL(new Blob([`${say("codesHeading")}\n\n${codes.join("\n")}\n`], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = say("codesFile");
  link.click();
  URL.revokeObjectURL(address);
}

make.addEventListener("click", makeCodes);
make.disabled = false;
document.getElementById("copy-codes").addEventListener("click", copy);
document.getElementById("save-codes").addEventListener("click", save);
document.getElementById("print-codes").addEventListener("click", () => window.print());
