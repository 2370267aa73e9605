/** Who trained in more than one gym lately. */
import { called } from "./coach.js";
import { day, title } from "./format.js";
import { element, find, get } from "./page.js";
import { words } from "./words.js";

/** @typedef {import("./types.js").Visit} Visit */

export async function showVisits() {
  /** @type {Visit[]} */
  const visits = await get("/api/visits");
  /** @type {import("./coach.js").Athlete[]} */
  const athletes = visits.length ? await get("/api/athletes") : [];
  const numbers = [...new Set(visits.map((one) => one.athlete))];
  const place = find("#visits");
  place.hidden = numbers.length === 0;
  const rows = numbers.map((number) => {
    const known = athletes.find((one) => one.athlete === number);
    const own = visits.filter((one) => one.athlete === number);
    return row(number, known ? called(known) : words.coach.numbered(number), own);
  });
  find("ul", place).replaceChildren(...rows);
}

/** @param {string} number @param {string} name @param {Visit[]} visits */
function row(number, name, visits) {
  const gyms = visits.map((one) => words.coach.visits.gym(title(one.site), one.sessions));
  const last = visits.reduce((newest, one) => (one.last > newest ? one.last : newest), "");
  const who = element("span", { class: "who" }, name, element("small", {}, gyms.join(", ")));
  return element("li", {}, element("a", { href: `/athletes/${number}`, "data-testid": "visit-row" }, who, element("span", { class: "amount" }, day(last))));
}
