/** What was not counted, and why: a remark on the live page, lists on a session's. */
import { number, timeOfDay } from "./format.js";
import { element } from "./page.js";
import { words } from "./words.js";

/** What nobody did as a rep. */
const NO_STROKES = ["racked", "at_rest"];

/** @typedef {import("./types.js").Rejected} Rejected */
/** @typedef {import("./types.js").Uncounted} Uncounted */

/** The first of them that is known. @param {Rejected["gates"]} gates @param {...string} names */
const known = (gates, ...names) => names.map((name) => gates[name]).find((value) => value != null) ?? null;

/** To the tenth: what is just too short must not look long enough. @param {number | null} metres */
const cm = (metres) => (metres === null ? "?" : `${number(metres * 100, 1)} cm`);

/** @param {number | null} share */
const percent = (share) => (share === null ? "?" : `${number(share * 100, 0)} %`);

/** @param {Rejected["gates"]} gates */
function slowest({ mean_velocity_mps: up, mean_eccentric_velocity_mps: down }) {
  const speeds = [up, down].filter((speed) => speed != null).map((speed) => Math.abs(/** @type {number} */ (speed)));
  return speeds.length ? `${number(Math.min(...speeds) * 100, 1)} cm/s` : "?";
}

/** In a plain sentence, with the figure that decided it. @param {Rejected} stroke */
export function why({ reason, gates }) {
  const said = words.uncounted.why;
  switch (reason) {
    case "short":
      return said.short(cm(known(gates, "rom_m", "depth_m")), cm(known(gates, "least_range_m")));
    case "long":
      return said.long(cm(known(gates, "rom_m", "depth_m")));
    case "slow":
      return said.slow(slowest(gates));
    case "off_rail":
      return said.off_rail(percent(known(gates, "along_share")));
    case "uneven":
      return said.uneven(percent(known(gates, "returned_share")));
    default:
      return said[reason]();
  }
}

/** What a lifter may wonder about at the moment. @param {Rejected} stroke */
export function remark(stroke) {
  return NO_STROKES.includes(stroke.reason) ? "" : words.uncounted.remark(why(stroke));
}

/** Where they lie in a set's charts. @param {Rejected[]} strokes @param {number} zero_s @returns {import("./charts.js").Band[]} */
export function spans(strokes, zero_s) {
  return strokes.map(({ start_s, end_s }) => ({ from_s: start_s - zero_s, to_s: end_s - zero_s, phase: "rejected" }));
}

/** @param {Uncounted[]} strokes @param {(stroke: Uncounted) => string} when @param {string} name */
function table(strokes, when, name) {
  const rows = strokes.map((stroke) =>
    element(
      "li",
      { "data-testid": "uncounted" },
      element("span", { class: "when" }, when(stroke)),
      element("span", { class: "lasted" }, words.uncounted.lasted(number(stroke.end_s - stroke.start_s, 1))),
      element("span", {}, why(stroke)),
    ),
  );
  return element("ul", { "aria-label": name }, ...rows);
}

/** A set's, below its reps; at the seconds of its charts. @param {Uncounted[]} strokes @param {import("./types.js").LiftSet} set */
export function ofSet(strokes, set) {
  if (!strokes.length) return [];
  const at = (/** @type {Uncounted} */ { start_s }) => `${number(start_s - set.start_s, 1).replace("-", "−")} s`;
  const list = table(strokes, at, words.uncounted.list(set.number));
  return [element("section", { class: "uncounted" }, element("h3", {}, words.uncounted.title), list)];
}

/** Those between the sets, folded away. @param {Uncounted[]} strokes */
export function between(strokes) {
  if (!strokes.length) return [];
  const said = words.uncounted.between(strokes.length);
  const began = (/** @type {Uncounted} */ { time, start_s, end_s }) => timeOfDay(new Date(Date.parse(time) - (end_s - start_s) * 1000).toISOString());
  const list = table(strokes, began, said);
  return [element("details", { class: "uncounted", "data-testid": "uncounted-between" }, element("summary", {}, said), list)];
}
