/** The reps of a set laid over one another: all as if the push began at 0 s. */
import { interpolate } from "./curve.js";
import { words } from "./words.js";

const STEP_S = 0.05;

/**
 * A rep's height above its lowest point, cm, against the seconds before and after its push began.
 * @typedef {{number: number, flagged: boolean, time_s: number[], height_cm: number[]}} Lifted
 */

/** @param {import("./types.js").Rep} rep @returns {Lifted | null} null from a hub that sent no trace */
function lifted(rep) {
  if (!rep.trace) return null;
  const { offset_s, position_m } = rep.trace;
  const push_s = rep.end_s - rep.concentric_s;
  const lowest = Math.min(...position_m);
  return {
    number: rep.number,
    flagged: Boolean(rep.bounced || rep.hard_lockout || rep.partial),
    time_s: offset_s.map((offset) => (rep.start_s ?? rep.turn_s) + offset - push_s),
    height_cm: position_m.map((position) => (position - lowest) * 100),
  };
}

/**
 * Columns of a chart with a series a rep, null where it had not begun or was over; null for fewer than two reps.
 * @param {import("./types.js").Rep[]} reps of one set
 */
export function overlay(reps) {
  const all = reps.map(lifted).filter((rep) => rep !== null);
  if (all.length < 2) return null;
  const first = Math.floor(Math.min(...all.map((rep) => rep.time_s[0])) / STEP_S);
  const last = Math.ceil(Math.max(...all.map((rep) => rep.time_s[rep.time_s.length - 1])) / STEP_S);
  const time_s = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * STEP_S);
  const series = all.map((rep, i) => ({
    label: words.review.repNumber(rep.number),
    stroke: rep.flagged ? "--warn" : "--accent",
    alpha: 0.25 + (0.75 * i) / (all.length - 1),
    values: time_s.map((t) => at(t, rep)),
  }));
  return { time_s, series };
}

/** @param {number} t @param {Lifted} rep */
function at(t, { time_s, height_cm }) {
  return t < time_s[0] || t > time_s[time_s.length - 1] ? null : interpolate(t, time_s, height_cm);
}
