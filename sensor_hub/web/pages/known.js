/** What the page knows of its machine, put together from the hub's messages. */
import { Course } from "./course.js";
import { MotionBuffer } from "./motion.js";

const STALE_S = 1.3;
/** A rep that ended longer ago is not news. */
const NEWS_S = 2;
/** So long it is said that a stroke was not counted. */
const REFUSED_S = 8;

/** @typedef {import("./types.js").Rep} Rep */

export class Known {
  constructor() {
    this.motion = new MotionBuffer();
    this.course = new Course([], this.motion);
    /** @type {import("./types.js").Live | null} */ this.live = null;
    /** @type {import("./types.js").Sensor | null} */ this.sensor = null;
    /** @type {import("./types.js").Status | null} */ this.status = null;
    /** @type {import("./types.js").Lifter | null} */ this.lifter = null;
    /** @type {import("./types.js").LiftSet | null} */ this.set = null;
    /** @type {import("./types.js").Rejected | null} */ this.rejected = null;
    /** @type {Map<number, Rep>} */ this.reps = new Map();
    /** Seconds at the top after each rep, as seen live. @type {Map<number, number>} */ this.tops = new Map();
    this.setKey = "";
    this.connected = true;
    /** When the newest `live` was made, on the page's clock. @type {number | null} */ this.live_s = null;
  }

  /** @param {number} now_s the page's clock */
  stale(now_s) {
    return this.live_s === null || now_s - this.live_s > STALE_S;
  }

  /** In order. */
  get settled() {
    return [...this.reps.values()].sort((one, other) => one.number - other.number);
  }

  /** The newest settled rep of the set on the screen. */
  get lastRep() {
    const rep = this.settled.at(-1);
    return rep && this.live && rep.set_number !== this.live.set_number ? undefined : rep;
  }

  /** Reps belong to one set; a message of another begins anew. @param {string} key */
  turnTo(key) {
    if (key === this.setKey) return;
    this.setKey = key;
    this.set = null;
    this.reps.clear();
  }

  /** @param {import("./types.js").Trace} trace what came before this page was opened */
  begin(trace) {
    this.motion.reset(trace);
    this.turnTo("");
    this.course = new Course([], this.motion);
    this.tops.clear();
    trace.top_pause_s.forEach((pause_s, i) => this.noteTop(trace.rep_count[i], pause_s));
  }

  /** @param {import("./types.js").Live} live @param {number} now_s the page's clock */
  take(live, now_s) {
    if (this.live && live.set_number !== this.live.set_number) this.tops.clear();
    if (live.phase === "top") this.noteTop(live.rep_count, live.top_pause_s);
    this.live = live;
    this.live_s = now_s;
    this.motion.push(live, now_s);
  }

  /** A rep has settled: it takes the place of what was drawn of it. Whether that is news. @param {Rep} rep */
  settle(rep) {
    this.turnTo(`${rep.session}/${rep.set_number}`);
    const known = this.reps.has(rep.number);
    this.reps.set(rep.number, rep);
    this.course = new Course(this.settled, this.motion, this.course);
    return !known && (this.motion.at_s.at(-1) ?? -Infinity) - rep.end_s < NEWS_S;
  }

  /** @param {number} number of the rep @param {number | null} pause_s at the top after it, so far */
  noteTop(number, pause_s) {
    if (pause_s != null) this.tops.set(number, pause_s);
  }

  /** The stroke that was not counted, as long as that is news and no rep has come after it. */
  get refused() {
    const { rejected, live } = this;
    const fresh = rejected !== null && live !== null && Math.abs(live.at_s - rejected.at_s) < REFUSED_S;
    return fresh && (this.lastRep?.end_s ?? -Infinity) < rejected.end_s ? rejected : null;
  }

  /** The four digits of a rep; its pause from the set when that has ended, else as far as it was seen. @param {Rep | undefined} rep */
  digits(rep) {
    if (!rep) return [];
    const top_s = this.set?.progress === "ended" ? this.set.top_pauses_s[rep.number - 1] : rep.top_pause_s ?? this.tops.get(rep.number);
    return [rep.eccentric_s, rep.bottom_pause_s, rep.concentric_s, top_s];
  }

  /** What the hub asks for: of the running set, else of the next one. */
  get asked() {
    const running = this.set?.progress === "started" ? this.set.asked : null;
    return running ?? this.lifter?.asked ?? null;
  }

  /** Whether the set on the screen is a past one: what moves now is not of it. */
  get over() {
    return this.set?.progress === "ended" && this.set.number === this.live?.set_number;
  }

  /** Reps of a set that are still to do, the running one among them. @param {number | null} reps asked for */
  left(reps) {
    return (reps ?? Infinity) - this.done;
  }

  /** Reps done in the set under way. */
  get done() {
    if (this.live === null || this.over) return 0;
    return this.live.rep_count + (this.live.phase === "top" && !this.ended ? 1 : 0);
  }

  /** Whether the running phase belongs to a rep that has settled. */
  get ended() {
    const { live } = this;
    return live === null || live.phase === "idle" || (live.phase === "top" && live.rep_count === this.lastRep?.number);
  }
}
