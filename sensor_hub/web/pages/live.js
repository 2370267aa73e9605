/** The live page of one machine. */
import { Course } from "./course.js";
import { clock, metric, tempoDigit, title } from "./format.js";
import { MotionBuffer } from "./motion.js";
import { element, find, say, showBattery } from "./page.js";
import { follow } from "./stream.js";
import { TraceView } from "./trace.js";
import { words } from "./words.js";

const STALE_S = 1.5;
const CALM_FRAME_MS = 250;
const STRIP_REPS = 15;
const SETTLING_S = 0.35;
/** A rep that ended longer ago is not news. */
const NEWS_S = 2;
/** A time known no better than this is shown with a ~. */
const UNSURE_S = 0.25;
const TEMPO = /** @type {const} */ (["eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s"]);
const DIGIT_OF_PHASE = { eccentric: 0, bottom: 1, concentric: 2, top: 3, idle: -1 };

const [site, machine] = location.pathname.split("/").slice(2).map(decodeURIComponent);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const main = find("main");
const spot = (/** @type {string} */ name) => find(`[data-testid="${name}"]`);
const motion = new MotionBuffer();
const trace = new TraceView(find(".motion"));

/** @typedef {import("./types.js").Rep} Rep */

/** What is known of the machine. */
const known = {
  /** @type {import("./types.js").Live | null} */ live: null,
  /** @type {import("./types.js").Sensor | null} */ sensor: null,
  /** @type {import("./types.js").Status | null} */ status: null,
  /** @type {import("./types.js").LiftSet | null} */ set: null,
  /** @type {Map<number, Rep>} */ reps: new Map(),
  /** Seconds at the top after each rep, as seen live. @type {Map<number, number>} */ tops: new Map(),
  course: new Course([], motion),
  /** When the newest rep settled, on the page's clock. */ settled_s: -Infinity,
  setKey: "",
  connected: true,
  /** When the newest `live` was made, on the page's clock. @type {number | null} */ live_s: null,
};

const now_s = () => performance.now() / 1000;
const stale = () => known.live_s === null || now_s() - known.live_s > STALE_S;

/** Reps belong to one set; a message of another begins anew. @param {string} key */
function turnTo(key) {
  if (key === known.setKey) return;
  known.setKey = key;
  known.set = null;
  known.reps.clear();
}

/** A rep has settled: it takes the place of what was drawn of it, gently where somebody has been watching. @param {Rep} rep */
function settle(rep) {
  known.reps.set(rep.number, rep);
  const reps = [...known.reps.values()].sort((one, other) => one.number - other.number);
  const watched = !calm.matches && (motion.at_s.at(-1) ?? -Infinity) - rep.end_s < NEWS_S;
  known.course = new Course(reps, motion, known.course);
  known.settled_s = watched ? now_s() : -Infinity;
}

/** @param {number} number of the rep @param {number | null} pause_s at the top after it, so far */
function noteTop(number, pause_s) {
  if (pause_s != null) known.tops.set(number, pause_s);
}

/** The pause after a rep: from its set when that has ended, else as far as it was seen. @param {Rep} rep */
function topPause(rep) {
  if (known.set?.progress === "ended") return known.set.top_pauses_s[rep.number - 1];
  return rep.top_pause_s ?? known.tops.get(rep.number);
}

const handlers = {
  trace(/** @type {import("./types.js").Trace} */ data) {
    motion.reset(data);
    turnTo("");
    known.course = new Course([], motion);
    known.tops.clear();
    data.top_pause_s.forEach((pause_s, i) => noteTop(data.rep_count[i], pause_s));
  },
  live(/** @type {import("./types.js").Live} */ live) {
    if (known.live && live.set_number !== known.live.set_number) known.tops.clear();
    if (live.phase === "top") noteTop(live.rep_count, live.top_pause_s);
    known.live = live;
    known.live_s = now_s();
    motion.push(live, known.live_s);
    showLive(live);
  },
  sensor(/** @type {import("./types.js").Sensor} */ sensor) {
    known.sensor = sensor;
    showBattery(spot("battery"), sensor);
  },
  status(/** @type {import("./types.js").Status} */ status) {
    known.status = status;
  },
  set(/** @type {import("./types.js").LiftSet} */ set) {
    turnTo(`${set.session}/${set.number}`);
    known.set = set;
    showLastRep();
  },
  rep(/** @type {Rep} */ rep) {
    turnTo(`${rep.session}/${rep.set_number}`);
    settle(rep);
    showLastRep();
  },
  beat(/** @type {import("./types.js").Beat} */ beat) {
    known.live_s = beat.live_age_s === null ? null : now_s() - beat.live_age_s;
  },
};

/** The newest settled rep of the set on the screen. */
function lastRep() {
  const rep = known.reps.get(Math.max(...known.reps.keys()));
  return rep && known.live && rep.set_number !== known.live.set_number ? undefined : rep;
}

/** @param {import("./types.js").Live} live */
function showLive(live) {
  say(spot("rep-count"), String(live.rep_count));
  say(find("#reps-word"), words.reps(live.rep_count));
  say(spot("set-number"), live.set_number === 0 ? words.none : String(live.set_number));
  find(".phase").dataset.phase = live.phase;
  say(spot("phase"), live.calibrated ? words.phase[live.phase] : words.none);
  const running = live.phase === "idle" ? [] : TEMPO.map((name) => live[name]);
  showDigits(spot("running-tempo"), running, DIGIT_OF_PHASE[live.phase]);
  showLastRep();
}

function showLastRep() {
  const rep = lastRep();
  const open = known.live?.phase === "top" && known.live.rep_count === rep?.number;
  const digits = rep ? [rep.eccentric_s, rep.bottom_pause_s, rep.concentric_s, topPause(rep)] : [];
  const unsure = TEMPO.map((name) => (rep?.uncertainty[name] ?? 0) > UNSURE_S);
  showDigits(spot("tempo"), digits, -1, open ? 3 : -1, unsure);
  for (const place of document.querySelectorAll("[data-metric]")) showMetric(/** @type {HTMLElement} */ (place), rep);
  showStrip();
  spot("bounce-warning").hidden = rep?.bounced !== true;
  spot("lockout-warning").hidden = rep?.hard_lockout !== true;
}

/** The set so far: a bar for every rep, as tall as its range. */
function showStrip() {
  const strip = spot("set-strip");
  const reps = [...known.reps.values()].slice(-STRIP_REPS);
  const key = reps.map((rep) => `${rep.number} ${rep.rom_m}`).join();
  if (strip.dataset.shown === key) return;
  strip.dataset.shown = key;
  const longest = Math.max(...reps.map((rep) => rep.rom_m ?? 0));
  strip.replaceChildren(
    ...reps.map((rep) => {
      const bar = element("li", rep.bounced || rep.hard_lockout ? { class: "flagged" } : {});
      bar.style.setProperty("--tall", String((rep.rom_m ?? 0) / longest || 0));
      return bar;
    }),
  );
}

/**
 * @param {HTMLElement} place @param {(number | null | undefined)[]} phases_s
 * @param {number} current the digit that is counting, -1 for none @param {number} open the digit not yet final
 * @param {boolean[]} unsure digits that are known only roughly
 */
function showDigits(place, phases_s, current, open = -1, unsure = []) {
  const text = [0, 1, 2, 3].map((digit) => (unsure[digit] ? "~" : "") + tempoDigit(phases_s[digit]));
  const key = `${text} ${current} ${open}`;
  if (place.dataset.shown === key) return;
  place.dataset.shown = key;
  const styles = text.map((_, digit) => (digit === current ? "now" : digit === open ? "open" : ""));
  const spans = text.map((value, digit) => element("span", { class: styles[digit] }, value));
  place.replaceChildren(...spans.flatMap((span, digit) => (digit ? [element("i", {}, "-"), span] : [span])));
}

/** @param {HTMLElement} place @param {Rep | undefined} rep */
function showMetric(place, rep) {
  const name = /** @type {"rom_m"} */ (place.dataset.metric);
  const { value, spread, unit } = rep ? metric(rep, name) : { value: words.none, spread: null, unit: "" };
  const key = `${value} ${spread}`;
  if (place.dataset.shown === key) return;
  place.dataset.shown = key;
  const rest = (spread === null ? "" : ` ± ${spread}`) + (value === words.none ? "" : ` ${unit}`);
  place.replaceChildren(value, element("small", {}, rest));
}

/**
 * Words for how things stand, their tone, and the notice that covers the trace while there is nothing to draw.
 * @returns {[string, "good" | "wait" | "bad", [string, string] | null]}
 */
function standing() {
  const { live, sensor, status, connected } = known;
  if (!connected) return [words.noHub, "bad", words.notice.noHub];
  if (status?.online === false) return [words.hubOff, "bad", words.notice.hubOff];
  if (!sensor && !live) return [words.neverHeard, "wait", words.notice.neverHeard];
  if (sensor?.state === "lost" || sensor?.state === "searching") {
    const [heading, advice] = words.notice[sensor.state];
    return [words.link[sensor.state], sensor.state === "lost" ? "bad" : "wait", [heading, sensor.note ?? advice]];
  }
  if (sensor?.state === "catching_up") return [words.behind(sensor.behind_s ?? 0), "wait", null];
  if (stale()) {
    const text = sensor && sensor.state !== "streaming" ? words.link[sensor.state] : words.noData;
    return [text, sensor?.state === "connecting" ? "wait" : "bad", words.notice.noData];
  }
  if (live && !live.calibrated) return [words.link.streaming, "good", words.notice.rest];
  return [words.link[sensor?.state ?? "streaming"], sensor?.state === "stalled" ? "bad" : "good", null];
}

function showStanding() {
  const [text, tone, notice] = standing();
  const place = spot("link-state");
  say(place, text);
  place.dataset.tone = tone;
  main.toggleAttribute("data-stale", stale());
  const cover = spot("notice");
  if (notice) {
    say(find("h2", cover), notice[0]);
    say(find("p", cover), notice[1]);
  }
  cover.hidden = notice === null;
  const remark = notice === null ? known.sensor?.note : null;
  say(spot("remark"), remark ?? "");
  spot("remark").hidden = !remark;
}

function showSeconds() {
  const { live, live_s } = known;
  const timed = live !== null && live_s !== null && live.calibrated;
  const resting = timed && live.phase === "idle";
  find("#phase-unit").hidden = resting || !timed;
  if (!timed) return say(spot("phase-seconds"), words.none);
  const elapsed = live.phase_elapsed_s + Math.min(now_s() - live_s, 0.2);
  say(spot("phase-seconds"), resting ? clock(elapsed) : tempoDigit(elapsed));
}

/** Of a set without a settled rep. @param {import("./types.js").Live | null} live @returns {[number, number] | null} */
function liveRange(live) {
  const [low, high] = [live?.range_low_m ?? null, live?.range_high_m ?? null];
  return low === null || high === null ? null : [low, high];
}

function drawTrace() {
  const shown_s = motion.shown_s(now_s());
  const { live } = known;
  if (shown_s === null || live?.calibrated === false) return;
  const { course } = known;
  const share = Math.min(1, (now_s() - known.settled_s) / SETTLING_S);
  course.blend = share * share * (3 - 2 * share);
  const range = course.range ?? liveRange(live);
  const marks = [...known.reps.values()].map((rep) => ({
    at_s: rep.end_s,
    number: rep.number,
    flagged: rep.bounced === true || rep.hard_lockout === true,
  }));
  trace.draw(course, shown_s, range, marks);
  say(find("#range-size"), range === null ? words.none : `${((range[1] - range[0]) * 100).toFixed(0)} cm`);
}

let drawn_ms = -Infinity;

/** @param {number} at_ms */
function frame(at_ms) {
  requestAnimationFrame(frame);
  if (calm.matches && at_ms - drawn_ms < CALM_FRAME_MS) return;
  drawn_ms = at_ms;
  showSeconds();
  drawTrace();
}

say(find("#machine"), title(machine));
document.title = `${title(machine)} live`;
showDigits(spot("tempo"), [], -1);
showDigits(spot("running-tempo"), [], -1);
follow(`/api/live/${site}/${machine}`, handlers, (connected) => {
  known.connected = connected;
  showStanding();
});
setInterval(showStanding, 200);
requestAnimationFrame(frame);
