/** Who lifts at this machine, in the head of its page: as the hub understood it, said with a tap, and whose turn is next. */
import { Entry } from "./entry.js";
import { find, get, post, say, spot } from "./page.js";
import { me } from "./visitor.js";
import { loadText } from "./weights.js";
import { words } from "./words.js";

const RIGHT = "write:lifter";
const ANSWER_MS = 5000;

/** @typedef {import("./types.js").Lifter} Lifter */
/** @typedef {import("./types.js").Athlete} Athlete */

export class Who {
  /** @param {string} path of the machine: site/machine */
  constructor(path) {
    this.path = `/api/machines/${path}`;
    /** @type {Lifter | null} */ this.lifter = null;
    /** @type {Athlete[]} */ this.athletes = [];
    /** Who was up, each once, the latest last. @type {Map<string | null, Lifter>} */ this.turns = new Map();
    this.setOver = false;
    /** @type {((lifter: Lifter) => void) | null} */ this.answered = null;
    this.entry = new Entry(this, path);
  }

  /** Shows the button to whoever may use it. */
  async start() {
    if (!(await me)?.rights.includes(RIGHT)) return;
    const button = find("#lifter");
    button.addEventListener("click", () => this.ask());
    find("#turn").addEventListener("click", () => this.giveTurn());
    await this.learnNames();
    find(".who").hidden = false;
  }

  /** The hub's word. @param {Lifter} lifter */
  hear(lifter) {
    this.lifter = lifter;
    this.setOver = false;
    if (isSomebody(lifter)) {
      this.turns.delete(lifter.athlete);
      this.turns.set(lifter.athlete, lifter);
    }
    this.answered?.(lifter);
    this.show();
    if (lifter.athlete !== null && !find(".who").hidden && !this.athlete(lifter.athlete)) this.learnNames();
  }

  /** @param {import("./types.js").LiftSet} set */
  hearSet(set) {
    this.setOver = set.progress === "ended";
    this.entry.running = set.progress === "started" && this.lifter !== null && isSomebody(this.lifter);
    this.show();
  }

  async learnNames() {
    this.athletes = await get(`${this.path}/athletes`);
    this.show();
  }

  async ask() {
    this.entry.open(this.lifter && isSomebody(this.lifter) ? this.lifter : null);
    await this.learnNames().catch(() => undefined);
    this.entry.showNames();
  }

  /** Tells the hub, and waits for its word; an Error with a sentence where none comes. @param {Lifter} lifter */
  async tell(lifter) {
    const answer = new Promise((resolve, reject) => {
      this.answered = (heard) => heard.athlete === lifter.athlete && heard.load_kg === lifter.load_kg && resolve(heard);
      setTimeout(() => reject(new Error(words.who.silent)), ANSWER_MS);
    });
    await Promise.race([answer, post(`${this.path}/lifter`, lifter).then(() => answer)]);
  }

  /** Who was up before. @returns {Lifter | undefined} */
  get next() {
    return [...this.turns.values()].filter((one) => one.athlete !== this.lifter?.athlete).at(-1);
  }

  async giveTurn() {
    const { next } = this;
    if (!next) return;
    const button = /** @type {HTMLButtonElement} */ (find("#turn"));
    button.disabled = true;
    await this.tell(next).catch((error) => this.entry.open(next, error.message));
    button.disabled = false;
  }

  /** @param {string | null} athlete */
  athlete(athlete) {
    return this.athletes.find((one) => one.athlete === athlete);
  }

  /** @param {string | null} athlete */
  name(athlete) {
    if (athlete === null) return words.who.guest;
    const known = this.athlete(athlete);
    return known ? known.name ?? known.athlete : words.who.other;
  }

  /** "Anna · 80 kg · left". @param {Lifter} lifter */
  text({ athlete, load_kg, side }) {
    const load = load_kg === null ? "" : loadText(load_kg, this.unit(athlete));
    return [this.name(athlete), load, side ? words.side[side] : ""].filter(Boolean).join(" · ");
  }

  /** @param {string | null} athlete */
  unit(athlete) {
    return this.athlete(athlete)?.unit ?? (localStorage.getItem("unit") === "lb" ? "lb" : "kg");
  }

  show() {
    const { lifter, next } = this;
    say(spot("lifter"), lifter && isSomebody(lifter) ? this.text(lifter) : words.who.title);
    find("#turn").hidden = !(this.setOver && next);
    say(spot("turn"), next ? words.who.next(this.text(next)) : "");
  }
}

/** Whether anything was said at all. @param {Lifter} lifter */
function isSomebody({ athlete, load_kg, side, asked }) {
  return athlete !== null || load_kg !== null || side !== null || asked !== null;
}
