/**
 * The prescribed tempo as a path to follow: one leg for each phase, position against time. A leg begins where and when
 * its phase began; what is still to come follows on from there, and waits where the lifter waits.
 */
import { DIGIT_OF_PHASE, PHASES, limits } from "./prescription.js";

/** As fast as possible, drawn as this long. */
const EXPLOSIVE_S = 0.5;
/** Of a stroke's time, what it takes to get up to its even speed, and to come to rest. */
const EASE_SHARE = 0.2;
const POINTS = 24;

/**
 * digit: of the tempo, 0 to 3; early_s and late_s: the earliest and latest end that keep it; left_s: when its phase was
 * over, and it with it.
 * @typedef {{digit: number, from_s: number, to_s: number, early_s: number, late_s: number, left_s: number, from_m: number,
 *   to_m: number}} Leg
 * @typedef {import("./types.js").Rep} Rep
 * @typedef {import("./types.js").Live} Live
 */

/**
 * The leg's line where it ends at `end_s`: an even stroke that is eased at both ends, or a level.
 * @param {Leg} leg @param {number} end_s @returns {[t: number, position_m: number][]}
 */
export function line({ from_s, from_m, to_m, left_s }, end_s) {
  const until_s = Math.min(end_s, left_s);
  return Array.from({ length: POINTS + 1 }, (_, i) => {
    const t = from_s + ((until_s - from_s) * i) / POINTS;
    return [t, from_m + (to_m - from_m) * wayMade((t - from_s) / (end_s - from_s || 1))];
  });
}

/** Share of the way at a share of the time. @param {number} share @returns {number} */
function wayMade(share) {
  if (share > 0.5) return 1 - wayMade(1 - share);
  const speed = 1 / (1 - EASE_SHARE);
  return share < EASE_SHARE ? (speed * share ** 2) / (2 * EASE_SHARE) : speed * (share - EASE_SHARE / 2);
}

/**
 * @param {number} digit @param {number} from_s @param {number} prescribed_s @param {[number, number]} ends lowest and highest
 * @param {number | null} left_s @returns {Leg}
 */
function leg(digit, from_s, prescribed_s, [low, high], left_s = null) {
  const [shortest, longest] = limits(digit, prescribed_s);
  const lasts_s = prescribed_s || (digit % 2 === 0 ? EXPLOSIVE_S : 0);
  const from_m = digit === 0 || digit === 3 ? high : low;
  const to_m = digit === 0 || digit === 1 ? low : high;
  const [early_s, late_s] = [from_s + shortest, from_s + longest];
  return { digit, from_s, to_s: from_s + lasts_s, early_s, late_s, left_s: left_s ?? Infinity, from_m, to_m };
}

/**
 * The legs of a settled rep, each from where its phase began to where it was over.
 * @param {Rep} rep @param {number | null} next_s when the next rep began @param {number[]} target @param {[number, number]} ends
 */
export function legsDone(rep, next_s, target, ends) {
  const begun_s = [rep.start_s, rep.bottom_s, rep.turn_s, rep.end_s, next_s];
  return [0, 1, 2, 3].flatMap((digit) => {
    const from_s = begun_s[digit];
    return from_s === null ? [] : [leg(digit, from_s, target[digit], ends, begun_s[digit + 1])];
  });
}

/** Of the running rep: its phases so far. @param {Live} live @param {boolean} settled whether its phases are of a rep that has settled, or of none @param {number[]} target @param {[number, number]} ends */
export function legsRunning(live, settled, target, ends) {
  let digit = DIGIT_OF_PHASE[live.phase];
  if (digit < 0 || settled) return [];
  /** @type {Leg[]} */ const legs = [];
  for (let from_s = live.at_s - live.phase_elapsed_s; legs.length < 4; ) {
    legs.unshift(leg(digit, from_s, target[digit], ends, legs[0]?.from_s));
    digit = (digit + 3) % 4;
    const before_s = live[PHASES[digit]];
    if (before_s === null) break;
    from_s -= before_s;
  }
  return legs;
}

/**
 * What is to come.
 * @param {Live} live @param {number} now_s the device's instant @param {number} until_s @param {number[]} target
 * @param {[number, number]} ends @param {number} left reps of the set, the running one among them
 */
export function legsAhead(live, now_s, until_s, target, ends, left) {
  const current = DIGIT_OF_PHASE[live.phase];
  const running = current < 0 ? null : leg(current, live.at_s - live.phase_elapsed_s, target[current], ends);
  let at_s = Math.max(now_s, running?.to_s ?? now_s);
  /** @type {Leg[]} */ const legs = [];
  for (let digit = (current + 1) % 4; at_s < until_s && left > 0; digit = (digit + 1) % 4) {
    const next = leg(digit, at_s, target[digit], ends);
    if (digit === 3) left -= 1;
    if (left > 0) legs.push(next);
    at_s = next.to_s;
  }
  return legs;
}
