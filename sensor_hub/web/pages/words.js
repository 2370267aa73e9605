/**
 * The words of the reader's language: what every page says, and of the rest the rooms that the page names in
 * `<html data-rooms>`. One file a language and room, all of the shape of the English one: a new language is its files and a
 * line here.
 */

export const LANGUAGES = { en: "English", de: "Deutsch" };
const KEPT = "language";
const { rooms = "" } = document.documentElement.dataset;

/** @typedef {typeof import("./words.en.js").words} Everywhere */
/** @typedef {typeof import("./words.coach.en.js").words} Coach */
/** @typedef {typeof import("./words.correct.en.js").words} Correct */
/** @typedef {typeof import("./words.compare.en.js").words} Compare */
/** @typedef {typeof import("./words.door.en.js").words} Door */
/** @typedef {typeof import("./words.gym.en.js").words} Gym */
/** @typedef {typeof import("./words.gyms.en.js").words} Gyms */
/** @typedef {typeof import("./words.log.en.js").words} Log */
/** @typedef {typeof import("./words.pair.en.js").words} Pair */
/** @typedef {typeof import("./words.review.en.js").words} Review */
/** @typedef {typeof import("./words.share.en.js").words} Share */
/** @typedef {Everywhere & Coach & Compare & Correct & Door & Gym & Gyms & Log & Pair & Review & Share} Words */
/** @typedef {keyof typeof LANGUAGES} Language */

/** Asked for here before, else the browser's. @returns {Language} */
function preferred() {
  const wanted = [localStorage.getItem(KEPT), ...navigator.languages.map((one) => one.split("-")[0])];
  return /** @type {Language} */ (wanted.find((one) => one !== null && one in LANGUAGES) ?? "en");
}

export const language = preferred();
const files = ["words", ...rooms.split(" ").filter(Boolean).map((room) => `words.${room}`)];
const loaded = await Promise.all(files.map((file) => import(`./${file}.${language}.js`)));
/** @type {Words} */
export const words = Object.assign({}, ...loaded.map((file) => file.words));

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

/**
 * Text and labels of the page itself: `data-word` names a text, `data-label` an aria-label, or what a picture is. From then on
 * the page may be used: before, nothing on it would answer.
 */
function translate() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = word(place.getAttribute("data-word") ?? "");
  for (const place of document.querySelectorAll("[data-label]")) {
    place.setAttribute(place instanceof HTMLImageElement ? "alt" : "aria-label", word(place.getAttribute("data-label") ?? ""));
  }
  document.body.inert = false;
}

translate();
