/** The gym at a glance: a card for every machine, refreshed once a second. */
import { number, title } from "./format.js";
import { element, find, get, say, showBattery, trouble } from "./page.js";
import { words } from "./words.js";

const REFRESH_MS = 1000;
const STALE_S = 2;

/** @type {Map<string, HTMLLIElement>} */
const cards = new Map();

/** @param {import("./types.js").Machine} machine */
function makeCard(machine) {
  const live = `/live/${machine.site}/${machine.machine}`;
  const sessions = `/sessions?site=${machine.site}&machine=${machine.machine}`;
  const card = element(
    "li",
    { "data-testid": "machine-card" },
    element(
      "a",
      { class: "watch", href: live },
      element("h2", {}, title(machine.machine)),
      element("p", { class: "state" }),
      element("p", { class: "count" }, element("b"), element("span"), element("span", { class: "phase" })),
    ),
    element("footer", {}, element("a", { class: "past", href: sessions }, words.nav.sessions), element("p", { class: "battery" })),
  );
  cards.set(`${machine.site}/${machine.machine}`, card);
  find("#machines").append(card);
  return card;
}

/** @param {import("./types.js").Machine} machine @returns {[string, "good" | "wait" | "bad"]} */
function standing(machine) {
  const stale = machine.live_age_s === null || machine.live_age_s > STALE_S;
  if (machine.online === false) return [words.hubOff, "bad"];
  if (machine.state === null && machine.live_age_s === null) return [words.neverHeard, "wait"];
  if (machine.state === "lost") return [words.link.lost, "bad"];
  if (machine.state !== null && machine.state !== "streaming") return [words.link[machine.state], "wait"];
  return stale ? [words.noData, "bad"] : [words.link.streaming, "good"];
}

/** @param {import("./types.js").Machine} machine */
function show(machine) {
  const card = cards.get(`${machine.site}/${machine.machine}`) ?? makeCard(machine);
  const [text, tone] = standing(machine);
  const state = find(".state", card);
  say(state, text);
  state.dataset.tone = tone;
  const lifting = tone === "good" && machine.calibrated === true && machine.phase !== "idle";
  card.classList.toggle("idle", !lifting);
  say(find(".count b", card), number(machine.rep_count, 0));
  const set = machine.set_number ? words.gym.set(machine.set_number) : "";
  say(find(".count span", card), machine.rep_count === null ? "" : words.reps(machine.rep_count) + set);
  say(find(".phase", card), lifting && machine.phase ? words.phase[machine.phase] : "");
  showBattery(find(".battery", card), machine);
}

async function refresh() {
  try {
    /** @type {import("./types.js").Machine[]} */
    const machines = await get("/api/machines");
    machines.forEach(show);
    find('[data-testid="empty"]').hidden = machines.length > 0;
    trouble(null);
  } catch (error) {
    trouble(`${/** @type {Error} */ (error).message} ${words.gym.again}`);
  }
  setTimeout(refresh, REFRESH_MS);
}

refresh();
