/** The gym at a glance: a card for every machine, refreshed once a second; today's athletes and the newest sessions. */
import { called, load, percent } from "./coach.js";
import { clock, number, title } from "./format.js";
import { athletesKnown } from "./log.js";
import { BATTERY_LOW_PERCENT, element, find, get, say, showBattery, trouble } from "./page.js";
import { showNewest, showToday } from "./today.js";
import { me } from "./visitor.js";
import { words } from "./words.js";

const REFRESH_MS = 1000;
const DESK_MS = 60_000;
const STALE_S = 2;
/** A rest longer than this is no rest any more. */
const RESTED_S = 600;

/** @typedef {import("./types.js").Machine} Machine */
/** @typedef {"good" | "wait" | "bad"} Tone */

/** @type {Map<string, HTMLLIElement>} */
const cards = new Map();
/** @type {import("./log.js").Athletes} */
let athletes = new Map();
/** What the desk was last shown for, and when. */
const desk = { seen: "", at_ms: -Infinity };

/** @param {Machine} machine */
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
      element("p", { class: "lifter" }),
      element("p", { class: "count" }, element("b"), element("span"), element("span", { class: "phase" })),
      element("p", { class: "how" }, element("span"), element("span", { class: "flag" })),
    ),
    element("footer", {}, element("a", { class: "past", href: sessions }, words.nav.sessions), element("p", { class: "battery" })),
  );
  cards.set(`${machine.site}/${machine.machine}`, card);
  find("#machines").append(card);
  return card;
}

/** @param {Machine} machine @returns {[string, Tone]} */
function standing(machine) {
  const stale = machine.live_age_s === null || machine.live_age_s > STALE_S;
  if (machine.online === false) return [words.hubOff, "bad"];
  if (machine.state === null && machine.live_age_s === null) return [words.neverHeard, "wait"];
  if (machine.state === "lost") return [words.link.lost, "bad"];
  if (machine.state !== null && machine.state !== "streaming") return [words.link[machine.state], "wait"];
  return stale ? [words.noData, "bad"] : [words.link.streaming, "good"];
}

/** @param {Machine} machine */
function show(machine) {
  const card = cards.get(`${machine.site}/${machine.machine}`) ?? makeCard(machine);
  const [text, tone] = standing(machine);
  const state = find(".state", card);
  say(state, text);
  state.dataset.tone = tone;
  const resting = machine.resting_s !== null && machine.resting_s < RESTED_S;
  const lifting = tone === "good" && machine.calibrated === true && machine.phase !== "idle" && machine.resting_s === null;
  card.classList.toggle("idle", !lifting);
  say(find(".lifter", card), lifterOn(machine));
  say(find(".count b", card), number(machine.rep_count, 0));
  const { rep_count: count, reps_asked: asked } = machine;
  say(find(".count span", card), count === null ? "" : lifting && asked !== null ? `${words.of(String(asked))} ${words.reps(asked)}` : words.reps(count));
  const rest = resting ? words.gym.resting(clock(machine.resting_s ?? 0)) : "";
  say(find(".phase", card), lifting && machine.phase ? words.phase[machine.phase] : rest);
  const tempo = machine.judged && machine.tempo ? words.gym.kept(machine.tempo, percent(machine.kept / machine.judged)) : machine.tempo ?? "";
  const set = machine.set_number ? words.gym.set(machine.set_number) : "";
  say(find(".how span", card), [set, tempo].filter(Boolean).join(" · "));
  const flagged = find(".how .flag", card);
  flagged.hidden = machine.flagged === 0;
  say(flagged, machine.flagged ? words.gym.flagged(machine.flagged) : "");
  showBattery(find(".battery", card), machine);
}

/** "Anna · 80 kg · left". @param {Machine} machine */
function lifterOn(machine) {
  const known = machine.athlete === null ? undefined : athletes.get(machine.athlete);
  const guest = machine.load_kg === null ? "" : words.gym.guest;
  const name = known ? called(known) : machine.athlete === null ? guest : words.coach.numbered(machine.athlete);
  const weight = machine.load_kg === null ? "" : load(machine.load_kg, known?.unit ?? "kg");
  return [name, weight, machine.side ? words.side[machine.side] : ""].filter(Boolean).join(" · ");
}

/** What somebody should see to. @param {Machine[]} machines */
function showAttention(machines) {
  const found = machines.flatMap((machine) => {
    const [text, tone] = standing(machine);
    const { battery_percent: battery } = machine;
    const low = battery !== null && battery <= BATTERY_LOW_PERCENT ? [words.gym.charge(battery)] : [];
    return [...(tone === "bad" ? [text] : []), ...low].map((what) => `${title(machine.machine)}: ${what}`);
  });
  const place = find("#attention");
  place.hidden = found.length === 0;
  const list = find("ul", place);
  if (list.dataset.shown === found.join()) return;
  list.dataset.shown = found.join();
  list.replaceChildren(...found.map((what) => element("li", {}, what)));
}

/** The desk changes when a set begins or ends, and with the day. @param {Machine[]} machines */
async function showDesk(machines) {
  const place = /** @type {HTMLSelectElement} */ (find("#site"));
  const seen = [place.value, ...machines.map((one) => `${one.machine} ${one.set_number} ${one.resting_s === null}`)].join();
  if (seen === desk.seen && performance.now() - desk.at_ms < DESK_MS) return;
  const visitor = await me;
  athletes = await athletesKnown();
  const may = visitor?.rights.includes("write:athletes") === true;
  find("#today").hidden = !may;
  const sites = [...new Set(machines.map((one) => one.site))].sort();
  await Promise.all([...(may ? [showToday(athletes, sites)] : []), showNewest(athletes)]);
  [desk.seen, desk.at_ms] = [seen, performance.now()];
}

find("#site").addEventListener("change", (event) => {
  localStorage.setItem("site", /** @type {HTMLSelectElement} */ (event.target).value);
  find("#today tbody").replaceChildren();
});

async function refresh() {
  try {
    /** @type {Machine[]} */
    const machines = await get("/api/machines");
    machines.forEach(show);
    showAttention(machines);
    find('[data-testid="empty"]').hidden = machines.length > 0;
    await showDesk(machines);
    trouble(null);
  } catch (error) {
    trouble(`${/** @type {Error} */ (error).message} ${words.gym.again}`);
  }
  setTimeout(refresh, REFRESH_MS);
}

refresh();
