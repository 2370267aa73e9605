/** Erasing an athlete: what goes, what stays out of reach, a word to type, and how far it has come. */
import { called } from "./coach.js";
import { day } from "./format.js";
import { element, find, get, post } from "./page.js";
import { words } from "./words.js";

/** Often enough for who waits; hubs and servers are asked each minute. */
const LOOK_MS = 3000;
const CENTRE = "centre of the chain";
const GYM = "gym ";
/** So many gyms that are done are told by their number. */
const SEVERAL = 4;

/** @typedef {{part: string, tried: string | null, done: string | null, note: string | null}} Part */
/** @typedef {{athlete: string, asked: string, asked_by: string | null, counts: Object<string, number>, complete: boolean, parts: Part[]}} Erasure */

/** @param {import("./coach.js").Athlete} athlete */
export function eraseButton(athlete) {
  const button = element("button", { class: "button grave", type: "button", "data-testid": "erase" }, words.erase.open);
  const dialog = element("dialog", { class: "sheet", "aria-labelledby": "erase-title", "data-testid": "erase-dialog" });
  button.addEventListener("click", () => {
    dialog.replaceChildren(...question(athlete, dialog));
    dialog.showModal();
  });
  dialog.addEventListener("cancel", (event) => dialog.querySelector("[data-running]") && event.preventDefault());
  document.body.append(dialog);
  return element("div", { class: "out-for-good" }, element("p", { class: "quiet" }, words.erase.hint), button);
}

/** @param {import("./coach.js").Athlete} athlete @param {HTMLDialogElement} dialog */
function question(athlete, dialog) {
  const word = called(athlete);
  const typed = element("input", { autocomplete: "off", "data-testid": "erase-word" });
  const sure = element("button", { class: "button grave", type: "submit", disabled: "", "data-testid": "erase-sure" }, words.erase.sure);
  typed.addEventListener("input", () => (sure.disabled = ![word, athlete.athlete].includes(typed.value.trim())));
  const cancel = element("button", { class: "button", type: "button" }, words.erase.cancel);
  cancel.addEventListener("click", () => dialog.close());
  const form = element("form", { class: "editor" }, element("label", { class: "field" }, words.erase.type(word), typed), element("p", { class: "buttons" }, cancel, sure));
  const wrong = element("p", { class: "trouble", role: "alert", hidden: "" });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    sure.disabled = cancel.disabled = typed.disabled = form.toggleAttribute("data-running", true);
    sure.textContent = words.erase.running;
    try {
      follow(await post(`/api/athletes/${athlete.athlete}/erase`), dialog);
    } catch (error) {
      wrong.textContent = /** @type {Error} */ (error).message;
      wrong.hidden = cancel.disabled = typed.disabled = sure.disabled = form.toggleAttribute("data-running", false);
      sure.textContent = words.erase.sure;
    }
  });
  const list = (/** @type {string} */ title, /** @type {string[]} */ lines) => element("section", {}, element("h3", {}, title), element("ul", {}, ...lines.map((line) => element("li", {}, line))));
  return [element("h2", { id: "erase-title" }, words.erase.title(word)), list(words.erase.goesTitle, words.erase.goes), list(words.erase.staysTitle, words.erase.stays), form, wrong];
}

/** The page's athlete is no more: from here the way leads to the others. @param {Erasure} erasure @param {HTMLDialogElement} dialog */
function follow(erasure, dialog) {
  const away = element("a", { class: "button", href: "/athletes" }, words.erase.away);
  const place = element("div", { role: "status" });
  dialog.replaceChildren(element("h2", { id: "erase-title" }, words.erase.done), place, element("p", { class: "buttons" }, away));
  dialog.addEventListener("close", () => location.assign("/athletes"));
  away.focus();
  const show = (/** @type {Erasure} */ known) => {
    place.replaceChildren(record(known));
    if (!known.complete) setTimeout(look, LOOK_MS);
  };
  const look = async () => {
    const all = await get("/api/erasures").catch(() => []);
    show(all.find((/** @type {Erasure} */ one) => one.athlete === erasure.athlete) ?? erasure);
  };
  show(erasure);
}

/** For admins: who was erased, and what an erasure has not reached yet. */
export async function showErasures() {
  /** @type {Erasure[]} */
  const all = (await get("/api/erasures")).filter((/** @type {Erasure} */ one) => !isElsewhere(one));
  find("#erasures").hidden = all.length === 0;
  find("#erasures").replaceChildren(element("h2", {}, words.erase.all), ...all.map(record));
}

/** Whether somebody of another gym was erased, of whom there was nothing here. @param {Erasure} erasure */
function isElsewhere({ complete, parts }) {
  return complete && parts.every(({ part }) => part === CENTRE);
}

/** @param {Erasure} erasure */
function record(erasure) {
  const { athlete, asked, asked_by: by, counts, parts, complete } = erasure;
  const amounts = Object.entries(words.erase.counted).filter(([name]) => counts[name]).map(([name, what]) => `${counts[name]} ${what}`).join(" · ");
  const heading = element("p", {}, element("b", {}, words.erase.who(athlete)), ` · ${day(asked)}${by ? ` · ${by}` : ""}`);
  const rows = together(parts).map((part) => element("li", { "data-done": String(part.done !== null) }, `${placeOf(part.part)}: ${stateOf(part)}`, ...(part.note ? [element("small", { lang: "en" }, part.note)] : [])));
  const told = complete ? words.erase.complete : words.erase.waiting;
  return element("div", { class: "erasure", "data-testid": "erasure" }, heading, element("p", { class: "quiet" }, amounts || words.erase.nothing), element("p", {}, told), element("ul", {}, ...rows));
}

/** Of many gyms, those that are done are one line. @param {Part[]} parts */
function together(parts) {
  const done = parts.filter(({ part, done }) => part.startsWith(GYM) && done !== null);
  if (done.length < SEVERAL) return parts;
  return [...parts.filter((one) => !done.includes(one)), { ...done[0], part: words.erase.gyms(done.length), note: null }];
}

/** @param {Part} part */
function stateOf({ done, tried }) {
  return done !== null ? words.erase.state.done : tried === null ? words.erase.state.soon : words.erase.state.tried;
}

/** @param {string} part */
function placeOf(part) {
  const { places, hub, gym } = words.erase;
  if (part.startsWith(GYM)) return gym(part.slice(GYM.length));
  return places[/** @type {keyof typeof places} */ (part)] ?? (part.startsWith("hub of ") ? hub(part.slice("hub of ".length)) : part);
}
