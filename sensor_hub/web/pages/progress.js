/** An athlete over weeks: small charts with a dot for every set, left against right, load against speed. */
import { draw } from "./charts.js";
import { inUnit, load, percent } from "./coach.js";
import { number, title, uncertainty } from "./format.js";
import { element, find } from "./page.js";
import { words } from "./words.js";

/** @typedef {import("./coach.js").SetFigures} SetFigures */
/** @typedef {import("./coach.js").Report} Report */
/** @typedef {import("./coach.js").Unit} Unit */
/** @typedef {{name: string, unit: string, digits: number, most?: number, of: (set: SetFigures) => number | null}} Measure */

const DAY_MS = 86_400_000;
/** Days between two dates on the axis. */
const STEPS = [1, 2, 7, 14, 28, 56, 91, 182, 364];
const SIDES = /** @type {const} */ ([["both", "--accent", "full"], ["left", "--ink", "small"], ["right", "--ink", "hollow"]]);

/** Days since 1970 in the gym's own time. @param {string} started */
export const dayOf = (started) => Date.parse(`${started.slice(0, 19)}Z`) / DAY_MS;

/** "2 Mar". @param {number} days */
export function shortDay(days) {
  return new Date(days * DAY_MS).toLocaleDateString(words.locale, { day: "numeric", month: "short", timeZone: "UTC" });
}

/** "2 Mar" of an instant in the gym's own time. @param {string} started */
export const dateOf = (started) => shortDay(dayOf(started));

/** @type {import("./charts.js").Across} */
export const OVER_DAYS = {
  name: words.coach.columns.when,
  tick: shortDay,
  shown: shortDay,
  steps: STEPS,
  span: (least, most) => [Math.floor(least) - 1, Math.ceil(most) + 1],
};

/** Series by side, for left and right are never one course. @param {SetFigures[]} sets @param {Measure["of"]} of */
function bySide(sets, of) {
  const sideOf = (/** @type {SetFigures} */ set) => set.side ?? "both";
  return SIDES.filter(([side]) => sets.some((set) => sideOf(set) === side)).map(([side, stroke, dots]) => ({
    label: words.coach.side[side],
    stroke,
    dots,
    joined: true,
    values: sets.map((set) => (sideOf(set) === side ? of(set) : null)),
  }));
}

/** @param {HTMLElement} place @param {SetFigures[]} sets @param {Measure} measure @param {Node} [choice] */
function small(place, sets, measure, choice) {
  const known = sets.filter((set) => measure.of(set) !== null);
  const newest = known.at(-1);
  const told = newest ? `${number(measure.of(newest), measure.digits)} ${measure.unit}`.trim() : words.none;
  const chart = element("div", { class: "chart", role: "img", "aria-label": `${measure.name}: ${words.coach.newest} ${told}` });
  const heading = element("header", {}, element("h3", {}, measure.name), ...(choice ? [choice] : []), element("output", {}, told));
  place.replaceChildren(heading, chart);
  if (!known.length) return;
  draw(chart, { label: measure.name, unit: measure.unit, digits: measure.digits, height: 150, bare: true, most: measure.most ?? 0, across: OVER_DAYS, time_s: known.map((set) => dayOf(set.started)), series: bySide(known, measure.of) });
}

/** Loads, the most used first. @param {SetFigures[]} sets */
export function loadsOf(sets) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const { load_kg } of sets) if (load_kg !== null) counts.set(load_kg, (counts.get(load_kg) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([load_kg]) => load_kg);
}

/** Speed says something at one load only. @param {HTMLElement} place @param {SetFigures[]} sets @param {Unit} unit */
function velocityAtALoad(place, sets, unit) {
  const loads = loadsOf(sets);
  if (!loads.length) return;
  const options = loads.map((kg) => element("option", { value: String(kg) }, load(kg, unit)));
  const choice = element("select", { "aria-label": words.coach.at, "data-testid": "at-load" }, ...options);
  const show = () => {
    const at = Number(choice.value);
    const measure = { name: words.coach.at, unit: "m/s", digits: 2, of: (/** @type {SetFigures} */ set) => set.mean_velocity_mps };
    small(place, sets.filter((set) => set.load_kg === at), measure, choice);
  };
  choice.addEventListener("change", show);
  show();
}

/** @param {SetFigures[]} sets @param {Unit} unit */
export function showCharts(sets, unit) {
  const { load: loadName, reps, tempo, range } = words.coach.charts;
  /** @type {Measure[]} */
  const measures = [
    { name: loadName, unit, digits: 0, of: (set) => (set.load_kg === null ? null : inUnit(set.load_kg, unit)) },
    { name: reps, unit: "", digits: 0, of: (set) => set.reps },
    { name: tempo, unit: "%", digits: 0, most: 100, of: (set) => (set.tempo_kept === null ? null : set.tempo_kept * 100) },
    { name: range, unit: "cm", digits: 1, of: (set) => (set.rom_m === null ? null : set.rom_m * 100) },
  ];
  const places = [...measures, null].map(() => element("div", { class: "small" }));
  find("#charts").replaceChildren(...places);
  measures.forEach((measure, i) => small(places[i], sets, measure));
  velocityAtALoad(places[measures.length], sets, unit);
  const sided = SIDES.filter(([side]) => sets.some((set) => set.side === side));
  const marks = sided.map(([side, , dots]) => `${{ full: "●", small: "•", hollow: "○" }[dots]} ${words.coach.side[side]}`);
  find("#charts-key").textContent = [words.coach.perSet, ...(sided.length > 1 ? marks : [])].join("  ");
}

/** @param {Report["sides"]} sides */
export function showSides(sides) {
  const sentences = /** @type {["rom_m", "mean_velocity_mps"]} */ (["rom_m", "mean_velocity_mps"]).flatMap((name) => {
    const found = sides[name];
    if (!found) return [];
    const what = words.coach.metric[name];
    if (!found.clear) return [words.coach.sideSame(what)];
    const weaker = found.share > 0 ? "right" : "left";
    return [words.coach.sideLess(what, weaker, percent(Math.abs(found.share)), uncertainty(found.sigma * 100, 0) ?? words.none)];
  });
  const told = sentences.length ? sentences : [words.coach.noSides];
  find("#sides").replaceChildren(...told.map((sentence) => element("p", {}, sentence)));
}

/** An estimate has no tenths. @param {number} load_kg @param {Unit} unit */
const about = (load_kg, unit) => `${number(inUnit(load_kg, unit), 0)} ${unit}`;

/** @param {import("./coach.js").Profile} profile @param {Unit} unit */
export function showProfile(profile, unit) {
  const { attempts, intercept_mps: start, slope_mps_per_kg: slope, e1rm_kg: most, interval_kg: interval, missing } = profile;
  const sentence = most !== null && interval
    ? words.coach.e1rm(about(most, unit), about(interval[0], unit), about(interval[1], unit), attempts.length)
    : words.coach.missing[missing ?? "loads"](attempts.length);
  find("#profile").replaceChildren(element("p", { "data-testid": "e1rm" }, sentence));
  if (attempts.length < 2) return;
  const chart = element("div", { class: "chart", role: "img", "aria-label": words.coach.profileChart });
  find("#profile").append(element("figure", {}, element("figcaption", {}, words.coach.profileChart), chart));
  const loads = [...attempts.map((one) => one.load_kg), ...(most === null ? [] : [most])];
  const dots = { label: words.coach.columns.speed, stroke: "--accent", dots: /** @type {const} */ ("full"), values: loads.map((_, i) => attempts[i]?.mean_velocity_mps ?? null) };
  const line = { label: "", stroke: "--soft", values: loads.map((kg) => (start === null || slope === null || missing !== null ? null : start + slope * kg)) };
  const across = { name: words.coach.columns.load, tick: String, shown: (/** @type {number} */ x) => `${number(x, 0)} ${unit}`, span: (/** @type {number} */ _, /** @type {number} */ heaviest) => /** @type {[number, number]} */ ([0, heaviest * 1.1]) };
  draw(chart, { label: words.coach.profile, unit: "m/s", digits: 2, height: 220, bare: true, most: 0, across, time_s: loads.map((kg) => inUnit(kg, unit)), series: [dots, line] });
}

/** Every figure of the charts, and the way to its session. @param {SetFigures[]} sets @param {Unit} unit */
export function showTable(sets, unit) {
  const { when, load: loadName, side, reps, tempo, range, speed } = words.coach.columns;
  const heads = [when, loadName, side, reps, tempo, range, speed].map((name) => element("th", { scope: "col" }, name));
  const rows = sets.toReversed().map((set) => {
    const day = element("a", { href: `/sessions/${encodeURIComponent(set.session)}` }, dateOf(set.started));
    const cells = [
      load(set.load_kg, unit),
      set.side === null ? words.none : words.coach.side[set.side],
      words.coach.ofReps(set.reps, set.reps_asked),
      set.tempo_kept === null ? words.none : `${percent(set.tempo_kept)} %`,
      set.rom_m === null ? words.none : `${number(set.rom_m * 100, 1)} cm`,
      set.mean_velocity_mps === null ? words.none : `${number(set.mean_velocity_mps, 2)} m/s`,
    ];
    return element("tr", { "data-testid": "set-row" }, element("th", { scope: "row" }, day), ...cells.map((cell) => element("td", {}, cell)));
  });
  const table = element("table", {}, element("caption", { class: "unseen" }, words.coach.setsTable), element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
  find("#table").replaceChildren(element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.coach.setsTable }, table));
}

/** @param {import("./coach.js").NextLoad | null} next @param {Unit} unit */
export function showNext(next, unit) {
  const told = next === null ? words.coach.noNext : words.coach.step[next.step](next.load_kg === null ? null : load(next.load_kg, unit));
  find("#next-load").textContent = told;
  find("#next-load").classList.toggle("lead", next !== null);
  find("#next-reason").textContent = next === null ? "" : words.coach.reason[next.reason];
  find("#next-unseen").hidden = next?.step !== "more";
}

/** @param {import("./types.js").Session[]} sessions */
export function showSessions(sessions) {
  const link = (/** @type {import("./types.js").Session} */ one) => {
    const when = new Date(one.started).toLocaleString(words.locale, { dateStyle: "medium", timeStyle: "short" });
    return element("li", {}, element("a", { href: `/sessions/${encodeURIComponent(one.session)}`, "data-testid": "session-link" }, `${when} · ${title(one.machine)}`));
  };
  find("#sessions").replaceChildren(...sessions.map(link));
}
