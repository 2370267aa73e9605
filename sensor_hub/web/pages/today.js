/** Today's athletes: what was due, what was done, what comes next time. */
import { called, inWords, load } from "./coach.js";
import { fill, figuresOf, flagsOf, keptIn, row } from "./log.js";
import { title } from "./format.js";
import { element, find, get } from "./page.js";
import { words } from "./words.js";

const NEWEST = 5;

/** @typedef {import("./types.js").AthleteToday} AthleteToday */
/** @typedef {import("./log.js").Athletes} Athletes */

/** Of one gym, where there are several. @param {Athletes} athletes @param {string[]} sites */
export async function showToday(athletes, sites) {
  find("#site-field").hidden = sites.length < 2;
  const site = sites.length > 1 ? chosen(sites) : null;
  /** @type {{date: string, athletes: AthleteToday[]}} */
  const today = await get(`/api/today${site === null ? "" : `?${new URLSearchParams({ site })}`}`);
  if (site !== null && site !== chosen(sites)) return;
  find("#nobody-today").hidden = today.athletes.length > 0;
  find("#today-table").hidden = today.athletes.length === 0;
  find("#today tbody").replaceChildren(...today.athletes.map((one) => line(one, athletes)));
}

/** @param {string[]} sites */
function chosen(sites) {
  const select = /** @type {HTMLSelectElement} */ (find("#site"));
  if (select.dataset.sites !== sites.join()) {
    select.dataset.sites = sites.join();
    select.replaceChildren(...sites.map((site) => new Option(title(site), site)));
    const before = localStorage.getItem("site") ?? "";
    select.value = sites.includes(before) ? before : sites[0];
  }
  return select.value;
}

/** @param {Athletes} athletes */
export async function showNewest(athletes) {
  /** @type {import("./types.js").Session[]} */
  const sessions = await get(`/api/sessions?limit=${NEWEST}`);
  const figures = await figuresOf(sessions);
  const rows = sessions.map((session) => {
    const made = row(session, athletes);
    fill(made, session, figures[session.session] ?? [], athletes);
    return made;
  });
  find("#newest").hidden = rows.length === 0;
  find("#newest ul").replaceChildren(...rows);
}

/** @param {AthleteToday} one @param {Athletes} athletes */
function line(one, athletes) {
  const known = athletes.get(one.athlete);
  const unit = known?.unit ?? "kg";
  const exercises = one.due?.training_day.exercises ?? [];
  const asked = exercises.length ? exercises.reduce((sum, each) => sum + (each.sets ?? 0), 0) : null;
  const kept = keptIn(one.sets);
  const due = exercises.map((each) => element("div", {}, inWords(each, unit)));
  const done = one.sets.length ? words.gym.sets(one.sets.length, asked) : words.gym.due;
  const late = one.due && !one.sets.length && one.due.late_days > 0 ? [element("small", {}, ` ${words.gym.late(one.due.late_days)}`)] : [];
  return element(
    "tr",
    { "data-testid": "today-row", ...(one.sets.length ? {} : { class: "open" }) },
    element("th", { scope: "row" }, element("a", { href: `/athletes/${one.athlete}` }, known ? called(known) : one.athlete)),
    cell("due", ...due),
    cell("done", done, ...late),
    cell("tempo", ...(kept === null ? [] : [`${kept} %`])),
    cell("flags", ...flagsOf(one.sets)),
    cell("next", ...nextOf(one, unit)),
  );
}

/** @param {keyof typeof words.gym.columns} name @param {...(Node | string)} told */
function cell(name, ...told) {
  return element("td", { class: name, "data-name": words.gym.columns[name] }, ...told);
}

/** @param {AthleteToday} one @param {import("./coach.js").Unit} unit */
function nextOf({ next_load: next }, unit) {
  if (next === null) return [];
  const told = words.gym.step[next.step](next.load_kg === null ? null : load(next.load_kg, unit));
  const spoken = next.load_kg === null ? [] : [element("span", { class: "unseen" }, `, ${words.gym.steps[next.step]}`)];
  return [element("span", { title: words.coach.reason[next.reason] }, told, ...spoken)];
}
