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
  return laidOver(all.map((rep, i) => [rep, {
    label: words.review.repNumber(rep.number),
    stroke: rep.flagged ? "--warn" : "--accent",
    alpha: 0.25 + (0.75 * i) / (all.length - 1),
  }]));
}

/**
 * The same of two sides, all the reps of each alike; null where a side has none.
 * @param {import("./types.js").Rep[][]} sides @param {Look[]} looks
 */
export function overlayOf(sides, looks) {
  const all = sides.map((reps) => reps.map(lifted).filter((rep) => rep !== null));
  return all.every((reps) => reps.length) ? laidOver(all.flatMap((reps, i) => reps.map((rep) => /** @type {[Lifted, Look]} */ ([rep, looks[i]])))) : null;
}

/** @typedef {{label: string, stroke: string, alpha: number, dash?: number[]}} Look */

/** @param {[Lifted, Look][]} all */
function laidOver(all) {
  const first = Math.floor(Math.min(...all.map(([rep]) => rep.time_s[0])) / STEP_S);
  const last = Math.ceil(Math.max(...all.map(([rep]) => rep.time_s[rep.time_s.length - 1])) / STEP_S);
  const time_s = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * STEP_S);
  return { time_s, series: all.map(([rep, look]) => ({ ...look, values: time_s.map((t) => at(t, rep)) })) };
}

/** @param {number} t @param {Lifted} rep */
function at(t, { time_s, height_cm }) {
  return t < time_s[0] || t > time_s[time_s.length - 1] ? null : interpolate(t, time_s, height_cm);
}
