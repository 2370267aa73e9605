/** Two sessions: their figures, flags, and all reps over one another. */
import { who } from "./asked.js";
import { called, load } from "./coach.js";
import { contrastRow, plainRow, sideBySide } from "./contrasts.js";
import { draw } from "./charts.js";
import { title } from "./format.js";
import { overlayOf } from "./overlay.js";
import { element, get } from "./page.js";
import { words } from "./words.js";

/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./asked.js").Athletes} Athletes */
/** @typedef {{session: Session, sets: import("./types.js").LiftSet[], reps: import("./types.js").Rep[]}} Detail */
/** @typedef {{load_kg: number, side: "left" | "right" | "both" | null}} Effort */

const FLAGS = /** @type {const} */ (["bounced", "hard_lockout", "partial"]);
const PHASES = /** @type {const} */ ([["eccentric_s", "eccentric"], ["bottom_pause_s", "bottom"], ["concentric_s", "concentric"], ["top_pause_s", "top"]]);
const ALPHA = 0.45;
const DASH = [7, 5];
/** The width of A4. */
const PAPER = { width: 680, height: 300 };

/** @param {Session} one */
const when = (one) => new Date(one.started).toLocaleString(words.locale, { dateStyle: "medium", timeStyle: "short" });

/** @param {Session} one @param {Athletes} athletes */
export function labelOf(one, athletes) {
  const name = one.athlete === null ? [] : [called(athletes.get(one.athlete) ?? { athlete: one.athlete, name: null })];
  return [when(one), title(one.machine), ...name].join(" · ");
}

/** @param {Detail[]} details */
export function liftersOf(details) {
  const all = details.flatMap(({ session, sets }) => sets.map((set) => set.athlete ?? session.athlete));
  return [...new Set(all)].filter((one) => one !== null);
}

/** @param {Detail} detail @param {string | null} whose */
function ownPart({ session, sets, reps }, whose) {
  const own = sets.filter((set) => whose === null || (set.athlete ?? session.athlete) === whose);
  return { session, sets: own, reps: reps.filter((rep) => own.some((set) => set.number === rep.set_number)) };
}

/** @param {HTMLElement} place @param {string[]} ids @param {Detail[]} details @param {string | null} whose @param {Athletes} athletes */
export async function compareSessions(place, ids, details, whose, athletes) {
  const [a, b] = ids;
  /** @type {{contrasts: Object<string, import("./contrasts.js").Contrast>, effort: Effort | null}} */
  const { contrasts, effort } = await get(`/api/compare/sessions?${new URLSearchParams({ a, b, ...(whose ? { athlete: whose } : {}) })}`);
  const sides = details.map((detail) => ownPart(detail, whose));
  const seconds = { scale: 1, unit: "s", digits: 2, more: words.compare.more.s, less: words.compare.less.s };
  const range = { name: "rom_m", label: words.compare.range, scale: 100, unit: "cm", digits: 1, more: words.compare.more.cm, less: words.compare.less.cm };
  const rows = [
    ...plainRows(sides),
    ...PHASES.map(([name, phase]) => contrastRow(contrasts, { name, label: words.phase[phase], ...seconds })),
    contrastRow(contrasts, range),
    ...(effort === null ? [] : [contrastRow(contrasts, { name: "mean_velocity_mps", label: words.compare.at(inWords(effort)), scale: 1, unit: "m/s", digits: 3, more: words.compare.more["m/s"], less: words.compare.less["m/s"] })]),
    ...FLAGS.map((flag) => flagRow(flag, sides)),
  ];
  const heads = sides.map(({ session, sets }, i) => heading(session, sets, [words.compare.first, words.compare.second][i], athletes));
  const notes = [...(effort === null ? [words.compare.noEffort] : []), words.compare.rule];
  place.replaceChildren(element("section", { class: "panel" }, sideBySide(heads, rows), ...notes.map((note) => element("p", { class: "quiet" }, note))));
  showOverlay(place, sides);
}

/** @param {Session} session @param {import("./types.js").LiftSet[]} sets @param {string} name @param {Athletes} athletes */
function heading(session, sets, name, athletes) {
  const lifters = liftersOf([{ session, sets, reps: [] }]).map((id) => who(id, athletes));
  const way = element("a", { class: "named", href: `/sessions/${encodeURIComponent(session.session)}` }, when(session));
  return element("span", {}, element("b", {}, name), way, element("small", {}, title(session.machine)), ...lifters.map((one) => element("small", {}, one)));
}

/** @param {Detail[]} sides */
function plainRows([a, b]) {
  return [
    plainRow(words.compare.sets, String(a.sets.length), String(b.sets.length), "sets"),
    plainRow(words.compare.reps, String(a.reps.length), String(b.reps.length), "reps"),
    plainRow(words.compare.load, loads(a), loads(b), "load"),
  ];
}

/** @param {Effort} effort */
function inWords({ load_kg, side }) {
  return [load(load_kg, "kg"), ...(side === null ? [] : [words.coach.side[side]])].join(" ");
}

/** @param {Detail} detail */
function loads({ session, sets }) {
  const known = sets.map(({ load_kg, side }) => ({ load_kg: load_kg ?? session.load_kg, side })).filter((one) => one.load_kg !== null);
  return [...new Set(known.map((one) => inWords(/** @type {Effort} */ (one))))].join("; ") || words.none;
}

/** @param {"bounced" | "hard_lockout" | "partial"} flag @param {Detail[]} sides */
function flagRow(flag, sides) {
  const [a, b] = sides.map(({ reps }) => reps.filter((rep) => rep[flag] !== null)).map((judged) => (judged.length ? words.compare.of(judged.filter((rep) => rep[flag]).length, judged.length) : words.none));
  return plainRow(words.review.flags[flag], a, b, flag);
}

/** @param {HTMLElement} place @param {Detail[]} sides */
function showOverlay(place, sides) {
  const { first, second, overlay } = words.compare;
  const columns = overlayOf(sides.map(({ reps }) => reps), [{ label: first, stroke: "--accent", alpha: ALPHA }, { label: second, stroke: "--ink", alpha: ALPHA, dash: DASH }]);
  if (columns === null) return place.append(element("p", { class: "quiet" }, words.compare.noOverlay));
  const chart = element("div", { class: "chart", role: "img", "aria-label": overlay });
  const key = element("p", { class: "key-of-two" }, element("span", { class: "solid" }, first), element("span", { class: "dashed" }, second));
  place.append(element("section", { class: "panel", "data-testid": "compare-overlay" }, element("figure", {}, element("figcaption", {}, overlay), chart, key)));
  draw(chart, { ...columns, label: words.review.height, unit: "cm", digits: 1, height: 320, paper: PAPER, crowd: true });
}
