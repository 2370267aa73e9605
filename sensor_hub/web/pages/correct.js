/** The dialog in which a coach corrects a set or a rep: what it was, and why. */
import { called } from "./coach.js";
import { allReps, allSets, FLAGS, measuredOf } from "./corrections.js";
import { element, post } from "./page.js";
import { decimal, inUnit, readLoad } from "./weights.js";
import { words } from "./words.js";

const LONGEST_WHY = 300;
const SIDES = /** @type {const} */ (["both", "left", "right"]);

/** @typedef {import("./corrections.js").Detail} Detail */
/** @typedef {import("./corrections.js").Kind} Kind */
/** @typedef {import("./types.js").LiftSet} LiftSet */
/** @typedef {import("./types.js").Rep} Rep */
/** Something that can be said: what to send, and what must be asked for it. @typedef {{value: string, label: string, body: () => object, fields?: HTMLElement, to?: string}} Choice  to: which part of the session in the API is told */

export class Corrector {
  /** @param {string} path of the session @param {Detail} detail @param {import("./asked.js").Athletes} athletes all of them
   * @param {() => Promise<unknown>} refresh */
  constructor(path, detail, athletes, refresh) {
    this.path = path;
    this.detail = detail;
    this.athletes = athletes;
    this.refresh = refresh;
  }

  /** @param {LiftSet} set */
  buttonOfSet(set) {
    const button = element("button", { class: "button", type: "button", "aria-label": words.correct.openSet(set.number), "data-testid": `correct-${set.number}` }, words.correct.open);
    button.addEventListener("click", () => this.open(words.correct.openSet(set.number), this.ofSet(set), `correct-${set.number}`));
    return button;
  }

  /** @param {Rep} rep */
  buttonOfRep(rep) {
    const name = words.correct.openRep(rep.number, rep.set_number);
    const id = `correct-${rep.set_number}-${rep.number}`;
    const button = element("button", { class: "of-rep", type: "button", "aria-label": name, "data-testid": id }, "⋯");
    button.addEventListener("click", () => this.open(name, this.ofRep(rep), id));
    return button;
  }

  /** The set by the measured rep it begins with. @param {LiftSet} set */
  place(set) {
    const [first] = allReps(this.detail, set.number);
    if (!first) return { set_number: set.number };
    const { measured_set_number, measured_number } = measuredOf(this.detail, first);
    return { set_number: measured_set_number, rep_number: measured_number };
  }

  /** @param {Rep} rep */
  placeOfRep(rep) {
    const { measured_set_number, measured_number } = measuredOf(this.detail, rep);
    return { set_number: measured_set_number, rep_number: measured_number };
  }

  /** @param {LiftSet} set @returns {Choice[]} */
  ofSet(set) {
    const { kinds } = words.correct;
    const reps = allReps(this.detail, set.number);
    const later = allSets(this.detail).some((one) => one.number > set.number && one.rep_count > 0);
    const after = choice(reps.slice(0, -1).map((rep, i) => [String(i), String(rep.number)]));
    const lifter = new LifterFields(set, this.detail, this.athletes);
    /** @type {Choice[]} */
    const choices = [{ value: "lifter", label: kinds.lifter, fields: lifter.made, body: () => ({ kind: "lifter", ...this.place(set), lifter: lifter.read() }) }];
    if (reps.length > 1) {
      const fields = element("div", { class: "fields" }, element("label", { class: "field" }, words.correct.after, after));
      choices.push({ value: "split", label: kinds.split, fields, body: () => ({ kind: "split", ...this.placeOfRep(reps[Number(after.value)]) }) });
    }
    if (later && reps.length) choices.push({ value: "merge", label: kinds.merge, body: () => ({ kind: "merge", ...this.place(set) }) });
    choices.push({ value: "discard_set", label: kinds.discard_set, body: () => ({ kind: "discard_set", ...this.place(set) }) });
    return choices;
  }

  /** @param {Rep} rep @returns {Choice[]} */
  ofRep(rep) {
    const place = this.placeOfRep(rep);
    const flags = FLAGS.map((name) => {
      const now = rep[name] !== true;
      return { value: name, label: words.correct.flags[name][now ? "yes" : "no"], body: () => ({ kind: "flags", ...place, flags: { [name]: now } }) };
    });
    return [{ value: "discard_rep", label: words.correct.kinds.discard_rep, body: () => ({ kind: "discard_rep", ...place }) }, ...flags];
  }

  /** @param {string} title @param {Choice[]} choices @param {string} back the test id of what opened it */
  open(title, choices, back) {
    const why = element("input", { required: "", maxlength: String(LONGEST_WHY), autocomplete: "off", "data-testid": "why", "aria-describedby": "why-hint" });
    const wrong = element("p", { class: "wrong", role: "alert", hidden: "" });
    const save = element("button", { class: "button main", type: "submit", "data-testid": "save" }, words.correct.save);
    const cancel = element("button", { class: "button", type: "button" }, words.correct.cancel);
    const options = choices.map((one, i) => option(one, i === 0));
    const form = element("form", {}, element("fieldset", {}, element("legend", { class: "unseen" }, title), ...options), element("label", { class: "field" }, words.correct.why, why), element("p", { class: "quiet", id: "why-hint" }, `${words.correct.whyHint} ${words.correct.kept}`), wrong, element("p", { class: "buttons" }, save, cancel));
    const dialog = element("dialog", { class: "correct", "aria-labelledby": "correct-title" }, element("h2", { id: "correct-title" }, title), form);
    dialog.addEventListener("close", () => dialog.remove());
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      save.disabled = true;
      try {
        const chosen = choices.find((one) => one.value === new FormData(form).get("kind")) ?? choices[0];
        await post(`${this.path}/${chosen.to ?? "corrections"}`, { ...chosen.body(), why: why.value });
        await this.refresh();
        dialog.close();
        /** @type {HTMLElement | null} */ (document.querySelector(`[data-testid="${back}"]`))?.focus();
      } catch (error) {
        wrong.hidden = false;
        wrong.textContent = /** @type {Error} */ (error).message;
      }
      save.disabled = false;
    });
    document.body.append(dialog);
    dialog.showModal();
  }
}

/** A choice, with its fields while it is chosen. @param {Choice} one @param {boolean} first */
function option({ value, label, fields }, first) {
  const radio = element("input", { type: "radio", name: "kind", value, "data-testid": `kind-${value}`, ...(first ? { checked: "" } : {}) });
  return element("div", { class: "option" }, element("label", {}, radio, label), ...(fields ? [fields] : []));
}

/** @param {string[][]} options value and text */
function choice(options, chosen = "") {
  return element("select", {}, ...options.map(([value, text]) => element("option", { value, ...(value === chosen ? { selected: "" } : {}) }, text)));
}

class LifterFields {
  /** @param {LiftSet} set @param {Detail} detail @param {import("./asked.js").Athletes} athletes */
  constructor(set, { session }, athletes) {
    this.asked = set.asked;
    const athlete = set.athlete ?? session.athlete;
    this.unit = (athlete && athletes.get(athlete)?.unit) || "kg";
    const load_kg = set.load_kg ?? session.load_kg;
    const names = [...athletes.values()].map((one) => [one.athlete, called(one)]);
    this.athlete = choice([["", words.correct.guest], ...names], athlete ?? "");
    this.athlete.dataset.testid = "athlete";
    this.load = element("input", { inputmode: "decimal", maxlength: "8", autocomplete: "off", value: load_kg === null ? "" : decimal(inUnit(load_kg, this.unit)), "data-testid": "load" });
    this.side = choice([["", words.none], ...SIDES.map((side) => [side, words.coach.side[side]])], set.side ?? "");
    this.exercise = element("input", { maxlength: "60", value: set.asked?.exercise ?? "" });
    const fields = [
      element("label", { class: "field" }, words.correct.athlete, this.athlete),
      element("label", { class: "field" }, words.correct.load(this.unit), this.load),
      element("label", { class: "field" }, words.correct.side, this.side),
      ...(this.asked ? [element("label", { class: "field" }, words.correct.exercise, this.exercise)] : []),
    ];
    this.made = element("div", { class: "fields" }, ...fields);
  }

  read() {
    const load_kg = readLoad(this.load.value, this.unit);
    if (load_kg === undefined) throw new Error(words.correct.wrongLoad);
    const asked = this.asked && { ...this.asked, exercise: this.exercise.value.trim() || this.asked.exercise };
    return { athlete: this.athlete.value || null, load_kg, side: this.side.value || null, asked };
  }
}
