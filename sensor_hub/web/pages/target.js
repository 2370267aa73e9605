/** What is asked of the lifter: what the hub prescribes, or else what somebody chose on this screen, which keeps it. */
import { element, find, say } from "./page.js";
import { parseTempo, written } from "./prescription.js";
import { LANGUAGES, language, speak, words } from "./words.js";

const KEPT = "target";
const CHIPS = ["4-1-2-0", "3-0-1-0", "2-0-X-0"];
/** Where velocity is meant and nobody said otherwise; between low (5 to 20 %) and high loss. */
const VELOCITY_LOSS = 0.2;
const MOST_REPS = 50;

/** @typedef {import("./prescription.js").Prescription} Prescription */
/** @typedef {{tempo: string | null, reps: number | null}} Choice */

/** A push as fast as possible is about velocity; a slow tempo is not. @param {Choice} choice @returns {Prescription | null} */
function prescriptionOf({ tempo, reps }) {
  if (tempo === null && reps === null) return null;
  const explosive = tempo !== null && parseTempo(tempo)?.[2] === 0;
  const open = { sets: null, slowest_mps: null, fastest_mps: null, deepest: 0, highest: 1, rest_s: null };
  return { ...open, reps, tempo, velocity_loss: explosive ? VELOCITY_LOSS : null };
}

/** @returns {Choice} */
function kept() {
  try {
    const { tempo, reps } = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return { tempo: typeof tempo === "string" && parseTempo(tempo) ? tempo : null, reps: Number.isInteger(reps) ? reps : null };
  } catch {
    return { tempo: null, reps: null };
  }
}

export class Target {
  /** @param {HTMLDialogElement} panel @param {() => void} onChange */
  constructor(panel, onChange) {
    this.panel = panel;
    this.onChange = onChange;
    this.choice = kept();
    /** @type {Prescription | null} */ this.prescribed = null;
    this.wire();
    this.show();
  }

  /** @returns {Prescription | null} */
  get prescription() {
    return this.prescribed ?? prescriptionOf(this.choice);
  }

  /** Seconds of the four digits. */
  get digits() {
    const tempo = this.prescription?.tempo ?? null;
    return tempo === null ? null : parseTempo(tempo);
  }

  /** What a set that is over was asked to keep, whoever is next: its own digits, or this screen's where nobody asked. @param {import("./types.js").LiftSet | null} set */
  digitsOf(set) {
    const tempo = set?.asked ? set.asked.tempo : this.prescribed ? null : this.choice.tempo;
    return tempo ? parseTempo(tempo) : null;
  }

  /** What the hub says. @param {Prescription | null} prescription */
  prescribe(prescription) {
    if (this.prescribed === prescription) return this.onChange();
    this.prescribed = prescription;
    this.show();
    this.onChange();
  }

  wire() {
    const own = /** @type {HTMLInputElement} */ (find("#own-tempo", this.panel));
    own.addEventListener("change", () => this.own(own));
    this.chips = [null, ...CHIPS].map((tempo) => {
      const chip = element("button", { class: "chip", type: "button" }, tempo ?? words.target.none);
      chip.addEventListener("click", () => this.choose({ tempo }));
      return { chip, tempo };
    });
    find("#chips", this.panel).replaceChildren(...this.chips.map(({ chip }) => chip));
    for (const [id, step] of /** @type {[string, number][]} */ ([["#fewer", -1], ["#more", 1]])) {
      find(id, this.panel).addEventListener("click", () => this.step(step));
    }
    const languages = /** @type {HTMLSelectElement} */ (find("#language", this.panel));
    languages.replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => element("option", { value: code, lang: code }, name)));
    languages.value = language;
    languages.addEventListener("change", () => speak(languages.value));
    find("#close", this.panel).addEventListener("click", () => this.panel.close());
    this.panel.addEventListener("click", (event) => event.target === this.panel && this.panel.close());
  }

  /** @param {HTMLInputElement} own */
  own(own) {
    const digits = parseTempo(own.value);
    own.setAttribute("aria-invalid", String(digits === null));
    find("#wrong").hidden = digits !== null;
    if (digits) this.choose({ tempo: digits.map((seconds, digit) => written(digit, seconds)).join("-") });
  }

  /** @param {number} by */
  step(by) {
    const reps = (this.choice.reps ?? 0) + by;
    this.choose({ reps: reps < 1 ? null : Math.min(reps, MOST_REPS) });
  }

  /** @param {Partial<Choice>} choice */
  choose(choice) {
    this.choice = { ...this.choice, ...choice };
    localStorage.setItem(KEPT, JSON.stringify(this.choice));
    this.show();
    this.onChange();
  }

  show() {
    const { tempo, reps } = this.choice;
    for (const { chip, tempo: one } of this.chips ?? []) chip.setAttribute("aria-pressed", String(one === tempo));
    /** @type {HTMLInputElement} */ (find("#own-tempo", this.panel)).value = tempo !== null && !CHIPS.includes(tempo) ? tempo : "";
    say(find("#reps", this.panel), reps === null ? words.none : String(reps));
    find("#choice", this.panel).hidden = this.prescribed !== null;
    find("#planned", this.panel).hidden = this.prescribed === null;
    say(find("#planned", this.panel), this.prescribed === null ? "" : words.target.planned(this.prescribed.tempo ?? words.none));
  }
}
