/**
 * What a coach asks of a set, and whether it was kept. The rules are those of sensor_hub/prescription.py,
 * sensor_hub/coach/adherence.py and fatigue.py; tests/browser/test_rules.py holds both to the same answers.
 */

export const PHASES = /** @type {const} */ (["eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s"]);
export const DIGIT_OF_PHASE = { eccentric: 0, bottom: 1, concentric: 2, top: 3, idle: -1 };
const STROKES = [0, 2];
const TOLERANCE = 0.2;
const NO_PAUSE_S = 0.5;
const EXPLOSIVE_S = 0.75;
const MOST_S = 30;
const PACKED = /^([\dX])(\d)([\dX])(\d)$/i;
const SPACED = /^(\d{1,2}(?:\.\d)?|X)[-/: ](\d{1,2}(?:\.\d)?)[-/: ](\d{1,2}(?:\.\d)?|X)[-/: ](\d{1,2}(?:\.\d)?)$/i;

/**
 * Null is what is left to the lifter; deepest and highest are shares of the machine's full range.
 * @typedef {{sets: number | null, reps: number | null, tempo: string | null, slowest_mps: number | null,
 *   fastest_mps: number | null, deepest: number, highest: number, velocity_loss: number | null,
 *   rest_s: number | null}} Prescription
 * @typedef {{kept: boolean, error_s: number}} Verdict  error_s: measured less prescribed
 */

/** Seconds of a tempo's four digits, X as 0; null where it is none. @param {string} text */
export function parseTempo(text) {
  const found = SPACED.exec(text.trim()) ?? PACKED.exec(text.trim());
  const seconds = found && found.slice(1).map((digit) => (digit.toUpperCase() === "X" ? 0 : Number(digit)));
  return seconds && Math.max(...seconds) <= MOST_S ? seconds : null;
}

/** A digit as it is written. @param {number} digit @param {number} seconds */
export function written(digit, seconds) {
  return seconds === 0 && STROKES.includes(digit) ? "X" : String(seconds);
}

/** Shortest and longest time that keep a digit. @param {number} digit @param {number} prescribed_s @returns {[number, number]} */
export function limits(digit, prescribed_s) {
  if (prescribed_s > 0) return [prescribed_s * (1 - TOLERANCE), prescribed_s * (1 + TOLERANCE)];
  return [0, STROKES.includes(digit) ? EXPLOSIVE_S : NO_PAUSE_S];
}

/**
 * Null for what was not measured. A time outside by less than its uncertainty is given to the lifter.
 * @param {number} digit @param {number} prescribed_s @param {number | null | undefined} measured_s
 * @param {number | null} [sigma_s] @returns {Verdict | null}
 */
export function judge(digit, prescribed_s, measured_s, sigma_s = null) {
  if (measured_s == null) return null;
  const [shortest, longest] = limits(digit, prescribed_s);
  const slack = sigma_s ?? 0;
  const error_s = prescribed_s > 0 ? measured_s - prescribed_s : Math.max(0, measured_s - longest);
  return { kept: shortest - slack <= measured_s && measured_s <= longest + slack, error_s };
}

/**
 * By digit, over the reps of one set: how many were judged, the share that was kept, and the mean signed error; as
 * sensor_hub/coach/adherence.py pools them. The set's end is no pause at the top.
 * @param {import("./types.js").Rep[]} reps in order @param {number[]} digits
 */
export function adherence(reps, digits) {
  return PHASES.map((phase, digit) => {
    const counted = phase === "top_pause_s" ? reps.slice(0, -1) : reps;
    const verdicts = counted.map((rep) => judge(digit, digits[digit], rep[phase], rep.uncertainty[phase])).filter((one) => one !== null);
    const judged = verdicts.length;
    if (!judged) return { judged, kept_share: null, error_s: null };
    const error_s = verdicts.reduce((sum, one) => sum + one.error_s, 0) / judged;
    return { judged, kept_share: verdicts.filter((one) => one.kept).length / judged, error_s };
  });
}

/**
 * How much slower the newest rep was than the fastest up to it; null where that is not known.
 * @param {import("./types.js").Rep[]} reps in order
 */
export function velocityLoss(reps) {
  const speeds = reps.map((rep) => (rep.partial ? null : rep.mean_velocity_mps));
  const known = speeds.filter((speed) => speed !== null);
  const last = speeds.at(-1);
  return known.length < 2 || last == null ? null : 1 - last / Math.max(...known);
}
