/** A set in figures and tables: its summary, its reps, and on demand more of each rep. */
import { metric, METRICS } from "./format.js";
import { element } from "./page.js";
import { judge, PHASES } from "./prescription.js";
import { words } from "./words.js";

/** @typedef {import("./types.js").Rep & import("./types.js").RepSummary} JudgedRep */
/** @typedef {import("./types.js").SetSummary} SetSummary */

/** @typedef {keyof typeof words.review.columns} Column */

/** @type {Column[]} */
const COLUMNS = ["eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s", "rom_m", "mean_velocity_mps", "velocity_loss", "peak_velocity_mps"];

/** On demand. @param {boolean} loaded whether a load is known @returns {Column[]} */
const details = (loaded) => [
  "time_under_tension_s",
  "mean_eccentric_velocity_mps",
  "peak_eccentric_velocity_mps",
  "eccentric_control",
  "turn_acceleration_mps2",
  "stretch_shortening_retained",
  "mean_propulsive_velocity_mps",
  loaded ? "mean_power_w" : "mean_power_w_per_kg",
  loaded ? "peak_power_w" : "peak_power_w_per_kg",
  "sticking_point_share",
  "sticking_velocity_share",
];

/** @param {JudgedRep} rep */
function flagsOf(rep) {
  const names = /** @type {(keyof typeof words.review.flags)[]} */ (Object.keys(words.review.flags));
  return names.filter((name) => rep[name] === true);
}

/** Whether a digit was kept: a shape, and its words for those who hear the page. @param {JudgedRep} rep @param {string} name @param {number[] | null} digits */
function mark(rep, name, digits) {
  const digit = PHASES.findIndex((phase) => phase === name);
  const verdict = digits === null || digit < 0 ? null : judge(digit, digits[digit], rep[PHASES[digit]], rep.uncertainty[name]);
  if (verdict === null) return [];
  const how = verdict.kept ? "kept" : verdict.error_s < 0 ? "short" : "long";
  return [element("span", { class: "mark", "data-judged": how }, element("span", { class: "unseen" }, ` ${words.judged[how]}`))];
}

/** @param {JudgedRep} rep @param {Column[]} columns @param {number[] | null} [digits] what was asked */
function cells(rep, columns, digits = null) {
  return columns.map((name) => {
    const { value, spread } = metric(rep, name);
    return element("td", {}, value, element("small", {}, spread === null ? "" : ` ± ${spread}`), ...mark(rep, name, digits));
  });
}

/** @param {Column[]} columns */
function heads(columns) {
  /** @type {Partial<Record<Column, string>>} */
  const units = words.review.units;
  return columns.map((name) => element("th", { scope: "col" }, words.review.columns[name], element("small", {}, units[name] ?? METRICS[name].unit)));
}

/** @param {string} name @param {HTMLElement} head @param {HTMLElement[]} rows */
function table(name, head, rows) {
  const made = element("table", {}, element("caption", { class: "unseen" }, name), element("thead", {}, head), element("tbody", {}, ...rows));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, made);
}

/** A flag in words, with the cause where that is known. @param {JudgedRep} rep @param {keyof typeof words.review.flags} name */
function flagged(rep, name) {
  const said = words.review.flags[name];
  return name === "bounced" && rep.bounce_cause ? `${said}: ${words.review.causes[rep.bounce_cause]}` : said;
}

/** What more there is to a row: whether the rep counts, remarks on what was measured otherwise, a button to correct it.
 * @typedef {{discarded: boolean, remarks: Node[], button: Node[]}} Extra */

/** @param {JudgedRep} rep @param {number[] | null} digits @param {Extra} extra */
function repRow(rep, digits, { discarded, remarks, button }) {
  const flags = flagsOf(rep).map((name) => element("span", { class: name === "partial" ? "flag mild" : "flag" }, flagged(rep, name)));
  /** @type {Object<string, string>} */
  const marks = discarded ? { "data-testid": "rep-discarded", "data-discarded": "" } : { "data-testid": "rep-row" };
  return element("tr", marks, element("th", { scope: "row" }, String(rep.number), ...button), element("td", { class: "flags" }, ...flags, ...remarks), ...cells(rep, COLUMNS, digits));
}

/** @param {JudgedRep[]} reps @param {number} number of the set @param {number[] | null} digits asked of each @param {(rep: JudgedRep) => Extra} extra */
export function repTable(reps, number, digits, extra) {
  const remarks = element("th", { scope: "col" }, element("span", { class: "unseen" }, words.review.remarks));
  const head = element("tr", {}, element("th", { scope: "col" }, words.review.rep), remarks, ...heads(COLUMNS));
  return table(words.review.repsOf(number), head, reps.map((rep) => repRow(rep, digits, extra(rep))));
}

/** What fewer people ask for. @param {JudgedRep[]} reps @param {number} number of the set @param {boolean} loaded */
export function moreOf(reps, number, loaded) {
  const columns = details(loaded);
  const head = element("tr", {}, element("th", { scope: "col" }, words.review.rep), ...heads(columns));
  const rows = reps.map((rep) => element("tr", { "data-testid": "rep-details" }, element("th", { scope: "row" }, String(rep.number)), ...cells(rep, columns)));
  const key = element("p", { class: "quiet" }, words.review.detailsKey);
  return element("details", { class: "more-of" }, element("summary", {}, words.review.details), table(words.review.moreOf(number), head, rows), key);
}

/** A set's figures in one line, those that are known. @param {SetSummary} summary @param {number} number of the set */
export function figures(summary, number) {
  /** @param {"time_under_tension_s" | "velocity_loss" | "mean_power_w"} name */
  const figure = (name) => {
    const { value, spread, unit } = metric(summary, name);
    return summary[name] === null ? null : `${value}${spread === null ? "" : ` ± ${spread}`} ${unit}`;
  };
  /** @type {[keyof typeof words.review.figures, string | null][]} */
  const known = [
    ["tempo", summary.tempo.replaceAll(".", words.decimal)],
    ["tension", figure("time_under_tension_s")],
    ["loss", figure("velocity_loss")],
    ["power", figure("mean_power_w")],
  ];
  const shown = known.filter(([, value]) => value !== null);
  return element("dl", { class: "figures" }, ...shown.map(([name, value]) => element("div", {}, element("dt", {}, words.review.figures[name]), element("dd", { "data-testid": `set-${number}-${name}` }, value ?? ""))));
}
