/** A set that has just ended was none, or somebody else's: said with two taps, and taken back with one. */
import { find, post, say, spot } from "./page.js";
import { words } from "./words.js";

/** @typedef {import("./types.js").Lifter} Lifter */
/** @typedef {import("./types.js").LiftSet} LiftSet */

export class Wrong {
  /** @param {import("./who.js").Who} who whom it asks for names and loads */
  constructor(who) {
    this.who = who;
    this.path = `${who.path}/corrections`;
    this.button = /** @type {HTMLButtonElement} */ (find("#wrong-set"));
    this.panel = /** @type {HTMLDialogElement} */ (find("#wrong-panel"));
    /** The set on the screen, where it has ended. @type {LiftSet | null} */ this.set = null;
    /** What was said of it last: its number, and in words. @type {{number: number, text: string} | null} */ this.said = null;
    this.button.addEventListener("click", () => (this.said === null ? this.open() : this.undo(this.said.number)));
    find("#wrong-close").addEventListener("click", () => this.panel.close());
    find("#wrong-discard").addEventListener("click", () => this.discard());
    find("#wrong-other").addEventListener("click", () => this.other());
  }

  /** @param {LiftSet} set */
  hearSet(set) {
    const same = this.set?.session === set.session && this.set.number === set.number;
    this.set = set.progress === "ended" ? set : null;
    if (!same) this.said = null;
    if (this.set === null) this.panel.close();
    this.show();
  }

  show() {
    this.button.hidden = this.set === null;
    say(spot("wrong-set"), this.said === null ? words.wrong.open : words.wrong.undo(this.said.text));
  }

  open() {
    if (this.set === null) return;
    say(find("#wrong-title"), words.wrong.title(this.set.number));
    this.complain("");
    this.panel.showModal();
  }

  async discard() {
    const { set } = this;
    if (set === null) return;
    try {
      await this.tell(set, { kind: "discard_set" }, words.wrong.discarded(set.number));
      this.panel.close();
    } catch (error) {
      this.complain(/** @type {Error} */ (error).message);
    }
  }

  /** Asks who it was, with which load and leg. */
  async other() {
    const { set } = this;
    if (set === null) return;
    this.panel.close();
    await this.who.learnNames().catch(() => undefined);
    const { athlete, load_kg, side } = set;
    const { entry } = this.who;
    entry.open(athlete === null ? null : { athlete, load_kg, side, asked: null }, "", (lifter) => this.tell(set, { kind: "lifter", lifter }, words.wrong.given(set.number, this.who.text(lifter))));
    if (athlete !== null) entry.choose({ load_kg, side: side ?? "both" });
  }

  /** @param {LiftSet} set @param {object} saying @param {string} text what it comes to */
  async tell(set, saying, text) {
    const { number } = await post(this.path, { session: set.session, set_number: set.number, ...saying });
    if (this.set === set) this.said = { number, text };
    this.show();
  }

  /** @param {number} number */
  async undo(number) {
    this.button.disabled = true;
    try {
      await post(`${this.path}/${number}/revoke`);
      this.said = null;
    } catch (error) {
      this.open();
      this.complain(/** @type {Error} */ (error).message);
    }
    this.button.disabled = false;
    this.show();
  }

  /** @param {string} sentence */
  complain(sentence) {
    const place = find("#wrong-complaint");
    place.hidden = sentence === "";
    say(place, sentence);
  }
}
