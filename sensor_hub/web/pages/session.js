/** One session: facts, then each set with its plots, its reps and, on demand, the raw acceleration. */
import { digitsOf, everybody, lifterLine, phasesKept, unitOf, who } from "./asked.js";
import { bands, draw } from "./charts.js";
import { load } from "./coach.js";
import { Corrector } from "./correct.js";
import { allReps, allSets, Chronicle, remarks } from "./corrections.js";
import { Course } from "./course.js";
import { between, day, duration, timeOfDay, title } from "./format.js";
import { MotionBuffer } from "./motion.js";
import { overlay } from "./overlay.js";
import { element, find, get, trouble } from "./page.js";
import { saveButton } from "./save.js";
import { shareButton } from "./share.js";
import { shown } from "./source.js";
import { figures, moreOf, repTable } from "./tables.js";
import { FORMS, takeMenu } from "./take.js";
import { between as betweenSets, ofSet, spans } from "./uncounted.js";
import { me } from "./visitor.js";
import { showVersions, versionsButton } from "./versions.js";
import { words } from "./words.js";

/** What a rep that does not count is not asked for. */
const UNCOUNTED = { velocity_loss: null, stretch_shortening_retained: null, mean_power_w: null, peak_power_w: null };
const MANAGE = "write:athletes";

/** @typedef {{detail: import("./corrections.js").Detail, athletes: import("./asked.js").Athletes, record: Chronicle,
 *   corrector: Corrector | null}} Shown  what the page knows */

/** @typedef {import("./types.js").Rep} Rep */
/** @typedef {import("./types.js").LiftSet} LiftSet */
/** @typedef {import("./types.js").Motion} Motion */
/** @typedef {import("./types.js").Session} Session */
/** @typedef {import("./types.js").RepSummary} RepSummary */
/** @typedef {import("./types.js").SetSummary} SetSummary */
/** @typedef {import("./types.js").Uncounted} Uncounted */

/** @param {Session} session @param {LiftSet[]} sets @param {Rep[]} reps
 * @param {import("./types.js").Analysis | null} analysis @param {import("./asked.js").Athletes} athletes */
function showFacts(session, sets, reps, analysis, athletes) {
  find("#when").textContent = `${day(session.started)}, ${timeOfDay(session.started)}`;
  find("#machine").textContent = title(session.machine);
  document.title = `${title(session.machine)}, ${day(session.started)} ${timeOfDay(session.started)}`;
  const lasted = between(session.started, session.ended);
  const incline = sets.find((set) => set.incline_deg !== null)?.incline_deg;
  /** @type {[string, string, string | HTMLElement][]} */
  const facts = [
    ["sets", words.sets(sets.length), String(sets.length)],
    ["reps", words.reps(reps.length), String(reps.length)],
    ["lasted", words.review.facts.lasted, lasted === null ? words.running : duration(lasted)],
  ];
  if (session.athlete) facts.push(["athlete", words.review.facts.athlete, who(session.athlete, athletes)]);
  if (session.load_kg !== null) facts.push(["load", words.review.facts.load, load(session.load_kg, unitOf(session, athletes))]);
  if (incline != null) facts.push(["incline", words.review.facts.incline, `${incline.toFixed(0)}°`]);
  if (analysis) facts.push(["analysis", words.review.facts.analysis, words.review.version(day(analysis.made), analysis.number)]);
  for (const [name, term, value] of facts) {
    find("#facts").append(element("div", {}, element("dt", {}, term), element("dd", { "data-testid": `session-${name}` }, value)));
  }
}

/** @param {Rep} rep @param {RepSummary} added @returns {import("./tables.js").JudgedRep} */
function completed(rep, added) {
  return { ...rep, ...added, uncertainty: { ...rep.uncertainty, ...added.uncertainty } };
}

/**
 * The columns of a set's charts: reps as they settled, and apart from them what was seen between.
 * @param {Course} course @param {number} zero_s
 */
function columns(course, zero_s) {
  const heights = course.range ?? course.motion.position_m;
  const lowest = Math.min(...heights);
  /** @typedef {(number | null)[]} Column */
  /** @type {{time_s: number[], position: {values: Column, rest: Column}, velocity: {values: Column, rest: Column}}} */
  const made = { time_s: [], position: { values: [], rest: [] }, velocity: { values: [], rest: [] } };
  /** @param {number} t @param {boolean} settled @param {number | null} position @param {number | null} velocity */
  const put = (t, settled, position, velocity) => {
    if (made.time_s.at(-1) !== t) {
      made.time_s.push(t);
      for (const { values, rest } of [made.position, made.velocity]) [values, rest].forEach((column) => column.push(null));
    }
    const name = settled ? "values" : "rest";
    made.position[name][made.time_s.length - 1] = position;
    made.velocity[name][made.time_s.length - 1] = velocity;
  };
  for (const { settled, time_s } of course.pieces(...course.span())) {
    const last = made.time_s.at(-1);
    if (last !== undefined && time_s[0] - zero_s > last) put((time_s[0] - zero_s + last) / 2, settled, null, null);
    for (const t of time_s) put(t - zero_s, settled, ((course.position(t) ?? lowest) - lowest) * 100, course.velocity(t));
  }
  return made;
}

/** @param {HTMLElement} place @param {string} caption */
function chartIn(place, caption) {
  const chart = element("div", { class: "chart", role: "img", "aria-label": caption });
  place.append(element("figure", {}, element("figcaption", {}, caption), chart));
  return chart;
}

/** @param {HTMLElement} place @param {LiftSet} set @param {Rep[]} reps @param {Motion[]} pieces @param {Uncounted[]} uncounted */
function showMotion(place, set, reps, pieces, uncounted) {
  const course = new Course(reps, MotionBuffer.of(pieces));
  if (!course.stretches.length && !pieces.length) return place.append(element("p", { class: "quiet" }, words.review.noMotion));
  const { time_s, position, velocity } = columns(course, set.start_s);
  const shaded = [...bands(reps, set.start_s), ...spans(uncounted, set.start_s)];
  const figure = (/** @type {string} */ caption) => chartIn(place, caption);
  const common = { sync: `set-${set.number}`, time_s, shaded };
  const positions = [{ label: words.review.position, stroke: "--accent", ...position }];
  const velocities = [{ label: words.review.velocity, stroke: "--accent", ...velocity }];
  draw(figure(words.review.positionChart), { ...common, label: words.review.position, unit: "cm", digits: 1, height: 220, series: positions });
  draw(figure(words.review.velocityChart), { ...common, label: words.review.velocity, unit: "m/s", digits: 2, height: 180, series: velocities });
  const key = element("p", { class: "key" }, element("span", { class: "lowering" }, words.review.lowering), element("span", { class: "pushing" }, words.review.pushing));
  if (uncounted.length) key.append(element("span", { class: "hatched" }, words.uncounted.title));
  place.append(key);
}

/** Do the reps stay alike? @param {HTMLElement} place @param {Rep[]} reps */
function showOverlay(place, reps) {
  const columns = overlay(reps);
  if (!columns) return;
  const chart = chartIn(place, words.review.overlay);
  draw(chart, { ...columns, label: words.review.height, unit: "cm", digits: 1, height: 260, crowd: true });
}

/** When a set ended, or when its last rep did while nobody has said that it is over. @param {LiftSet} set @param {Rep[]} reps */
function endOf(set, reps) {
  const last_s = Math.max(set.start_s + 1, ...reps.map((rep) => rep.end_s));
  return set.ended ?? new Date(Date.parse(set.started) + (last_s - set.start_s) * 1000).toISOString();
}

/** @param {HTMLButtonElement} button @param {HTMLElement} place @param {Session} session @param {LiftSet} set @param {Rep[]} reps */
async function showRaw(button, place, session, set, reps) {
  button.disabled = true;
  try {
    const query = new URLSearchParams({ site: session.site, start: set.started, end: endOf(set, reps) });
    const raw = await get(`/api/raw/${session.machine}?${query}`);
    button.remove();
    if (!raw.time_s.length) return place.append(element("p", { class: "quiet" }, words.review.noRaw));
    const chart = chartIn(place, words.review.rawChart);
    const series = [
      { label: "x", stroke: "--accent", values: raw.ax },
      { label: "y", stroke: "--ink", values: raw.ay },
      { label: "z", stroke: "--soft", values: raw.az },
    ];
    draw(chart, { label: words.review.acceleration, unit: "m/s²", digits: 2, height: 220, time_s: raw.time_s, series });
  } catch (error) {
    button.disabled = false;
    trouble(/** @type {Error} */ (error).message);
  }
}

/** @param {LiftSet} set @param {import("./corrections.js").Detail} detail @param {SetSummary} summary */
function repsOf(set, detail, summary) {
  const reps = detail.reps.filter((rep) => rep.set_number === set.number);
  return reps.map((rep, index) => completed(rep, summary.reps[index]));
}

/** What was not counted in a set or near it, or between them. @param {import("./corrections.js").Detail} detail @param {number | null} number */
const near = (detail, number) => detail.rejected.filter((stroke) => stroke.set_number === number);

/** All reps of a set, also those that do not count. @param {LiftSet} set @param {import("./tables.js").JudgedRep[]} reps @param {Shown} shown */
function tableOf(set, reps, { detail, corrector }) {
  const all = allReps(detail, set.number).map((rep) => reps.find(({ number }) => number === rep.number) ?? { ...rep, ...UNCOUNTED });
  return repTable(all, set.number, digitsOf(set), (rep) => ({
    discarded: !reps.includes(rep),
    remarks: [...remarks(detail, rep), ...(reps.includes(rep) ? [] : [element("span", { class: "flag mild" }, words.correct.discarded)])],
    button: corrector === null ? [] : [corrector.buttonOfRep(rep)],
  }));
}

/** @param {LiftSet} set @param {HTMLElement[]} beside the number @param {Shown} shown */
function headOf(set, beside, { corrector }) {
  return element("header", {}, element("h2", {}, words.review.set(set.number)), ...beside, ...(corrector === null ? [] : [corrector.buttonOfSet(set)]));
}

/** A set that does not count. @param {LiftSet} set @param {Shown} shown */
function showDiscarded(set, shown) {
  const heading = headOf(set, [element("span", { class: "flag mild" }, words.correct.discarded)], shown);
  const line = lifterLine(set, shown.detail.session, shown.athletes);
  const reps = element("details", { class: "more-of" }, element("summary", {}, words.review.repsOf(set.number)), tableOf(set, [], shown));
  find("#sets").append(element("section", { class: "set", "data-testid": `set-${set.number}`, "data-discarded": "" }, heading, ...shown.record.of(set.number), line, reps));
}

/** @param {LiftSet} set @param {SetSummary} summary @param {Motion[]} motion @param {Shown} shown */
function showSet(set, summary, motion, shown) {
  const { detail: { session }, athletes } = shown;
  const reps = repsOf(set, shown.detail, summary);
  const uncounted = near(shown.detail, set.number);
  const plots = element("div", { class: "plots" });
  const over = element("div", { class: "overlay", "data-testid": "overlay" });
  const rawPlace = element("div", { class: "raw", "data-testid": "raw-trace" });
  const button = element("button", { class: "button", type: "button" }, words.review.showRaw);
  button.addEventListener("click", () => showRaw(button, rawPlace, session, set, reps));
  rawPlace.append(button);
  const lasted = set.end_s === null ? words.running : duration(set.end_s - set.start_s);
  const count = element("span", { "data-testid": `set-${set.number}-reps` }, String(reps.length));
  const extent = element("p", { class: "summary" }, count, ` ${words.reps(reps.length)} · ${lasted}`);
  const heading = headOf(set, [extent], shown);
  const more = moreOf(reps, set.number, (set.load_kg ?? session.load_kg) !== null);
  find("#sets").append(element("section", { class: "set", "data-testid": `set-${set.number}` }, heading, lifterLine(set, session, athletes), ...shown.record.of(set.number), figures(summary, set.number), plots, tableOf(set, reps, shown), ...phasesKept(set, reps), ...ofSet(uncounted, set), over, more, rawPlace));
  showMotion(plots, set, reps, motion.filter((piece) => piece.set_number === set.number), uncounted);
  showOverlay(over, reps);
}

/** Of a shared session nothing else of the hub opens. @param {string | null} expires */
function closeDoors(expires) {
  document.querySelectorAll(".raw").forEach((part) => part.remove());
  document.querySelectorAll("a.named").forEach((link) => link.replaceWith(link.textContent ?? ""));
  const told = expires === null ? words.share.preview : words.share.shownUntil(day(expires));
  find("#actions").before(element("p", { class: "quiet of-a-link", "data-testid": "of-a-link" }, told));
}

/** Everything, also again after a correction. */
async function show() {
  const { motion, athletes, path, expires, ...detail } = await shown();
  const corrects = path !== null && (await me)?.rights.includes(MANAGE) === true;
  const everyone = corrects ? await everybody() : athletes;
  const corrector = corrects ? new Corrector(path, detail, everyone, show) : null;
  const record = new Chronicle(path ?? "", detail, everyone, corrects, show);
  for (const place of ["#facts", "#sets", "#rest"]) find(place).replaceChildren();
  showFacts(detail.session, detail.sets, detail.reps, detail.analysis, athletes);
  for (const set of allSets(detail)) {
    const i = detail.sets.indexOf(set);
    if (i < 0) showDiscarded(set, { detail, athletes, record, corrector });
    else showSet(set, detail.summaries[i], motion, { detail, athletes, record, corrector });
  }
  find("#rest").append(...betweenSets(near(detail, null)), ...record.rest);
  if (corrector !== null) await showVersions(corrector, detail.analysis?.number ?? 0);
  return { detail, athletes, path, expires, corrector };
}

/** @param {Session} session */
function compareWay({ session }) {
  return element("a", { class: "button", href: `/compare?${new URLSearchParams({ a: session })}`, "data-testid": "compare" }, words.nav.compare);
}

async function start() {
  const { detail: { session, sets }, athletes, path, expires, corrector } = await show();
  if (path === null) closeDoors(expires);
  find("#actions").append(...(path === null ? [saveButton(session)] : [takeMenu(path, FORMS), ...(await shareButton(session, sets, athletes)), compareWay(session)]));
  if (corrector !== null) find("#actions").append(...versionsButton());
  find(".blind").hidden = find("#actions").hidden = false;
}

find("#print").addEventListener("click", () => print());
start().catch((error) => trouble(error.message));
