/** Small things every page does. */
import { words } from "./words.js";

/** Pages for those who are not in: elsewhere, the hub sends whoever is out to the login. */
const KEYHOLES = ["/login", "/kiosk"];
export const BATTERY_LOW_PERCENT = 15;
/** A battery that lasts longer is nobody's worry yet. */
const TOLD_H = 24;

/**
 * The element a page must have.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} selector @param {ParentNode} [within] @returns {T}
 */
export function find(selector, within = document) {
  const found = within.querySelector(selector);
  if (found === null) throw new Error(`The page has no ${selector}.`);
  return /** @type {T} */ (found);
}

/** The part of the page that tests know by this name, too. @param {string} name */
export function spot(name) {
  return find(`[data-testid="${name}"]`);
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Object<string, string>} [attributes] @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Writes only what changed, so that screen readers and the browser rest. @param {Node} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** What the hub would not do, in a sentence. */
export class Refusal extends Error {
  /** @param {number} status @param {string} sentence the hub's own */
  constructor(status, sentence) {
    super(words.refused(status, sentence));
    this.status = status;
  }
}

/** JSON from the API; an Error with a sentence otherwise. @param {string} path @returns {Promise<any>} */
export async function get(path) {
  return ask(path);
}

/** Tells the API to do something. @param {string} path @param {object} [body] @returns {Promise<any>} */
export async function post(path, body) {
  const headers = body === undefined ? undefined : { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: body && JSON.stringify(body) });
}

/** Puts something in the place of what was there. @param {string} path @param {object | null} body @returns {Promise<any>} */
export async function put(path, body) {
  return ask(path, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/** @param {string} path @param {RequestInit} [request] */
async function ask(path, request) {
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Error(words.unreachable);
  }
  if (answer.status === 401 && !KEYHOLES.includes(location.pathname)) location.reload();
  const body = await answer.json();
  if (!answer.ok) throw new Refusal(answer.status, body.error);
  return body;
}

/** Shows or clears the page's line of trouble. @param {string | null} sentence */
export function trouble(sentence) {
  const line = find("#trouble");
  line.hidden = sentence === null;
  say(line, sentence ?? "");
}

/** @param {HTMLElement} place @param {{battery_percent: number | null, battery_h: number | null}} sensor */
export function showBattery(place, { battery_percent: percent, battery_h: hours }) {
  place.hidden = percent === null;
  if (percent === null) return;
  const low = percent <= BATTERY_LOW_PERCENT;
  place.style.setProperty("--charge", `${percent}%`);
  place.toggleAttribute("data-low", low);
  const left = hours !== null && hours < TOLD_H ? ` · ${words.hours(hours)}` : "";
  say(place, low ? `${percent} % ${words.batteryLow}${left}` : `${percent} %${left}`);
}
