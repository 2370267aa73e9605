/** What the coach's pages share: names, loads in the athlete's unit, and what was asked, in words. */
import { number } from "./format.js";
import { words } from "./words.js";

/**
 * As documented in /api/openapi.json. Instants of progress are in the gym's own time.
 * @typedef {{athlete: string, name: string | null, unit: "kg" | "lb", language?: string | null,
 *   created: string, last_lifted: string | null}} Athlete
 * @typedef {{judged: number, kept_share: number | null, error_s: number | null}} PhaseFigures
 * @typedef {{session: string, number: number, started: string, load_kg: number | null, side: "left" | "right" | "both" | null,
 *   reps: number, reps_asked: number | null, tempo_kept: number | null, phases: Object<string, PhaseFigures>,
 *   rom_m: number | null, mean_velocity_mps: number | null}} SetFigures
 * @typedef {{share: number, sigma: number, clear: boolean}} Difference
 * @typedef {{attempts: {load_kg: number, mean_velocity_mps: number}[], intercept_mps: number | null,
 *   slope_mps_per_kg: number | null, r2: number | null, e1rm_kg: number | null, interval_kg: [number, number] | null,
 *   missing: "loads" | "slope" | "fit" | "heavier" | null}} Profile
 * @typedef {{step: "more" | "same" | "less", reason: keyof typeof words.coach.reason, load_kg: number | null}} NextLoad
 * @typedef {{sets: SetFigures[], sides: {rom_m?: Difference, mean_velocity_mps?: Difference}, load_velocity: Profile,
 *   next_load: NextLoad | null, today: string}} Report
 * @typedef {import("./prescription.js").Prescription & {exercise?: string, load_kg?: number | null}} Asked
 * @typedef {"kg" | "lb"} Unit
 */

const KG = { kg: 1, lb: 0.45359237 };

/** @param {{athlete: string, name: string | null}} one */
export function called(one) {
  return one.name ?? words.coach.numbered(one.athlete);
}

/** A load in the unit, as a number to reckon with. @param {number} load_kg @param {Unit} unit */
export function inUnit(load_kg, unit) {
  return Math.round((load_kg / KG[unit]) * 10) / 10;
}

/** @param {number} value @param {Unit} unit */
export function inKg(value, unit) {
  return value * KG[unit];
}

/** "92.5 kg", "204 lb"; a dash where nobody said. @param {number | null | undefined} load_kg @param {Unit} unit */
export function load(load_kg, unit) {
  if (load_kg == null) return words.none;
  const value = inUnit(load_kg, unit);
  return `${number(value, unit === "kg" && !Number.isInteger(value) ? 1 : 0)} ${unit}`;
}

/** @param {number} share */
export function percent(share) {
  return number(share * 100, 0);
}

/** "3 × 10 at 4-1-2-0, 80 kg, stop at 20 %". @param {Asked} asked @param {Unit} unit */
export function inWords(asked, unit) {
  const { amount, tempo, speed, range, stopAt, rest } = words.coach.asked;
  const { sets, reps, slowest_mps: slow, fastest_mps: fast, deepest, highest, velocity_loss: loss, rest_s } = asked;
  const parts = [
    (sets === null || reps === null ? "" : amount(sets, reps)) + (asked.tempo === null ? "" : tempo(asked.tempo)),
    asked.load_kg == null ? null : load(asked.load_kg, unit),
    slow === null && fast === null ? null : speed(slow === null ? null : number(slow, 2), fast === null ? null : number(fast, 2)),
    deepest > 0 || highest < 1 ? range(percent(deepest), percent(highest)) : null,
    loss === null ? null : stopAt(percent(loss)),
    rest_s === null ? null : rest(number(rest_s, 0)),
  ];
  return parts.filter(Boolean).join(", ");
}
