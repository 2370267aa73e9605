/**
 * What to say to the lifter before a phase ends, and while it goes too fast.
 *
 * People answer a signal they wait for after 0.23 s on average (Woods et al. 2015, doi 10.3389/fnhum.2015.00131: 1469
 * adults), half as much again when tired or surprised, and the screen is 0.1 s late: so a cue comes `LEAD_S` before its
 * phase is over. A spoken one takes a third of a second to say and comes `SPOKEN_LEAD_S` before.
 */
import { limits } from "./prescription.js";

export const LEAD_S = 0.5;
export const SPOKEN_LEAD_S = 0.8;
/** Of a short phase, the cue must not fill more than this. */
const LEAD_SHARE = 0.4;
/** Before and after these shares of the way, its pace says too little of the time it will take. */
const [PACE_FROM, PACE_TO] = [0.2, 0.9];
const KEEP_S = 0.7;
const NAMES = /** @type {const} */ (["eccentric", "bottom", "concentric", "top"]);

/** @typedef {"eccentric" | "bottom" | "concentric" | "top" | "done" | "slower" | "drive" | "enough"} CueName */

/**
 * digit: the running phase's; likely_s: how long it will take at its pace, null where that says nothing yet; beyond: further
 * than the prescription allows; last: the set's last rep.
 * @typedef {{digit: number, elapsed_s: number, target: number[], likely_s: number | null, beyond: boolean, last: boolean}} Now
 */

/** What follows a phase; a pause of 0 is none. @param {number} digit @param {number[]} target @param {boolean} last @returns {CueName} */
export function following(digit, target, last) {
  if (digit === 2 && last) return "done";
  const next = (digit + 1) % 4;
  return next % 2 === 1 && target[next] === 0 ? NAMES[(next + 1) % 4] : NAMES[next];
}

/** How long a stroke will take, by the share of its way made so far. @param {number} elapsed_s @param {number} progress */
export function likely(elapsed_s, progress) {
  return progress < PACE_FROM || progress > PACE_TO ? null : elapsed_s / progress;
}

/** How long before its end a phase's cue comes. @param {number} prescribed_s @param {number} lead_s */
export function lead(prescribed_s, lead_s) {
  return Math.min(lead_s, LEAD_SHARE * prescribed_s);
}

/** @param {Now} now @returns {CueName | null} */
export function cueOf({ digit, elapsed_s, target, likely_s, beyond, last }) {
  if (digit < 0) return null;
  if (beyond && digit !== 3) return "enough";
  const prescribed_s = target[digit];
  const stroke = digit % 2 === 0;
  if (stroke && prescribed_s === 0) return null;
  if (elapsed_s >= prescribed_s - lead(prescribed_s, LEAD_S)) return following(digit, target, last);
  if (!stroke || likely_s === null) return null;
  const [shortest, longest] = limits(digit, prescribed_s);
  if (likely_s < shortest) return "slower";
  return digit === 2 && likely_s > longest ? "drive" : null;
}

/** A word on the pace stays long enough to be read; what comes next goes with its phase. */
export class Cues {
  constructor() {
    /** @type {CueName | null} */ this.shown = null;
    this.digit = -1;
    this.until_s = 0;
  }

  /** @param {Now} now @param {number} at_s the page's clock @returns {CueName | null} */
  at(now, at_s) {
    const cue = cueOf(now);
    if (cue !== null) {
      this.until_s = at_s + KEEP_S;
    } else if (now.digit === this.digit && at_s < this.until_s && this.shown !== null) {
      return this.shown;
    }
    this.digit = now.digit;
    this.shown = cue;
    return cue;
  }
}
