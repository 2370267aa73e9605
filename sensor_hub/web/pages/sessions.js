/** The log: sessions by day, newest first; of one athlete, one machine, one day. The address says which. */
import { called } from "./coach.js";
import { day, title } from "./format.js";
import { athletesKnown, figuresOf, fill, row } from "./log.js";
import { element, find, get, trouble } from "./page.js";
import { me } from "./visitor.js";

const PAGE = 25;
const FILTERS = ["site", "machine", "athlete", "day"];

/** What is shown: whoever waited for the answer to another question drops it. */
let wanted = new URLSearchParams(location.search);
/** @type {string | null} */
let oldest = null;
/** @type {Promise<import("./log.js").Athletes>} */
const known = athletesKnown();

/** The list of one day, made when its first session comes. @param {string} name */
function listOf(name) {
  const days = find("#days");
  const last = days.lastElementChild;
  if (last instanceof HTMLElement && last.dataset.day === name) return find("ul", last);
  const list = element("ul", { class: "log" });
  days.append(element("section", { "data-day": name }, element("h2", {}, name), list));
  return list;
}

function isFiltered() {
  return FILTERS.some((name) => wanted.has(name));
}

/** @param {import("./types.js").Session[]} sessions @param {import("./log.js").Athletes} athletes */
function append(sessions, athletes) {
  return sessions.map((session) => {
    const line = row(session, athletes);
    listOf(day(session.started)).append(line);
    return line;
  });
}

/** The next page. @param {boolean} further whether somebody asked for it with the button, which goes on from there */
async function load(further) {
  const asked = wanted;
  const query = new URLSearchParams(FILTERS.flatMap((name) => (asked.get(name) ? [[name, asked.get(name) ?? ""]] : [])));
  query.set("limit", String(PAGE));
  if (further && oldest) query.set("before", oldest);
  const older = /** @type {HTMLButtonElement} */ (find("#older"));
  older.disabled = true;
  try {
    /** @type {[import("./types.js").Session[], import("./log.js").Athletes]} */
    const [sessions, athletes] = await Promise.all([get(`/api/sessions?${query}`), known]);
    if (asked !== wanted) return;
    if (!further) find("#days").replaceChildren();
    const lines = append(sessions, athletes);
    oldest = sessions.at(-1)?.started ?? (further ? oldest : null);
    older.hidden = sessions.length < PAGE;
    find('[data-testid="nothing"]').hidden = oldest !== null || !isFiltered();
    find('[data-testid="empty"]').hidden = oldest !== null || isFiltered();
    if (further) lines[0]?.querySelector("a")?.focus();
    trouble(null);
    const figures = await figuresOf(sessions);
    sessions.forEach((session, i) => fill(lines[i], session, figures[session.session] ?? [], athletes));
  } catch (error) {
    if (asked === wanted) trouble(/** @type {Error} */ (error).message);
  }
  older.disabled = false;
}

/** Shows what the form says, and keeps it in the address. */
function choose() {
  const form = new FormData(find("#filters"));
  const [site, machine] = String(form.get("machine")).split("/");
  const chosen = { site, machine: machine ?? "", athlete: String(form.get("athlete")), day: String(form.get("day")) };
  wanted = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  history.replaceState(null, "", isFiltered() ? `?${wanted}` : location.pathname);
  find("#clear").hidden = !isFiltered();
  load(false);
}

async function offer() {
  /** @type {[import("./types.js").Machine[], import("./log.js").Athletes, Awaited<typeof me>]} */
  const [machines, athletes, visitor] = await Promise.all([get("/api/machines"), known, me]);
  const places = machines.map((one) => element("option", { value: `${one.site}/${one.machine}` }, title(one.machine)));
  const people = [...athletes.values()].sort((one, other) => called(one).localeCompare(called(other)));
  find("#machine").append(...places);
  find("#athlete").append(...people.map((one) => element("option", { value: one.athlete }, called(one))));
  find("label:has(#athlete)").hidden = !visitor?.rights.includes("write:athletes");
  /** @type {HTMLSelectElement} */ (find("#machine")).value = wanted.has("machine") ? placeOf(machines) : "";
  /** @type {HTMLSelectElement} */ (find("#athlete")).value = wanted.get("athlete") ?? "";
  /** @type {HTMLInputElement} */ (find("#day")).value = wanted.get("day") ?? "";
  find("#clear").hidden = !isFiltered();
  find("#filters").hidden = false;
}

/** The machine that the address names, also where it leaves the site out. @param {import("./types.js").Machine[]} machines */
function placeOf(machines) {
  const found = machines.find((one) => one.machine === wanted.get("machine") && (wanted.get("site") ?? one.site) === one.site);
  return found ? `${found.site}/${found.machine}` : "";
}

find("#filters").addEventListener("change", choose);
find("#filters").addEventListener("submit", (event) => event.preventDefault());
find("#filters").addEventListener("reset", () => setTimeout(choose));
find("#older").addEventListener("click", () => load(true));
load(false);
offer().catch((error) => trouble(error.message));
