/** Loads as a lifter says them; they are kept in kg. */
import { words } from "./words.js";

const KG = { kg: 1, lb: 0.45359237 };
export const UNITS = /** @type {const} */ (["kg", "lb"]);
/** Plates that gyms have, of one side. */
export const PLATES = { kg: [20, 15, 10, 5, 2.5, 1.25], lb: [45, 35, 25, 10, 5, 2.5] };
/** The smallest plate on each side. */
export const STEP = { kg: 2.5, lb: 5 };
const MOST_KG = 2000;

/** @typedef {"kg" | "lb"} Unit */

/** In the lifter's unit, to a hundredth. @param {number} load_kg @param {Unit} unit */
export function inUnit(load_kg, unit) {
  return Math.round((load_kg / KG[unit]) * 100) / 100;
}

/** @param {number} load @param {Unit} unit */
export function inKg(load, unit) {
  return Math.round(load * KG[unit] * 1e4) / 1e4;
}

/** "82.5 kg". @param {number} load_kg @param {Unit} unit */
export function loadText(load_kg, unit) {
  return `${decimal(inUnit(load_kg, unit))} ${unit}`;
}

/** @param {number} value */
export function decimal(value) {
  return String(value).replace(".", words.decimal);
}

/** What somebody typed, in kg: null for nothing, undefined for what is no load. @param {string} text @param {Unit} unit */
export function readLoad(text, unit) {
  if (text.trim() === "") return null;
  const load_kg = inKg(Number(text.trim().replace(",", ".")), unit);
  return load_kg >= 0 && load_kg <= MOST_KG ? load_kg : undefined;
}
