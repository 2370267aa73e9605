/** Why somebody should look after a gym, in a sentence each. */
import { number, timeOfDay, title } from "./format.js";
import { element } from "./page.js";
import { words } from "./words.js";

const RECENT_MS = 3 * 24 * 3600 * 1000;

/** @typedef {import("./types.js").Need} Need */
/** @typedef {"bad" | "wait" | "good"} Tone */

/** "14:05" of today, "12 Nov 14:05" of the last days, else "12 Nov". @param {string} instant */
export function when(instant) {
  const date = new Date(instant);
  if (date.toDateString() === new Date().toDateString()) return timeOfDay(instant);
  const told = date.toLocaleDateString(words.locale, { day: "numeric", month: "short" });
  return Date.now() - date.getTime() < RECENT_MS ? `${told} ${timeOfDay(instant)}` : told;
}

/** "1.2 GB". @param {number | null} bytes */
export function size(bytes) {
  if (bytes === null) return words.none;
  return bytes >= 1e9 ? `${number(bytes / 1e9, bytes >= 1e10 ? 0 : 1)} GB` : `${number(bytes / 1e6, 0)} MB`;
}

/** "about 30 h of use left". @param {number} hours */
export function useLeft(hours) {
  return words.gyms.useLeft(hours < 10 ? number(hours, 1) : number(hours, 0));
}

/** A share as per cent. @param {number | null} share */
export function perCent(share) {
  return share === null ? words.none : `${number(100 * share, share < 0.0995 ? 1 : 0)} %`;
}

/** @param {Need} need */
export function reason(need) {
  const where = title(need.machine ?? need.hub ?? "");
  return `${where}: ${what(need)}`;
}

/** @param {Need} need */
function what(need) {
  const { kind, urgent, amount, hours, days, text, newest } = need;
  const told = words.gyms.need;
  const since = need.since === null ? "" : when(need.since);
  if (kind === "silent" || kind === "off" || kind === "away") return told[kind](since);
  if (kind === "part") return told.part(words.gyms.parts[text ?? ""] ?? text ?? "", urgent, since);
  if (kind === "disk") return days === null ? told.disk(size(amount)) : told.diskDays(days);
  if (kind === "battery") return told.battery(amount, hours === null ? null : useLeft(hours));
  if (kind === "loss") return told.loss(perCent(amount));
  if (kind === "clock") return told.clock;
  return told[kind](text ?? "", newest ?? "");
}

/** The urgent first, as they come. @param {Need[]} needs */
export function reasons(needs) {
  return needs.map((need) => element("li", { "data-testid": "need", ...(need.urgent ? { class: "urgent" } : {}) }, reason(need)));
}

/** @param {Need[]} needs @returns {Tone} */
export function toneOf(needs) {
  if (needs.some((need) => need.urgent)) return "bad";
  return needs.length ? "wait" : "good";
}
