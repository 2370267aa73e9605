/** Of a set: who lifted, what, and how it was asked for, phase by phase. */
import { called, inWords, load, percent } from "./coach.js";
import { number } from "./format.js";
import { element, get } from "./page.js";
import { adherence, parseTempo, PHASES, written } from "./prescription.js";
import { words } from "./words.js";

/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./types.js").LiftSet} LiftSet */
/** @typedef {Map<string, import("./coach.js").Athlete>} Athletes */

/** Those whom the visitor may know by name. @param {Session} session @param {LiftSet[]} sets @returns {Promise<Athletes>} */
export async function athletesOf(session, sets) {
  return [session, ...sets].some((one) => one.athlete !== null) ? everybody() : new Map();
}

/** All whom the visitor may know. @returns {Promise<Athletes>} */
export async function everybody() {
  /** @type {import("./coach.js").Athlete[]} */
  const known = await get("/api/athletes").catch(() => []);
  return new Map(known.map((one) => [one.athlete, one]));
}

/** A name that leads to the athlete's page; the number where there is none. @param {string} id @param {Athletes} athletes */
export function who(id, athletes) {
  const found = athletes.get(id);
  return found ? element("a", { class: "named", href: `/athletes/${id}` }, called(found)) : element("span", {}, id);
}

/** The unit of whoever lifted. @param {{athlete: string | null}} one @param {Athletes} athletes */
export function unitOf({ athlete }, athletes) {
  return athletes.get(athlete ?? "")?.unit ?? "kg";
}

/** Seconds of what was asked; null without a tempo. @param {LiftSet} set */
export function digitsOf(set) {
  return set.asked?.tempo ? parseTempo(set.asked.tempo) : null;
}

/** Who lifted which load with which leg. @param {LiftSet} set @param {Session} session @param {Athletes} athletes */
export function lifterLine(set, session, athletes) {
  const athlete = set.athlete ?? session.athlete;
  const load_kg = set.load_kg ?? session.load_kg;
  const unit = unitOf({ athlete }, athletes);
  const parts = [
    ...(athlete === null ? [] : [who(athlete, athletes)]),
    ...(load_kg === null ? [] : [load(load_kg, unit)]),
    ...(set.side === null ? [] : [words.coach.side[set.side]]),
    ...(set.asked === null ? [] : [`${words.coach.days.asked}: ${inWords(set.asked, unit)}`]),
  ];
  return element("p", { class: "lifter", "data-testid": `set-${set.number}-lifter` }, ...parts.flatMap((part, i) => (i ? [" · ", part] : [part])));
}

/** @param {LiftSet} set @param {import("./types.js").Rep[]} reps */
export function phasesKept(set, reps) {
  const digits = digitsOf(set);
  if (digits === null) return [];
  const rows = adherence(reps, digits).map(({ kept_share, error_s }, digit) => {
    const error = error_s === null || Math.abs(error_s) < 0.05 ? null : (error_s > 0 ? "+" : "−") + number(Math.abs(error_s), 1);
    const told = kept_share === null ? words.coach.phaseUnknown : words.coach.phaseKept(percent(kept_share), error);
    const term = `${words.digits[PHASES[digit]]} ${written(digit, digits[digit])}`;
    return element("div", {}, element("dt", {}, term), element("dd", { "data-testid": `set-${set.number}-${PHASES[digit]}` }, told));
  });
  return [element("dl", { class: "figures phases", "aria-label": words.coach.adherence }, ...rows), element("p", { class: "quiet" }, words.coach.marks)];
}
