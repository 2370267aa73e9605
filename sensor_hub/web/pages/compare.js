/** Two sessions or two athletes side by side: which, and whose sets or which weeks. */
import { called } from "./coach.js";
import { compareAthletes, WEEKS } from "./compare.athletes.js";
import { compareSessions, labelOf, liftersOf } from "./compare.sessions.js";
import { element, find, get, say, trouble } from "./page.js";
import { words } from "./words.js";

/** @typedef {{value: string, label: string}} Option */

const LATEST = 200;
const asked = new URLSearchParams(location.search);
const ofAthletes = asked.get("of") === "athletes";
const [a, b] = [asked.get("a") ?? "", asked.get("b") ?? ""];

/** A choice that opens the page anew. @param {string} name @param {string} label @param {Option[]} options @param {string} chosen */
function choice(name, label, options, chosen) {
  const select = element("select", { name, "data-testid": `compare-${name}` }, ...options.map(({ value, label: text }) => element("option", { value }, text)));
  select.value = chosen;
  select.addEventListener("change", () => {
    select.value ? asked.set(name, select.value) : asked.delete(name);
    location.search = String(asked);
  });
  return element("label", { class: "field" }, label, select);
}

/** @param {Option[]} options */
function pair(options) {
  const open = { value: "", label: words.compare.choose };
  const known = (/** @type {string} */ one) => (one === "" || options.some(({ value }) => value === one) ? options : [{ value: one, label: one }, ...options]);
  return [choice("a", words.compare.first, [open, ...known(a)], a), choice("b", words.compare.second, [open, ...known(b)], b)];
}

async function showSessions() {
  const [sessions, athletes] = await Promise.all([get(`/api/sessions?limit=${LATEST}`), get("/api/athletes").catch(() => [])]);
  const known = new Map(athletes.map((/** @type {import("./coach.js").Athlete} */ one) => [one.athlete, one]));
  find("#sides").append(...pair(sessions.map((/** @type {import("./types.js").Session} */ one) => ({ value: one.session, label: labelOf(one, known) }))));
  if (!ready()) return;
  const details = await Promise.all([a, b].map((one) => get(`/api/sessions/${encodeURIComponent(one)}`)));
  const lifters = liftersOf(details);
  const whose = lifters.includes(asked.get("athlete") ?? "") ? asked.get("athlete") : null;
  const names = lifters.map((id) => ({ value: id, label: called(known.get(id) ?? { athlete: id, name: null }) }));
  if (lifters.length > 1) find("#sides").append(choice("athlete", words.compare.whose, [{ value: "", label: words.compare.everybody }, ...names], whose ?? ""));
  await compareSessions(find("#compared"), [a, b], details, whose, known);
}

async function showAthletes() {
  /** @type {import("./coach.js").Athlete[]} */
  const athletes = await get("/api/athletes");
  find("#sides").append(...pair(athletes.map((one) => ({ value: one.athlete, label: called(one) }))));
  const weeks = WEEKS.find((one) => String(one) === asked.get("weeks")) ?? WEEKS[1];
  find("#sides").append(choice("weeks", words.compare.weeks, WEEKS.map((one) => ({ value: String(one), label: words.compare.lastWeeks(one) })), String(weeks)));
  if (!ready()) return;
  const both = [a, b].map((id) => athletes.find((one) => one.athlete === id) ?? { athlete: id, name: null, unit: /** @type {const} */ ("kg"), created: "", last_lifted: null });
  await compareAthletes(find("#compared"), both, weeks);
}

function ready() {
  say(find("#pick"), !a || !b ? words.compare.pick : a === b ? words.compare.same : "");
  return a !== "" && b !== "" && a !== b;
}

find(ofAthletes ? "#of-athletes" : "#of-sessions").setAttribute("aria-current", "page");
(ofAthletes ? showAthletes() : showSessions()).catch((error) => trouble(error.message));
