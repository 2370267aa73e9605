/** All athletes: who they are, when they lifted last, and new ones. */
import { called } from "./coach.js";
import { showErasures } from "./erase.js";
import { day } from "./format.js";
import { element, find, get, post, say, trouble } from "./page.js";
import { me } from "./visitor.js";
import { showVisits } from "./visits.js";
import { words } from "./words.js";

/** @typedef {import("./coach.js").Athlete} Athlete */

const search = /** @type {HTMLInputElement} */ (find("#search"));
/** As many are told at once. */
const MOST = 100;
const PAUSE_MS = 150;

/** @param {Athlete} one */
function row(one) {
  const last = one.last_lifted === null ? words.coach.never : day(one.last_lifted);
  const who = element("span", { class: "who" }, called(one), ...(one.name === null ? [] : [element("small", {}, one.athlete)]));
  return element("li", {}, element("a", { href: `/athletes/${one.athlete}`, "data-testid": "athlete-row" }, who, element("span", { class: "amount" }, last)));
}

/** Who lifted last comes first, then who is newest. @param {Athlete} one @param {Athlete} other */
function byNews(one, other) {
  const [mine, theirs] = [one.last_lifted ?? "", other.last_lifted ?? ""];
  return theirs.localeCompare(mine) || other.created.localeCompare(one.created);
}

/** @param {Athlete[]} found @param {boolean} asked */
function show(found, asked) {
  find("#athletes").replaceChildren(...found.sort(byNews).map(row));
  find("#search-field").hidden = !asked && found.length < 2;
  const none = asked ? words.coach.notFound : words.coach.nobody;
  say(find("#nobody"), found.length === 0 ? none : found.length === MOST ? words.coach.more(MOST) : "");
}

async function load() {
  const wanted = search.value.trim();
  try {
    const found = await get(`/api/athletes?${new URLSearchParams({ find: wanted })}`);
    if (wanted !== search.value.trim()) return;
    show(found, wanted !== "");
    trouble(null);
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
  }
}

find("#add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = /** @type {HTMLInputElement} */ (find("#new-name")).value.trim();
  const unit = /** @type {HTMLSelectElement} */ (find("#new-unit")).value;
  try {
    const made = await post("/api/athletes", { name: name || null, unit });
    location.assign(`/athletes/${made.athlete}`);
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
  }
});

let waiting = 0;
search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(load, PAUSE_MS);
});
load();
showVisits().catch((error) => trouble(error.message));
me.then((visitor) => (visitor?.rights.includes("write:hub") ? showErasures() : undefined)).catch((error) => trouble(error.message));
