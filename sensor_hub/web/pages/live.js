/** The live page of one machine. */
import { Cues, likely } from "./cues.js";
import { clock, tempoDigit, title } from "./format.js";
import { Guide } from "./guide.js";
import { Known } from "./known.js";
import { find, say, showBattery, spot } from "./page.js";
import { PhaseClock } from "./phase.js";
import { DIGIT_OF_PHASE } from "./prescription.js";
import { SetView, partialOf } from "./set.js";
import { Sound } from "./sound.js";
import { standing } from "./standing.js";
import { follow } from "./stream.js";
import { Target } from "./target.js";
import { TempoRow } from "./tempo.js";
import { TraceView } from "./trace.js";
import { remark } from "./uncounted.js";
import { Who } from "./who.js";
import { words } from "./words.js";
import { Wrong } from "./wrong.js";

const CALM_FRAME_MS = 250;
const SETTLING_S = 0.35;

const [site, machine] = location.pathname.split("/").slice(2).map(decodeURIComponent);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const main = find("main");
const known = new Known();
const who = new Who(`${site}/${machine}`);
const wrong = new Wrong(who);
const trace = new TraceView(find(".motion"));
const row = new TempoRow(find(".tempo"));
const shownSet = new SetView();
const phaseClock = new PhaseClock();
const cues = new Cues();
const guide = new Guide();
const sound = new Sound();
const target = new Target(/** @type {HTMLDialogElement} */ (find("dialog")), showSet);
/** When the newest rep settled, on the page's clock. */
let settled_s = -Infinity;

const now_s = () => performance.now() / 1000;

/** @typedef {import("./types.js").Rep} Rep */

const handlers = {
  trace: (/** @type {import("./types.js").Trace} */ data) => known.begin(data),
  live(/** @type {import("./types.js").Live} */ live) {
    known.take(live, now_s());
    showLive(live);
  },
  sensor(/** @type {import("./types.js").Sensor} */ sensor) {
    known.sensor = sensor;
    showBattery(spot("battery"), sensor);
  },
  status(/** @type {import("./types.js").Status} */ status) {
    known.status = status;
  },
  lifter(/** @type {import("./types.js").Lifter} */ lifter) {
    known.lifter = lifter;
    who.hear(lifter);
    target.prescribe(known.asked);
  },
  set(/** @type {import("./types.js").LiftSet} */ set) {
    known.turnTo(`${set.session}/${set.number}`);
    known.set = set;
    who.hearSet(set);
    wrong.hearSet(set);
    target.prescribe(known.asked);
  },
  rejected(/** @type {import("./types.js").Rejected} */ stroke) {
    known.rejected = stroke;
  },
  rep(/** @type {Rep} */ rep) {
    const news = known.settle(rep);
    settled_s = news && !calm.matches ? now_s() : -Infinity;
    if (news) sound.say(spokenOf(rep));
    showSet();
  },
  beat(/** @type {import("./types.js").Beat} */ beat) {
    known.live_s = beat.live_age_s === null ? null : now_s() - beat.live_age_s;
  },
};

/** The worst of what was wrong with a rep, in a word or two. @param {Rep} rep */
function faultOf(rep) {
  if (rep.bounced) return words.bounce[rep.bounce_cause ?? "unknown"][0];
  if (rep.hard_lockout) return words.lockout[0];
  return partialOf(rep)?.[0] ?? "";
}

/** @param {Rep} rep */
function spokenOf(rep) {
  return `${rep.number}. ${faultOf(rep)}`;
}

/** @param {import("./types.js").Live} live */
function showLive(live) {
  const { calibrated, phase, set_number: set } = live;
  say(spot("rep-count"), String(live.rep_count));
  say(spot("set-number"), set === 0 ? words.none : String(set));
  find(".phase").dataset.phase = phase;
  find(".count").toggleAttribute("data-over", known.over);
  say(spot("phase"), calibrated ? words.phase[phase] : words.none);
  showSet();
}

function showSet() {
  const complete = known.left(target.prescription?.reps ?? null) <= 0;
  const digits = known.digits(known.lastRep);
  const asked = known.over ? target.digitsOf(known.set) : target.digits;
  row.show(complete ? null : known.live, known.lastRep, complete ? digits.slice(0, 3) : digits, asked);
  if (known.lifter) shownSet.unit = who.unit(known.lifter.athlete);
  shownSet.show(known, target.prescription, target.digitsOf(known.set));
}

function showStanding() {
  const stale = known.stale(now_s());
  const { text, tone, notice } = standing({ ...known, stale });
  const place = spot("link-state");
  say(place, text);
  place.dataset.tone = tone;
  main.toggleAttribute("data-stale", stale);
  const cover = spot("notice");
  if (notice) {
    say(find("h2", cover), notice[0]);
    say(find("p", cover), notice[1]);
  }
  cover.hidden = notice === null;
  const said = known.refused ? remark(known.refused) : "";
  const line = notice === null ? said || known.sensor?.note : null;
  say(spot("remark"), line ?? "");
  spot("remark").hidden = !line;
}

/** The running phase: its seconds, its digit and what is asked; null while there is none. */
function running() {
  const { live } = known;
  if (live === null || known.live_s === null || !live.calibrated) return null;
  const elapsed_s = phaseClock.elapsed(live, known.motion.device_s(now_s()));
  const left = known.left(target.prescription?.reps ?? null);
  const digits = left > 0 ? target.digits : null;
  return { digit: DIGIT_OF_PHASE[live.phase], elapsed_s, target: digits, last: left <= 1, rest_s: target.prescription?.rest_s ?? null };
}

/** @param {ReturnType<typeof running>} now */
function showSeconds(now) {
  const unit = find("#phase-unit");
  if (now === null) {
    say(unit, "");
    return say(spot("phase-seconds"), words.none);
  }
  const resting = now.digit < 0;
  const asked_s = resting ? now.rest_s : now.target?.[now.digit] || null;
  const seconds = Math.floor(now.elapsed_s * 10) / 10;
  say(spot("phase-seconds"), resting ? clock(now.elapsed_s) : tempoDigit(seconds));
  find(".seconds").toggleAttribute("data-rested", resting && asked_s !== null && now.elapsed_s >= asked_s);
  const asked = asked_s === null ? "" : ` ${words.of(resting ? clock(asked_s) : String(asked_s))}`;
  say(unit, resting ? asked : `${asked} ${words.seconds}`);
  row.fill(now.digit, asked_s ? now.elapsed_s / asked_s : 0);
}

/** @param {ReturnType<typeof running>} now @param {Going} going */
function showCue(now, going) {
  const cue = now?.target && !known.stale(now_s()) ? cues.at({ ...now, ...going, target: now.target }, now_s()) : null;
  const place = spot("cue");
  place.hidden = cue === null;
  if (cue !== null) say(place, words.cue[cue]);
  place.toggleAttribute("data-pace", cue === "slower" || cue === "drive" || cue === "enough");
  spot("phase").toggleAttribute("data-cued", cue !== null);
}

/** Of a set without a settled rep. @param {import("./types.js").Live | null} live @returns {[number, number] | null} */
function liveRange(live) {
  const [low, high] = [live?.range_low_m ?? null, live?.range_high_m ?? null];
  return low === null || high === null ? null : [low, high];
}

/** How the running stroke goes. @typedef {Pick<import("./cues.js").Now, "likely_s" | "beyond">} Going */

/** Draws, and tells how the running stroke goes. @param {number[] | null} digits @returns {Going} */
function drawTrace(digits) {
  const shown_s = known.motion.shown_s(now_s());
  const { live, course } = known;
  if (shown_s === null || live === null || !live.calibrated) return { likely_s: null, beyond: false };
  const share = Math.min(1, (now_s() - settled_s) / SETTLING_S);
  course.blend = share * share * (3 - 2 * share);
  const range = course.range ?? liveRange(live);
  const usual = guide.range(known, shown_s);
  const full = guide.full(known, usual);
  const allowed = guide.allowed(target.prescription, full);
  const ends = allowed ?? usual;
  const until_s = shown_s + trace.reach(true).ahead_s;
  const legs = digits && ends ? guide.legs(known, digits, target.prescription?.reps ?? null, ends, shown_s, until_s) : [];
  trace.draw({ course, shown_s, range, full, allowed, marks: marks(), legs });
  showRange(range, full);
  const position = course.position(shown_s);
  if (ends === null || position === null) return { likely_s: null, beyond: false };
  const high = (position - ends[0]) / (ends[1] - ends[0]);
  const likely_s = likely(shown_s - live.at_s + live.phase_elapsed_s, live.phase === "eccentric" ? 1 - high : high);
  return { likely_s, beyond: allowed !== null && guide.beyond(position, allowed) };
}

function marks() {
  return known.settled.map((rep) => ({
    at_s: rep.end_s,
    number: rep.number,
    flagged: rep.bounced === true || rep.hard_lockout === true || rep.partial === true,
  }));
}

/** @param {[number, number] | null} range @param {[number, number] | null} full */
function showRange(range, full) {
  const size_m = range === null ? null : range[1] - range[0];
  say(find("#range-size"), size_m === null ? words.none : `${(size_m * 100).toFixed(0)} cm`);
  say(find("#range-share"), size_m === null || full === null ? "" : words.ofFull(((100 * size_m) / (full[1] - full[0])).toFixed(0)));
}

let drawn_ms = -Infinity;

/** @param {number} at_ms */
function frame(at_ms) {
  requestAnimationFrame(frame);
  const now = running();
  if (now !== null && !known.stale(now_s())) sound.follow(now);
  if (calm.matches && at_ms - drawn_ms < CALM_FRAME_MS) return;
  drawn_ms = at_ms;
  showSeconds(now);
  showCue(now, drawTrace(target.digits));
}

function wireSound() {
  const button = find("#sound");
  button.addEventListener("click", () => {
    sound.turn(!sound.on);
    button.setAttribute("aria-pressed", String(sound.on));
  });
  for (const part of /** @type {("ticks" | "voice")[]} */ (["ticks", "voice"])) {
    const box = /** @type {HTMLInputElement} */ (find(`#${part}`));
    box.addEventListener("change", () => (sound[part] = box.checked));
  }
}

/** A phone beside the machine must not go dark; where the browser cannot help it, it does. */
function stayAwake() {
  if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => undefined);
}

say(find("#machine"), title(machine));
document.title = `${title(machine)} live`;
find("#target").addEventListener("click", () => target.panel.showModal());
who.start().catch(() => undefined);
wireSound();
stayAwake();
document.addEventListener("visibilitychange", stayAwake);
showSet();
follow(`/api/live/${site}/${machine}`, handlers, (connected) => {
  known.connected = connected;
  showStanding();
});
setInterval(showStanding, 200);
requestAnimationFrame(frame);
