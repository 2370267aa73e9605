/** The prescribed path, laid where this machine and this set have shown their range to be. */
import { legsAhead, legsDone, legsRunning } from "./path.js";

/** @typedef {[number, number]} Ends lowest and highest position */

/** The live position is not known better than this. */
const BEYOND_M = 0.02;

/** How far this lifter goes, where no rep of the set has shown it yet. */
export class Guide {
  constructor() {
    /** @type {number | null} */ this.usual_m = null;
  }

  /**
   * The range of the set; before its first rep has settled, as far as the set before went, or else the machine goes.
   * @param {import("./known.js").Known} known @param {number} shown_s @returns {Ends | null}
   */
  range({ course, live }, shown_s) {
    if (course.range) this.usual_m = course.range[1] - course.range[0];
    if (course.range) return course.range;
    const size_m = this.usual_m ?? live?.full_range_m ?? null;
    if (size_m === null || live === null) return null;
    const begun_s = legsRunning(live, false, [0, 0, 0, 0], [0, 0])[0]?.from_s ?? shown_s;
    const top_m = course.position(begun_s);
    return top_m === null ? null : [top_m - size_m, top_m];
  }

  /** The machine's full range, as far as the sled's highest point tells where it lies. @param {import("./known.js").Known} known @param {Ends | null} range @returns {Ends | null} */
  full({ live }, range) {
    const size_m = live?.full_range_m ?? null;
    return size_m === null || range === null ? null : [range[1] - size_m, range[1]];
  }

  /** The prescribed limits. @param {import("./prescription.js").Prescription | null} prescription @param {Ends | null} full @returns {Ends | null} */
  allowed(prescription, full) {
    const { deepest, highest } = prescription ?? { deepest: 0, highest: 1 };
    if (full === null || (deepest === 0 && highest === 1)) return null;
    const size_m = full[1] - full[0];
    return [full[0] + deepest * size_m, full[0] + highest * size_m];
  }

  /** Whether the sled is further than it may go. @param {number} position @param {Ends} allowed */
  beyond(position, allowed) {
    return position < allowed[0] - BEYOND_M || position > allowed[1] + BEYOND_M;
  }

  /**
   * @param {import("./known.js").Known} known @param {number[]} target @param {number | null} reps
   * @param {Ends} ends @param {number} shown_s @param {number} until_s
   */
  legs(known, target, reps, ends, shown_s, until_s) {
    const { live } = known;
    if (live === null) return [];
    const left = known.left(reps);
    const running = legsRunning(live, known.ended || left <= 0, target, ends);
    const begun_s = [...known.settled.map((rep) => rep.start_s ?? rep.turn_s), running[0]?.from_s ?? null];
    return [
      ...known.settled.flatMap((rep, i) => legsDone(rep, begun_s[i + 1], target, ends)),
      ...running,
      ...legsAhead(live, shown_s, until_s, target, ends, left),
    ];
  }
}
