/** An athlete's programme: every training day, what was asked and what was done. */
import { inWords, percent } from "./coach.js";
import { element, find, put, trouble } from "./page.js";
import { editor } from "./plan.js";
import { dateOf, shortDay } from "./progress.js";
import { words } from "./words.js";

const DAY_MS = 86_400_000;

/** @typedef {import("./coach.js").Asked} Asked */
/** @typedef {import("./coach.js").SetFigures} SetFigures */
/** @typedef {{week: number, day: number, exercises: Asked[]}} TrainingDay */
/** @typedef {{name: string, starts: string, days: TrainingDay[]}} Programme */
/** @typedef {{athlete: import("./coach.js").Athlete, sets: SetFigures[], today: string, manages: boolean}} Whose */

/** @param {Programme | null} programme @param {Whose} whose today: the date in the gym's own time; manages: whether it may be changed */
export function showProgramme(programme, whose) {
  show(programme, whose);
}

/** @param {Programme | null} programme @param {Whose} whose */
function show(programme, whose) {
  const heading = element("h2", {}, words.coach.programme);
  const told = programme === null ? element("p", { class: "quiet" }, words.coach.noProgramme) : days(programme, whose);
  find("#programme-panel").replaceChildren(heading, told, ...(whose.manages ? [choices(programme, whose)] : []));
}

/** @param {Programme | null} programme @param {Whose} whose */
function choices(programme, whose) {
  const write = element("button", { class: "button", type: "button", "data-testid": "write-programme" }, programme === null ? words.coach.newProgramme : words.coach.changeProgramme);
  write.addEventListener("click", () => {
    const made = editor(programme, whose.athlete.unit, (wanted) => keep(wanted, whose), () => show(programme, whose));
    find("#programme-panel").replaceChildren(element("h2", {}, words.coach.programme), made);
    find("input", made).focus();
  });
  const end = element("button", { class: "out", type: "button", "data-testid": "end-programme" }, words.coach.endProgramme);
  end.addEventListener("click", () => confirm(words.coach.endSure) && keep(null, whose));
  return element("p", { class: "buttons" }, write, ...(programme === null ? [] : [end]));
}

/** @param {Programme | null} programme @param {Whose} whose */
async function keep(programme, whose) {
  try {
    show(await put(`/api/athletes/${whose.athlete.athlete}/programme`, programme), whose);
    trouble(null);
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
  }
}

/** Dates on which the athlete lifted, in order, each with its sets. @param {SetFigures[]} sets @param {string} since */
function lifted(sets, since) {
  /** @type {Map<string, SetFigures[]>} */
  const found = new Map();
  for (const set of sets) {
    const date = set.started.slice(0, 10);
    if (date >= since) found.set(date, [...(found.get(date) ?? []), set]);
  }
  return [...found.values()];
}

/** When a training day was to be. @param {Programme} programme @param {TrainingDay} day */
function plannedFor(programme, day) {
  return Date.parse(`${programme.starts}T00:00Z`) / DAY_MS + 7 * (day.week - 1) + day.day - 1;
}

/** What became of a training day. @param {TrainingDay} day @param {SetFigures[]} sets of the day */
function doneIn(day, sets) {
  const asked = day.exercises.reduce((sum, one) => sum + (one.sets ?? 0) * (one.reps ?? 0), 0);
  const reps = sets.reduce((sum, set) => sum + set.reps, 0);
  const phases = sets.flatMap((set) => Object.values(set.phases));
  const judged = phases.reduce((sum, phase) => sum + phase.judged, 0);
  const kept = phases.reduce((sum, phase) => sum + phase.judged * (phase.kept_share ?? 0), 0);
  const tempo = judged ? words.coach.tempoKept(percent(kept / judged)) : "";
  const href = `/sessions/${encodeURIComponent(sets[0].session)}`;
  return element("a", { href }, words.coach.doneDay(dateOf(sets[0].started), reps, asked) + tempo);
}

/** Training days are done in their order, not by the calendar. @param {Programme} programme @param {Whose} whose */
function days(programme, { athlete, sets, today }) {
  const done = lifted(sets, programme.starts);
  const now = Date.parse(`${today}T00:00Z`) / DAY_MS;
  const rows = programme.days.map((day, i) => {
    const planned = plannedFor(programme, day);
    const became = done[i] ? doneIn(day, done[i]) : planned < now ? words.coach.days.late : words.coach.days.missing;
    const asked = day.exercises.map((one) => element("div", {}, inWords(one, athlete.unit)));
    const head = element("th", { scope: "row" }, shortDay(planned));
    return element("tr", { "data-testid": "training-day", ...(i === done.length && { "data-due": "" }) }, head, element("td", {}, ...asked), element("td", {}, became));
  });
  const heads = [words.coach.days.day, words.coach.days.asked, words.coach.days.done].map((name) => element("th", { scope: "col" }, name));
  const caption = element("caption", { class: "unseen" }, programme.name);
  const table = element("table", {}, caption, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
  const place = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": programme.name }, table);
  return element("div", { class: "days" }, element("p", {}, element("strong", {}, programme.name)), place);
}
