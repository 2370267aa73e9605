/** The editor of a programme: the same sets on the same weekdays of every week, the usual case. */
import { inKg, inUnit } from "./coach.js";
import { element, find } from "./page.js";
import { parseTempo } from "./prescription.js";
import { words } from "./words.js";

const DAY_MS = 86_400_000;
const A_MONDAY = Date.UTC(2026, 0, 5);
const USUAL = { weeks: 6, sets: 3, reps: 10, tempo: "4-1-2-0" };

/** @typedef {import("./programme.js").Programme} Programme */
/** @typedef {import("./coach.js").Asked} Asked */
/** @typedef {import("./coach.js").Unit} Unit */

/** A number's field: what it is called, between which limits, and how fine. @typedef {[number, number, number | "any"]} Limits */
/** @type {Object<string, Limits>} */
const LIMITS = {
  weeks: [1, 52, 1],
  sets: [1, 20, 1],
  reps: [1, 100, 1],
  load: [1, 2200, "any"],
  slowest: [0.05, 3, "any"],
  fastest: [0.05, 3, "any"],
  deepest: [0, 90, 1],
  highest: [10, 100, 1],
  loss: [5, 60, 1],
  rest: [0, 900, 1],
};

/** Monday is 0. @param {string} date */
function weekdayOf(date) {
  return (Math.round((Date.parse(`${date}T00:00Z`) - A_MONDAY) / DAY_MS) % 7 + 7) % 7;
}

/** @param {number} weekday Monday is 0 */
function weekdayName(weekday) {
  return new Date(A_MONDAY + weekday * DAY_MS).toLocaleDateString(words.locale, { weekday: "short", timeZone: "UTC" });
}

/** Today where the reader is. */
function today() {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** @param {string} label @param {HTMLElement} control */
function field(label, control) {
  return element("label", { class: "field" }, label, control);
}

/** @param {keyof typeof LIMITS & keyof typeof words.coach.plan} name @param {number | null | undefined} value @param {string} [unit] */
function numeric(name, value, unit) {
  const [min, max, step] = LIMITS[name];
  const input = element("input", { name, type: "number", min: String(min), max: String(max), step: String(step), inputmode: "decimal", value: value == null ? "" : String(value) });
  return field(words.coach.plan[name] + (unit ? `, ${unit}` : ""), input);
}

/** @param {Set<number>} chosen Monday is 0 */
function weekdays(chosen) {
  const boxes = [0, 1, 2, 3, 4, 5, 6].map((day) => {
    const box = element("input", { type: "checkbox", name: "weekday", value: String(day) });
    box.checked = chosen.has(day);
    return element("label", {}, box, weekdayName(day));
  });
  return element("fieldset", {}, element("legend", {}, words.coach.plan.on), element("div", { class: "weekdays" }, ...boxes));
}

/** How heavy: by load, by speed, or as the lifter likes. @param {Asked | undefined} asked @param {Unit} unit */
function heaviness(asked, unit) {
  const { load, zone, open, by } = words.coach.plan;
  const choice = element("select", { name: "by" }, ...Object.entries({ load, zone, open }).map(([value, name]) => element("option", { value }, name)));
  const parts = [
    ["load", numeric("load", asked?.load_kg == null ? null : inUnit(asked.load_kg, unit), unit)],
    ["zone", numeric("slowest", asked?.slowest_mps)],
    ["zone", numeric("fastest", asked?.fastest_mps)],
  ];
  choice.value = asked === undefined || asked.load_kg != null ? "load" : asked.slowest_mps ?? asked.fastest_mps ? "zone" : "open";
  const show = () => {
    for (const [of, part] of /** @type {[string, HTMLElement][]} */ (parts)) {
      part.hidden = of !== choice.value;
      /** @type {HTMLInputElement} */ (find("input", part)).disabled = part.hidden;
    }
  };
  choice.addEventListener("change", show);
  show();
  return element("div", { class: "fields" }, field(by, choice), ...parts.map(([, part]) => part));
}

/** What fewer ask for. @param {Asked | undefined} asked */
function limits(asked) {
  const { limits: title, limitsHint } = words.coach.plan;
  const shown = (/** @type {number | null | undefined} */ share) => (share == null ? null : Math.round(share * 100));
  const fields = element("div", { class: "fields" }, numeric("deepest", shown(asked?.deepest) || null), numeric("highest", asked && asked.highest < 1 ? shown(asked.highest) : null), numeric("loss", shown(asked?.velocity_loss)), numeric("rest", asked?.rest_s));
  const made = element("details", {}, element("summary", {}, title), fields, element("p", { class: "quiet" }, limitsHint));
  made.open = [...fields.querySelectorAll("input")].some((input) => input.value !== "");
  return made;
}

/** Whether all days ask for the same one thing. @param {Programme} programme */
function isPlain(programme) {
  const first = JSON.stringify(programme.days[0].exercises);
  return programme.days[0].exercises.length === 1 && programme.days.every((day) => JSON.stringify(day.exercises) === first);
}

/**
 * @param {Programme | null} programme what is changed @param {Unit} unit
 * @param {(made: Programme) => void} onSave @param {() => void} onCancel
 */
export function editor(programme, unit, onSave, onCancel) {
  const { plan } = words.coach;
  const asked = programme?.days[0].exercises[0];
  const starts = programme?.starts ?? today();
  const days = programme?.days.map((one) => (weekdayOf(starts) + one.day - 1) % 7) ?? [weekdayOf(starts)];
  const name = element("input", { name: "name", required: "", maxlength: "80", value: programme?.name ?? plan.plain });
  const start = element("input", { name: "starts", type: "date", required: "", value: starts });
  const tempo = element("input", { name: "tempo", value: programme ? asked?.tempo ?? "" : USUAL.tempo, placeholder: words.target.none, autocomplete: "off" });
  const weeks = numeric("weeks", programme?.days.at(-1)?.week ?? USUAL.weeks);
  const counts = [numeric("sets", asked?.sets ?? USUAL.sets), numeric("reps", asked?.reps ?? USUAL.reps)];
  for (const part of [weeks, ...counts]) find("input", part).setAttribute("required", "");
  const cancel = element("button", { class: "out", type: "button" }, words.coach.cancel);
  const wrong = element("p", { class: "trouble", role: "alert", hidden: "" });
  const form = element(
    "form",
    { class: "editor", "data-testid": "plan" },
    ...(programme === null || isPlain(programme) ? [] : [element("p", { class: "quiet" }, words.coach.mixed)]),
    element("div", { class: "fields" }, ...counts, field(plan.tempo, tempo)),
    heaviness(asked, unit),
    weekdays(new Set(days)),
    element("div", { class: "fields" }, field(plan.name, name), field(plan.starts, start), weeks),
    limits(asked),
    wrong,
    element("p", { class: "buttons" }, element("button", { class: "button main", type: "submit" }, words.coach.save), cancel),
  );
  cancel.addEventListener("click", onCancel);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fault = faultOf(form);
    wrong.hidden = fault === null;
    wrong.textContent = fault;
    if (fault === null) onSave(read(form, asked, unit));
  });
  return form;
}

/** @param {HTMLFormElement} form @returns {string | null} a sentence */
function faultOf(form) {
  const given = new FormData(form);
  const tempo = String(given.get("tempo")).trim();
  if (!given.getAll("weekday").length) return words.coach.plan.noDay;
  return tempo && !parseTempo(tempo) ? words.target.wrong : null;
}

/** @param {HTMLFormElement} form @param {Asked | undefined} before @param {Unit} unit @returns {Programme} */
function read(form, before, unit) {
  const given = new FormData(form);
  const text = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
  const figure = (/** @type {string} */ name, scale = 1) => (text(name) === "" ? null : Number(text(name)) * scale);
  const load = figure("load");
  const asked = {
    exercise: before?.exercise ?? "leg press",
    sets: Number(text("sets")),
    reps: Number(text("reps")),
    tempo: text("tempo") || null,
    load_kg: load === null ? null : inKg(load, unit),
    slowest_mps: figure("slowest"),
    fastest_mps: figure("fastest"),
    deepest: figure("deepest", 0.01) ?? 0,
    highest: figure("highest", 0.01) ?? 1,
    velocity_loss: figure("loss", 0.01),
    rest_s: figure("rest"),
  };
  const starts = text("starts");
  const days = given.getAll("weekday").map((day) => ((Number(day) - weekdayOf(starts) + 7) % 7) + 1).sort();
  const weeks = Array.from({ length: Number(text("weeks")) }, (_, week) => week + 1);
  return { name: text("name"), starts, days: weeks.flatMap((week) => days.map((day) => ({ week, day, exercises: [asked] }))) };
}
