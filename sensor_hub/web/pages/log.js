/** Sessions in a line each: who, where, how much, and how the tempo was kept. Figures come after the lines. */
import { called, load, percent } from "./coach.js";
import { between, duration, timeOfDay, title } from "./format.js";
import { element, find, get, say } from "./page.js";
import { me } from "./visitor.js";
import { words } from "./words.js";

const NAMED = 2;

/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./types.js").SetDone} SetDone */
/** @typedef {Map<string, import("./coach.js").Athlete>} Athletes */

/** Those whom the visitor may know by name. @returns {Promise<Athletes>} */
export async function athletesKnown() {
  const visitor = await me;
  const may = visitor !== null && (visitor.rights.includes("write:athletes") || visitor.athlete !== null);
  /** @type {import("./coach.js").Athlete[]} */
  const known = may ? await get("/api/athletes").catch(() => []) : [];
  return new Map(known.map((one) => [one.athlete, one]));
}

/** What was done in each session, as far as the visitor may know it. @param {Session[]} sessions @returns {Promise<Object<string, SetDone[]>>} */
export async function figuresOf(sessions) {
  const visitor = await me;
  const may = visitor !== null && (visitor.rights.includes("write:athletes") || visitor.athlete !== null);
  if (!may || !sessions.length) return {};
  return get(`/api/figures?${new URLSearchParams(sessions.map(({ session }) => ["session", session]))}`).catch(() => ({}));
}

/** @param {Session} session @param {Athletes} athletes */
export function row(session, athletes) {
  const lasted = between(session.started, session.ended);
  const amount = (/** @type {number} */ count, /** @type {string} */ word) =>
    element("span", { class: "amount" }, element("b", {}, String(count)), ` ${word}`);
  const line = element(
    "a",
    { href: `/sessions/${encodeURIComponent(session.session)}`, "data-testid": "session-row" },
    element("time", { datetime: session.started }, timeOfDay(session.started)),
    element("span", { class: "who" }, element("b", {}), " ", element("small", {}, title(session.machine))),
    element(
      "span",
      { class: "did" },
      element("span", { class: "amount load" }),
      amount(session.set_count, words.sets(session.set_count)),
      amount(session.rep_count, words.reps(session.rep_count)),
      element("span", { class: "amount kept" }),
      element("span", { class: "flags" }),
    ),
    element("span", { class: "amount lasted" }, lasted === null ? words.running : duration(lasted)),
  );
  fill(line, session, [], athletes);
  return element("li", {}, line);
}

/** Writes into a line what is known of the session's sets. @param {ParentNode} line @param {Session} session @param {SetDone[]} sets @param {Athletes} athletes */
export function fill(line, session, sets, athletes) {
  say(find(".who b", line), whoLifted(session, sets, athletes));
  say(find(".load", line), loadsOf(session, sets, athletes));
  const kept = keptIn(sets);
  say(find(".kept", line), kept === null ? "" : words.log.tempo(kept));
  find(".flags", line).replaceChildren(...flagsOf(sets));
}

/** @param {SetDone[]} sets */
export function flagsOf(sets) {
  const flags = /** @type {(keyof typeof words.log.flags)[]} */ (Object.keys(words.log.flags));
  return flags.flatMap((flag) => {
    const count = sets.reduce((sum, set) => sum + (set.flags[flag] ?? 0), 0);
    return count ? [element("span", { class: flag === "partial" ? "flag mild" : "flag" }, words.log.flags[flag](count))] : [];
  });
}

/** @param {Session} session @param {SetDone[]} sets @param {Athletes} athletes */
function whoLifted(session, sets, athletes) {
  const ids = new Set([...sets.map((set) => set.athlete), session.athlete].filter((id) => id !== null));
  const names = [...ids].map((id) => called(athletes.get(id) ?? { athlete: id, name: null }));
  return names.length > NAMED ? words.log.several : names.join(", ");
}

/** @param {Session} session @param {SetDone[]} sets @param {Athletes} athletes */
function loadsOf(session, sets, athletes) {
  const loads = [...sets.map((set) => set.load_kg), ...(sets.length ? [] : [session.load_kg])].filter((kg) => kg !== null);
  if (!loads.length) return "";
  const unit = athletes.get(sets[0]?.athlete ?? session.athlete ?? "")?.unit ?? "kg";
  const [low, high] = [Math.min(...loads), Math.max(...loads)].map((kg) => load(kg, unit));
  return low === high ? low : words.log.loads(low.replace(` ${unit}`, ""), high);
}

/** The share of the tempo's digits that were kept, in percent; nothing without a tempo. @param {SetDone[]} sets */
export function keptIn(sets) {
  const judged = sets.reduce((sum, set) => sum + set.judged, 0);
  return judged ? percent(sets.reduce((sum, set) => sum + set.kept, 0) / judged) : null;
}
