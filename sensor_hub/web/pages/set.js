/** The running set on the screen: its last rep, its warnings, what it lost, how its tempo was kept. */
import { metric, number } from "./format.js";
import { element, find, say, spot } from "./page.js";
import { judge, velocityLoss } from "./prescription.js";
import { decimal, loadText } from "./weights.js";
import { words } from "./words.js";

const STRIP_REPS = 15;
/** Where the cause of a bounce is not told: nearer than this to where the machine's bumper is known to be, it was on that. */
const AT_STOP_M = 0.02;

/** @typedef {import("./types.js").Rep} Rep */
/** @typedef {import("./known.js").Known} Known */
/** @typedef {import("./prescription.js").Prescription} Prescription */

export class SetView {
  constructor() {
    /** In which loads are shown. @type {import("./weights.js").Unit} */ this.unit = "kg";
    this.metrics = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-metric]")]);
  }

  /** @param {Known} known @param {Prescription | null} asked @param {number[] | null} digits of the asked tempo */
  show(known, asked, digits) {
    const rep = known.lastRep;
    for (const place of this.metrics) showMetric(place, rep);
    const [reps, count] = [asked?.reps ?? null, known.live?.rep_count ?? 0];
    say(spot("reps-word"), reps === null ? words.reps(count) : `${words.of(String(reps))} ${words.reps(reps)}`);
    say(spot("load"), loadOf(known, this.unit));
    showZone(rep, asked);
    showStrip(known.settled.slice(-STRIP_REPS));
    showSummary(known, digits);
    showLoss(velocityLoss(known.settled), asked?.velocity_loss ?? null, known.over);
    warn("bounce-warning", bounceOf(known, rep));
    warn("lockout-warning", rep?.hard_lockout === true ? words.lockout : null);
    warn("partial-warning", partialOf(rep));
  }
}

/** "60 kg · left" of the running set, or else of the next. @param {Known} known @param {import("./weights.js").Unit} unit */
function loadOf({ lifter }, unit) {
  const load = lifter?.load_kg == null ? "" : loadText(lifter.load_kg, unit);
  return [load, lifter?.side ? words.side[lifter.side] : ""].filter(Boolean).join(" · ");
}

/** The velocity zone that is asked for, and whether the last rep was in it. @param {Rep | undefined} rep @param {Prescription | null} asked */
function showZone(rep, asked) {
  const [slowest, fastest] = [asked?.slowest_mps ?? null, asked?.fastest_mps ?? null];
  const speed = rep?.mean_velocity_mps ?? null;
  const place = spot("speed-zone");
  const both = slowest !== null && fastest !== null;
  const zone = both ? `${decimal(slowest)}–${decimal(fastest)}` : slowest !== null ? `≥ ${decimal(slowest)}` : `≤ ${decimal(fastest ?? 0)}`;
  const mark = speed === null ? "" : speed < (slowest ?? 0) ? "−" : speed > (fastest ?? Infinity) ? "+" : "✓";
  place.hidden = slowest === null && fastest === null;
  find("#mean-word").hidden = !place.hidden;
  say(place, `${words.aim} ${zone} ${mark}`);
  place.toggleAttribute("data-missed", mark === "−" || mark === "+");
}

/** What there is to say of a bounce, the moment it happened or of the last rep. @param {Known} known @param {Rep | undefined} rep */
function bounceOf({ live, ended }, rep) {
  const now = !ended && live?.bounced === true;
  if (!now && rep?.bounced !== true) return null;
  const cause = now ? live?.bounce_cause : rep?.bounce_cause;
  if (cause) return words.bounce[cause];
  const bumper_m = live?.bumper_m ?? null;
  const depth_m = now ? null : rep?.rom_m ?? null;
  const atStop = bumper_m !== null && depth_m !== null && Math.abs(depth_m - bumper_m) < AT_STOP_M;
  return words.bounce[atStop ? "stop" : "unknown"];
}

/** What there is to say of a rep that went less far than the others. @param {Rep | undefined} rep */
export function partialOf(rep) {
  return rep?.partial === true && rep.rom_m !== null ? words.partial(`${number(rep.rom_m * 100, 0)} cm`) : null;
}

/** @param {string} name @param {string[] | null} said */
function warn(name, said) {
  const place = spot(name);
  place.hidden = said === null;
  if (said === null) return;
  say(find("b", place), said[0]);
  say(find(".advice", place), said[1]);
}

/** Of an ended set: how many of its phases kept the tempo. @param {Known} known @param {number[] | null} digits */
function showSummary(known, digits) {
  const verdicts = known.set?.progress === "ended" && digits ? known.settled.flatMap((rep) => verdictsOf(rep, known.digits(rep), digits)) : [];
  const place = spot("set-summary");
  place.hidden = verdicts.length === 0;
  say(place, words.setDone(verdicts.filter(({ kept }) => kept).length, verdicts.length));
}

/** @param {Rep} rep @param {(number | null | undefined)[]} measured_s @param {number[]} digits */
function verdictsOf(rep, measured_s, digits) {
  const sigmas = [rep.uncertainty.eccentric_s, rep.uncertainty.bottom_pause_s, rep.uncertainty.concentric_s, rep.uncertainty.top_pause_s];
  return digits.map((asked_s, digit) => judge(digit, asked_s, measured_s[digit], sigmas[digit])).filter((verdict) => verdict !== null);
}

/** Where velocity is meant: what it has lost, in place of the peak speed, and when to stop. @param {number | null} loss @param {number | null} limit @param {boolean} over */
function showLoss(loss, limit, over) {
  const percent = (/** @type {number | null} */ share) => number(share === null ? null : Math.max(0, share) * 100, 0);
  find("#peak").hidden = limit !== null;
  find("#loss").hidden = limit === null;
  say(spot("velocity-loss"), percent(loss));
  say(find("#loss-unit"), limit === null ? "" : ` % · ${words.stopAt(percent(limit))}`);
  warn("stop-warning", !over && limit !== null && loss !== null && loss >= limit ? words.stopRule(percent(loss)) : null);
}

/** The set so far: a bar for every rep, as tall as its range. @param {Rep[]} reps */
function showStrip(reps) {
  const strip = spot("set-strip");
  const key = reps.map((rep) => `${rep.number} ${rep.rom_m}`).join();
  if (strip.dataset.shown === key) return;
  strip.dataset.shown = key;
  const longest = Math.max(...reps.map((rep) => rep.rom_m ?? 0));
  strip.replaceChildren(
    ...reps.map((rep) => {
      const bar = element("li", rep.bounced || rep.hard_lockout || rep.partial ? { class: "flagged" } : {});
      bar.style.setProperty("--tall", String((rep.rom_m ?? 0) / longest || 0));
      return bar;
    }),
  );
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
