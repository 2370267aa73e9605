/** Numbers and instants as a lifter reads them. What is not known is a dash, never a zero. */
import { words } from "./words.js";

/** @param {number | null | undefined} value @param {number} digits */
export function number(value, digits) {
  return value == null ? words.none : value.toFixed(digits).replace(".", words.decimal);
}

/** Seconds with a tenth: a tempo digit. @param {number | null | undefined} value */
export function tempoDigit(value) {
  return number(value, 1);
}

/** The four digits of a tempo. @param {(number | null | undefined)[]} phases_s @param {boolean[]} unsure those known only roughly */
export function tempo(phases_s, unsure) {
  return unsure.map((roughly, digit) => (roughly ? "~" : "") + tempoDigit(phases_s[digit])).join("-");
}

/**
 * A standard uncertainty in the digits of its value, rounded up: "0.0" would promise too much.
 * @param {number | null | undefined} value @param {number} digits
 */
export function uncertainty(value, digits) {
  if (value == null) return null;
  const step = 10 ** digits;
  return number(Math.max(1, Math.ceil(value * step - 1e-9)) / step, digits);
}

/** What each metric is shown as: factor to the shown unit, unit, digits. */
export const METRICS = {
  rom_m: { scale: 100, unit: "cm", digits: 1 },
  mean_velocity_mps: { scale: 1, unit: "m/s", digits: 2 },
  peak_velocity_mps: { scale: 1, unit: "m/s", digits: 2 },
  mean_eccentric_velocity_mps: { scale: 1, unit: "m/s", digits: 2 },
  peak_eccentric_velocity_mps: { scale: 1, unit: "m/s", digits: 2 },
  turn_acceleration_mps2: { scale: 1, unit: "m/s²", digits: 1 },
  time_under_tension_s: { scale: 1, unit: "s", digits: 1 },
  mean_propulsive_velocity_mps: { scale: 1, unit: "m/s", digits: 2 },
  mean_power_w_per_kg: { scale: 1, unit: "W/kg", digits: 1 },
  peak_power_w_per_kg: { scale: 1, unit: "W/kg", digits: 1 },
  mean_power_w: { scale: 1, unit: "W", digits: 0 },
  peak_power_w: { scale: 1, unit: "W", digits: 0 },
  sticking_point_share: { scale: 100, unit: "%", digits: 0 },
  sticking_velocity_share: { scale: 100, unit: "%", digits: 0 },
  eccentric_control: { scale: 100, unit: "%", digits: 0 },
  stretch_shortening_retained: { scale: 100, unit: "%", digits: 0 },
  velocity_loss: { scale: 100, unit: "%", digits: 0 },
  eccentric_s: { scale: 1, unit: "s", digits: 1 },
  bottom_pause_s: { scale: 1, unit: "s", digits: 1 },
  concentric_s: { scale: 1, unit: "s", digits: 1 },
  top_pause_s: { scale: 1, unit: "s", digits: 1 },
};

/**
 * A metric of a rep or a set as value, uncertainty (none where it is exact) and unit, ready to show.
 * @typedef {keyof typeof METRICS} MetricName
 * @param {Partial<Record<MetricName, number | null>> & {uncertainty: Object<string, number | null>}} rep
 * @param {MetricName} name
 */
export function metric(rep, name) {
  const { scale, unit, digits } = METRICS[name];
  const value = rep[name];
  const spread = rep.uncertainty[name];
  return {
    value: number(value == null ? null : value * scale, digits),
    spread: value == null || !spread ? null : uncertainty(spread * scale, digits),
    unit,
  };
}

/** "12:05" of a running time, "0:48". @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** "14 min", "52 s", "1 h 05 min". @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Seconds from one instant to another. @param {string} from @param {string | null} to */
export function between(from, to) {
  return to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000;
}

/** "18:05". @param {string} instant */
export function timeOfDay(instant) {
  return new Date(instant).toLocaleTimeString(words.locale, { hour: "2-digit", minute: "2-digit" });
}

/** "Today", "Yesterday", "Friday 13 November 2026". @param {string} instant */
export function day(instant) {
  const date = new Date(instant);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return words.today;
  today.setDate(today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return words.yesterday;
  return date.toLocaleDateString(words.locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

/** "leg-press_1" as a person writes it. @param {string} slug */
export function title(slug) {
  const spaced = slug.replace(/[-_]+/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
