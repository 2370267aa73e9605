/**
 * The words of the reader's language. One file a language, all of the shape of words.en.js: a new one is a file and a
 * line here. A page says in `<html data-languages>` which of them its own text is marked up for; elsewhere it is English.
 */

export const LANGUAGES = { en: "English", de: "Deutsch" };
const KEPT = "language";

/** @typedef {typeof import("./words.en.js").words} Words */
/** @typedef {keyof typeof LANGUAGES} Language */

/** Asked for here before, else the browser's. @returns {Language} */
function preferred() {
  const offered = (document.documentElement.dataset.languages ?? "en").split(" ");
  const wanted = [localStorage.getItem(KEPT), ...navigator.languages.map((one) => one.split("-")[0])];
  return /** @type {Language} */ (wanted.find((one) => one !== null && offered.includes(one) && one in LANGUAGES) ?? "en");
}

export const language = preferred();
/** @type {Words} */
export const words = (await import(`./words.${language}.js`)).words;

/** Reads the page anew in another language. @param {string} chosen */
export function speak(chosen) {
  localStorage.setItem(KEPT, chosen);
  location.reload();
}

/** @param {string} path "phase.top" @returns {string} */
function word(path) {
  const found = path.split(".").reduce((/** @type {any} */ within, key) => within?.[key], words);
  if (typeof found !== "string") throw new Error(`No word ${path}.`);
  return found;
}

/** Text and labels of the page itself: `data-word` names a text, `data-label` an aria-label. */
function translate() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = word(place.getAttribute("data-word") ?? "");
  for (const place of document.querySelectorAll("[data-label]")) {
    place.setAttribute("aria-label", word(place.getAttribute("data-label") ?? ""));
  }
}

translate();
