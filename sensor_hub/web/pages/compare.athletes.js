/** Two athletes over the same weeks: their courses as lines, and how the tempo was kept. */
import { called, inUnit, load } from "./coach.js";
import { contrastRow, plainRow, sideBySide } from "./contrasts.js";
import { draw } from "./charts.js";
import { element, get } from "./page.js";
import { dayOf, loadsOf, OVER_DAYS } from "./progress.js";
import { words } from "./words.js";

/** @typedef {import("./coach.js").Athlete} Athlete */
/** @typedef {import("./coach.js").SetFigures} SetFigures */
/** @typedef {{name: string, unit: string, digits: number, most?: number, of: (set: SetFigures) => number | null}} Measure */

export const WEEKS = [4, 12, 26, 52];
const WEEK_MS = 7 * 86_400_000;
const PHASES = /** @type {const} */ ([["eccentric_s", "eccentric"], ["bottom_pause_s", "bottom"], ["concentric_s", "concentric"], ["top_pause_s", "top"]]);
const LOOKS = /** @type {const} */ ([["--accent", "full"], ["--ink", "hollow"]]);

/** @param {HTMLElement} place @param {Athlete[]} athletes @param {number} weeks */
export async function compareAthletes(place, athletes, weeks) {
  const since = new Date(Date.now() - weeks * WEEK_MS).toLocaleDateString("sv");
  const [a, b] = athletes;
  /** @type {{contrasts: Object<string, import("./contrasts.js").Contrast>, a: SetFigures[], b: SetFigures[]}} */
  const found = await get(`/api/compare/athletes?${new URLSearchParams({ a: a.athlete, b: b.athlete, since })}`);
  const sides = [found.a, found.b];
  if (!sides.some((sets) => sets.length)) return place.replaceChildren(element("p", { class: "quiet" }, words.compare.noSets));
  place.replaceChildren(figures(athletes, sides, found.contrasts), courses(athletes, sides));
  paint(place, athletes, sides);
}

/** @param {Athlete[]} athletes @param {SetFigures[][]} sides @param {Object<string, import("./contrasts.js").Contrast>} contrasts */
function figures(athletes, sides, contrasts) {
  const share = { scale: 100, unit: "%", digits: 0, more: words.compare.more.cm, less: words.compare.less.cm };
  const [a, b] = sides;
  const total = (/** @type {SetFigures[]} */ sets) => String(sets.reduce((sum, set) => sum + set.reps, 0));
  const heaviest = (/** @type {SetFigures[]} */ sets, /** @type {Athlete} */ { unit }) => load(sets.reduce((/** @type {number | null} */ most, set) => (set.load_kg === null ? most : Math.max(most ?? 0, set.load_kg)), null), unit);
  const rows = [
    plainRow(words.compare.sets, String(a.length), String(b.length), "sets"),
    plainRow(words.compare.reps, total(a), total(b), "reps"),
    plainRow(words.compare.heaviest, heaviest(a, athletes[0]), heaviest(b, athletes[1]), "load"),
    contrastRow(contrasts, { name: "tempo_kept", label: words.compare.kept, ...share }),
    ...PHASES.map(([name, phase]) => contrastRow(contrasts, { name, label: words.compare.keptOf(words.phase[phase]), ...share })),
  ];
  const heads = athletes.map((one, i) => element("span", {}, element("b", {}, [words.compare.first, words.compare.second][i]), element("a", { class: "named", href: `/athletes/${one.athlete}` }, called(one))));
  return element("section", { class: "panel" }, sideBySide(heads, rows), element("p", { class: "quiet" }, words.compare.bodies), element("p", { class: "quiet" }, words.compare.rule));
}

/** @param {Athlete[]} athletes @param {SetFigures[][]} sides */
function courses(athletes, sides) {
  const key = athletes.map((one, i) => element("span", {}, `${["●", "○"][i]} ${called(one)}`));
  const common = loadsOf(sides[0]).filter((kg) => sides[1].some((set) => set.load_kg === kg));
  const places = [...measures(athletes), ...(common.length ? [null] : [])].map(() => element("div", { class: "small" }));
  return element("section", { class: "panel", "data-testid": "compare-courses" }, element("h2", {}, words.coach.progress), element("p", { class: "key-of-two" }, ...key), element("div", { class: "smalls" }, ...places));
}

/** @param {Athlete[]} athletes @returns {Measure[]} */
function measures([{ unit }]) {
  const { load: loadName, reps, tempo, range } = words.coach.charts;
  return [
    { name: loadName, unit, digits: 0, of: (set) => (set.load_kg === null ? null : inUnit(set.load_kg, unit)) },
    { name: reps, unit: "", digits: 0, of: (set) => set.reps },
    { name: tempo, unit: "%", digits: 0, most: 100, of: (set) => (set.tempo_kept === null ? null : set.tempo_kept * 100) },
    { name: range, unit: "cm", digits: 1, of: (set) => (set.rom_m === null ? null : set.rom_m * 100) },
  ];
}

/** Charts need their place's width. @param {HTMLElement} place @param {Athlete[]} athletes @param {SetFigures[][]} sides */
function paint(place, athletes, sides) {
  const days = sides.flat().map((set) => dayOf(set.started));
  const span = OVER_DAYS.span(Math.min(...days), Math.max(...days));
  const places = /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll(".small"));
  const plain = measures(athletes);
  plain.forEach((measure, i) => small(places[i], athletes, sides, measure, span));
  const common = loadsOf(sides[0]).filter((kg) => sides[1].some((set) => set.load_kg === kg));
  if (!common.length) return;
  const choice = element("select", { "aria-label": words.compare.atLoad, "data-testid": "compare-load" }, ...common.map((kg) => element("option", { value: String(kg) }, load(kg, athletes[0].unit))));
  const show = () => {
    const at = sides.map((sets) => sets.filter((set) => set.load_kg === Number(choice.value)));
    small(places[plain.length], athletes, at, { name: words.compare.atLoad, unit: "m/s", digits: 2, of: (set) => set.mean_velocity_mps }, span, choice);
  };
  choice.addEventListener("change", show);
  show();
}

/** @param {HTMLElement} place @param {Athlete[]} athletes @param {SetFigures[][]} sides @param {Measure} measure @param {[number, number]} span @param {Node} [choice] */
function small(place, athletes, sides, measure, span, choice) {
  const known = sides.flatMap((sets, side) => sets.filter((set) => measure.of(set) !== null).map((set) => ({ set, side }))).sort((one, other) => dayOf(one.set.started) - dayOf(other.set.started));
  const chart = element("div", { class: "chart", role: "img", "aria-label": `${measure.name}: ${athletes.map(called).join(", ")}` });
  place.replaceChildren(element("header", {}, element("h3", {}, measure.name), ...(choice ? [choice] : [])), known.length ? chart : element("p", {}, words.none));
  if (!known.length) return;
  const series = LOOKS.map(([stroke, dots], i) => ({ label: called(athletes[i]), stroke, dots, joined: true, values: known.map(({ set, side }) => (side === i ? measure.of(set) : null)) }));
  draw(chart, { label: measure.name, unit: measure.unit, digits: measure.digits, height: 180, bare: true, most: measure.most ?? 0, across: { ...OVER_DAYS, span: () => span }, time_s: known.map(({ set }) => dayOf(set.started)), series });
}
