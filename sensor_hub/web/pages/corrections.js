/** Corrections of a session: what was said of each set and rep, and how it is taken back. */
import { called, load } from "./coach.js";
import { day, timeOfDay } from "./format.js";
import { element, post, trouble } from "./page.js";
import { words } from "./words.js";

/**
 * @typedef {"lifter" | "split" | "merge" | "discard_set" | "discard_rep" | "flags" | "version"} Kind
 * @typedef {"bounced" | "hard_lockout" | "partial"} Flag
 * @typedef {{number: number, kind: Kind, set_number: number | null, rep_number: number | null, lifter: import("./types.js").Lifter,
 *   flags: Partial<Record<Flag, boolean>> | null, version: number | null, made: string, made_by: string | null, why: string | null,
 *   revoked: string | null, revoked_by: string | null, about: number[]}} Said
 * @typedef {{set_number: number, number: number, measured_set_number: number, measured_number: number, bounced: boolean | null,
 *   hard_lockout: boolean | null, partial: boolean | null}} MeasuredRep
 * @typedef {import("./types.js").LiftSet} LiftSet
 * @typedef {import("./types.js").Rep} Rep
 * @typedef {{session: import("./types.js").Session, sets: LiftSet[], reps: Rep[], summaries: import("./types.js").SetSummary[],
 *   rejected: import("./types.js").Uncounted[], analysis: import("./types.js").Analysis | null, discarded_sets: LiftSet[], discarded_reps: Rep[], measured: MeasuredRep[],
 *   corrections: Said[]}} Detail
 */

export const FLAGS = /** @type {const} */ (["bounced", "hard_lockout", "partial"]);

/** What a shown rep was measured as. @param {Detail} detail @param {Rep} rep @returns {MeasuredRep} */
export function measuredOf(detail, rep) {
  const other = detail.measured.find((one) => one.set_number === rep.set_number && one.number === rep.number);
  return other ?? { ...rep, measured_set_number: rep.set_number, measured_number: rep.number };
}

/** All sets in order, also those that were discarded. @param {Detail} detail */
export function allSets({ sets, discarded_sets }) {
  return [...sets, ...discarded_sets].sort((one, other) => one.number - other.number);
}

/** All reps of a set in order, also those that were discarded. @param {Detail} detail @param {number} number of the set */
export function allReps({ reps, discarded_reps }, number) {
  const own = [...reps, ...discarded_reps].filter((rep) => rep.set_number === number);
  return own.sort((one, other) => one.number - other.number);
}

/** What of a rep's flags was measured otherwise. @param {Detail} detail @param {Rep} rep */
export function remarks(detail, rep) {
  const measured = measuredOf(detail, rep);
  return FLAGS.filter((name) => measured[name] !== rep[name]).map((name) => {
    const flag = rep[name] === true ? [] : [element("span", { class: "flag not" }, words.review.flags[name])];
    return element("span", {}, ...flag, element("small", {}, words.correct.measured(wasText(measured[name]))));
  });
}

/** @param {boolean | null} flag */
function wasText(flag) {
  return words.correct.was[flag === null ? "unknown" : flag ? "yes" : "no"];
}

export class Chronicle {
  /** @param {string} path of the session @param {Detail} detail @param {import("./asked.js").Athletes} athletes
   * @param {boolean} mayCorrect @param {() => Promise<unknown>} refresh */
  constructor(path, detail, athletes, mayCorrect, refresh) {
    this.path = path;
    this.detail = detail;
    this.athletes = athletes;
    this.mayCorrect = mayCorrect;
    this.refresh = refresh;
  }

  /** What was said of a set, under it. @param {number} number */
  of(number) {
    return this.list(this.detail.corrections.filter((one) => one.about.includes(number)), words.correct.record(number), `set-${number}-said`);
  }

  /** What is about no set that there is now. */
  get rest() {
    return this.list(this.detail.corrections.filter((one) => one.about.length === 0), words.correct.elsewhere, "said");
  }

  /** @param {Said[]} said @param {string} label @param {string} testid */
  list(said, label, testid) {
    if (!said.length) return [];
    return [element("ul", { class: "said", "aria-label": label, "data-testid": testid }, ...said.map((one) => this.row(one)))];
  }

  /** @param {Said} one */
  row(one) {
    const what = this.sentence(one);
    const told = what + words.correct.by(one.made_by, moment(one.made)) + (one.why === null ? "" : `: “${one.why}”`);
    if (one.revoked !== null) {
      return element("li", {}, element("s", {}, told), ` ${words.correct.back(one.revoked_by, moment(one.revoked))}`);
    }
    if (!this.mayCorrect) return element("li", {}, told);
    const undo = element("button", { class: "out", type: "button", "aria-label": words.correct.undoOf(what) }, words.correct.undo);
    undo.addEventListener("click", () => this.takeBack(one, undo));
    return element("li", {}, element("span", {}, told), undo);
  }

  /** @param {Said} one @param {HTMLButtonElement} button */
  async takeBack(one, button) {
    button.disabled = true;
    try {
      await post(`${this.path}/corrections/${one.number}/revoke`);
      await this.refresh();
      trouble(null);
    } catch (error) {
      button.disabled = false;
      trouble(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Said} one */
  sentence(one) {
    const { said } = words.correct;
    const [set, rep] = [one.set_number ?? 0, this.repNow(one)];
    switch (one.kind) {
      case "lifter":
        return said.lifter(one.about[0] ?? set, this.lifterText(one.lifter));
      case "split":
        return said.split(set, one.rep_number ?? 0);
      case "merge":
        return said.merge(set);
      case "discard_set":
        return said.discard_set(one.about[0] ?? set);
      case "discard_rep":
        return said.discard_rep(rep);
      case "version":
        return said.version(one.version ?? 0);
      case "flags":
        return said.flags(rep, this.flagsText(one), this.flagsMeasured(one));
    }
  }

  /** The number a rep has now. @param {Said} one */
  repNow({ set_number, rep_number }) {
    const now = this.detail.measured.find((rep) => rep.measured_set_number === set_number && rep.measured_number === rep_number);
    return now?.number ?? rep_number ?? 0;
  }

  /** @param {Said} one */
  flagsText({ flags }) {
    return FLAGS.filter((name) => flags?.[name] !== undefined)
      .map((name) => words.correct.flags[name][flags?.[name] ? "yes" : "no"])
      .join(", ");
  }

  /** @param {Said} one */
  flagsMeasured(one) {
    const { detail } = this;
    const all = [...detail.reps, ...detail.discarded_reps].map((rep) => measuredOf(detail, rep));
    const rep = all.find((each) => each.measured_set_number === one.set_number && each.measured_number === one.rep_number);
    const known = FLAGS.filter((name) => one.flags?.[name] !== undefined).map((name) => rep?.[name] ?? null);
    return known.map(wasText).join(", ");
  }

  /** "Anna · 80 kg · left". @param {import("./types.js").Lifter} lifter */
  lifterText({ athlete, load_kg, side, asked }) {
    const known = athlete === null ? undefined : this.athletes.get(athlete);
    const who = athlete === null ? words.correct.guest : known ? called(known) : athlete;
    const parts = [who, load_kg === null ? "" : load(load_kg, known?.unit ?? "kg"), side === null ? "" : words.coach.side[side], asked?.exercise ?? ""];
    return parts.filter(Boolean).join(" · ");
  }
}

/** "Monday 2 March 2026 18:04". @param {string} instant */
function moment(instant) {
  return `${day(instant)} ${timeOfDay(instant)}`;
}
