/** The log: sessions by day, newest first. */
import { between, day, duration, timeOfDay, title } from "./format.js";
import { element, find, get, trouble } from "./page.js";
import { words } from "./words.js";

const PAGE = 50;
const asked = new URLSearchParams(location.search);
const [site, machine] = [asked.get("site"), asked.get("machine")];
/** @type {string | null} */
let oldest = null;

/** @param {import("./types.js").Session} session */
function row(session) {
  const lasted = between(session.started, session.ended);
  const amount = (/** @type {number} */ count, /** @type {string} */ word) =>
    element("span", { class: "amount" }, element("b", {}, String(count)), ` ${word}`);
  return element(
    "li",
    {},
    element(
      "a",
      { href: `/sessions/${encodeURIComponent(session.session)}`, "data-testid": "session-row" },
      element("time", { datetime: session.started }, timeOfDay(session.started)),
      element("span", { class: "who" }, title(session.machine), element("small", {}, session.athlete ?? "")),
      amount(session.set_count, words.sets(session.set_count)),
      amount(session.rep_count, words.reps(session.rep_count)),
      element("span", { class: "amount lasted" }, lasted === null ? words.running : duration(lasted)),
    ),
  );
}

/** The list of one day, made when its first session comes. @param {string} name */
function listOf(name) {
  const days = find("#days");
  const last = days.lastElementChild;
  if (last instanceof HTMLElement && last.dataset.day === name) return find("ul", last);
  const list = element("ul", { class: "log" });
  days.append(element("section", { "data-day": name }, element("h2", {}, name), list));
  return list;
}

async function load() {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (site) query.set("site", site);
  if (machine) query.set("machine", machine);
  if (oldest) query.set("before", oldest);
  try {
    /** @type {import("./types.js").Session[]} */
    const sessions = await get(`/api/sessions?${query}`);
    for (const session of sessions) listOf(day(session.started)).append(row(session));
    oldest = sessions.at(-1)?.started ?? oldest;
    find("#older").hidden = sessions.length < PAGE;
    find('[data-testid="empty"]').hidden = oldest !== null;
    trouble(null);
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
  }
}

if (machine) find("h1").textContent = words.log.on(title(machine));
find("#older").addEventListener("click", load);
load();
