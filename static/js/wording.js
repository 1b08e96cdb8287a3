// Sentences for people, as the server translated them into the page (templates with data-wording).

/** Sentences one after the other: Japanese sets no blank after a full stop. */
export function sentences(...all) {
  return all.filter(Boolean).join(document.documentElement.lang === "ja" ? "" : " ");
}

/** The sentence of that name, its {placeholders} filled in; throws if the page does not carry it. */
export function say(name, values = {}) {
  for (const carrier of document.querySelectorAll("template[data-wording]")) {
    const sentence = carrier.dataset[name];
    if (sentence !== undefined) {
      return sentence.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
    }
  }
  throw new Error(`the page carries no sentence named ${name}`);
}
