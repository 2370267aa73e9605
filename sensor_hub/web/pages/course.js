/**
 * Where the sled was in a set: settled reps as they were measured, and between them what was seen live.
 *
 * A settled rep counts its positions from where it began, and says only to a few centimetres how far it came back. So
 * it is drawn as having come back whole where it did so within `RETURN_M`, and the next rep begins where it ended.
 * What was seen live drifts; it is shifted to meet the reps on either side of it, and a pause in which nothing like a
 * stroke was seen is a plain line between them. After the newest rep the sled is followed by its velocity at first, for
 * the live position is put right when a rep settles. A set begins at the height at which it was drawn before its first
 * rep had settled, so that nothing jumps then.
 */
import { interpolate } from "./curve.js";

const RETURN_M = 0.03;
const AFTER_S = 3;
/** By then a rep has settled. */
const SETTLED_S = 0.7;
/** Less than this is no stroke. */
const STROKE_M = 0.1;

/**
 * A settled rep. measured: false where only the live position of it is known.
 * @typedef {{measured: boolean, from_s: number, to_s: number, time_s: number[], position_m: number[],
 *   velocity_mps: number[]}} Stretch
 * @typedef {{settled: boolean, time_s: number[]}} Piece
 * @typedef {import("./types.js").Rep} Rep
 */

export class Course {
  /**
   * @param {Rep[]} reps of one set, in order @param {import("./motion.js").MotionBuffer} motion seen live
   * @param {Course | null} earlier what was drawn before the newest rep had settled
   */
  constructor(reps, motion, earlier = null) {
    this.motion = motion;
    const first = reps.length ? (earlier?.position(firstInstant(reps[0])) ?? 0) : 0;
    const { base_m } = earlier && reps.length > 1 ? earlier : { base_m: first };
    /** Where the set began. @type {number} */ this.base_m = base_m;
    this.stretches = stretchesOf(reps, motion, this.base_m);
    this.shifts = shiftsOf(this.stretches, motion);
    this.pauses = this.stretches.slice(1).map((next, i) => this.pauseBetween(this.stretches[i], next));
    this.earlier = earlier;
    /** From 0, as earlier, to 1. */ this.blend = 1;
    if (earlier) earlier.earlier = null;
    const measured = this.stretches.flatMap((stretch) => (stretch.measured ? stretch.position_m : []));
    /** Of the settled reps. @type {[number, number] | null} */
    this.range = measured.length ? [Math.min(...measured), Math.max(...measured)] : null;
  }

  /** @param {number} t @returns {number | null} */
  position(t) {
    const known = this.at(t) ?? this.pauses.find((pause) => pause.plain && pause.time_s[0] < t && t < pause.time_s[1]);
    const now = known ? interpolate(t, known.time_s, known.position_m) : this.seen(t);
    const before = this.blend < 1 && this.earlier ? this.earlier.position(t) : null;
    return now === null || before === null ? now : before + (now - before) * this.blend;
  }

  /** @param {number} t @returns {number | null} */
  velocity(t) {
    const stretch = this.at(t);
    return stretch ? interpolate(t, stretch.time_s, stretch.velocity_mps) : this.motion.velocity(t);
  }

  /** The settled rep that was under way. @param {number} t */
  at(t) {
    return this.stretches.find((stretch) => stretch.from_s <= t && t <= stretch.to_s);
  }

  /** The live position, as it fits the reps around it. @param {number} t @returns {number | null} */
  seen(t) {
    const position = this.motion.position(t);
    const last = this.stretches.at(-1);
    if (position === null || !last?.measured || t < last.to_s || !this.motion.covers(last.to_s)) {
      return position === null ? null : position + this.shift(t);
    }
    const followed_s = Math.min(t, last.to_s + SETTLED_S);
    const followed = last.position_m[last.position_m.length - 1] + this.motion.travel(last.to_s, followed_s);
    return t === followed_s ? followed : followed + position - (this.motion.position(followed_s) ?? position);
  }

  /** What has to be added to a live position. @param {number} t */
  shift(t) {
    return this.shifts.time_s.length ? interpolate(t, this.shifts.time_s, this.shifts.shift_m) : 0;
  }

  /** The line from one rep to the next, and whether it is all there is to draw. @param {Stretch} before @param {Stretch} after */
  pauseBetween(before, after) {
    const time_s = [before.to_s, after.from_s];
    const position_m = [before.position_m[before.position_m.length - 1], after.position_m[0]];
    const off = (/** @type {number} */ t) => Math.abs((this.motion.position(t) ?? 0) + this.shift(t) - interpolate(t, time_s, position_m));
    const plain = before.measured && after.measured && this.motion.between(time_s[0], time_s[1]).time_s.every((t) => off(t) < STROKE_M);
    return { time_s, position_m, plain };
  }

  /** First and last instant of the set: what is known of it until soon after its last rep. @returns {[number, number]} */
  span() {
    const [first, last] = [this.stretches.at(0), this.stretches.at(-1)];
    const begun_s = Math.min(this.motion.at_s[0] ?? Infinity, first?.from_s ?? Infinity);
    const heard_s = this.motion.at_s.at(-1) ?? -Infinity;
    return [begun_s, last ? Math.max(last.to_s, Math.min(heard_s, last.to_s + AFTER_S)) : heard_s];
  }

  /** In order, each unbroken: reps and what lies between them. @param {number} from_s @param {number} to_s @returns {Piece[]} */
  pieces(from_s, to_s) {
    const between = (/** @type {number} */ start, /** @type {number} */ end) =>
      this.motion.stretches(start, end).map((time_s) => ({ settled: false, time_s }));
    /** @type {Piece[]} */ const found = [];
    let cursor = from_s;
    for (const stretch of this.stretches) {
      if (stretch.to_s <= from_s || stretch.from_s >= to_s) continue;
      if (stretch.from_s > cursor) found.push(...between(cursor, stretch.from_s));
      found.push({ settled: true, time_s: stretch.time_s.filter((t) => t <= to_s) });
      cursor = stretch.to_s;
    }
    if (cursor < to_s) found.push(...between(cursor, to_s));
    return found;
  }
}

/**
 * A rep of an older hub has no trace: what was seen of it live stands for it.
 * @param {Rep[]} reps @param {import("./motion.js").MotionBuffer} motion @param {number} level where the first began
 * @returns {Stretch[]}
 */
function stretchesOf(reps, motion, level) {
  const stretches = reps.map((rep) => {
    const from_s = firstInstant(rep);
    if (!rep.trace) return { measured: false, from_s, to_s: rep.end_s, ...motion.between(from_s, rep.end_s) };
    const { offset_s, position_m, velocity_mps } = rep.trace;
    const end = offset_s.length - 1;
    const far = position_m.reduce((best, position, i) => (Math.abs(position) > Math.abs(position_m[best]) ? i : best), 0);
    const missed = Math.max(-RETURN_M, Math.min(RETURN_M, position_m[end]));
    const begun = level;
    const share = (/** @type {number} */ i) => Math.max(0, offset_s[i] - offset_s[far]) / (offset_s[end] - offset_s[far] || 1);
    level += position_m[end] - missed;
    return {
      measured: true,
      from_s,
      to_s: from_s + offset_s[end],
      time_s: offset_s.map((offset) => from_s + offset),
      position_m: position_m.map((position, i) => begun + position - missed * share(i)),
      velocity_mps,
    };
  });
  return stretches.filter((stretch) => stretch.time_s.length > 1);
}

/** @param {Rep} rep */
function firstInstant(rep) {
  return rep.start_s ?? rep.turn_s;
}

/** What to add to live positions at both ends of every rep. @param {Stretch[]} stretches @param {import("./motion.js").MotionBuffer} motion */
function shiftsOf(stretches, motion) {
  /** @type {{time_s: number[], shift_m: number[]}} */ const found = { time_s: [], shift_m: [] };
  for (const { time_s, position_m } of stretches) {
    for (const end of [0, time_s.length - 1]) {
      const seen = motion.covers(time_s[end]) ? motion.position(time_s[end]) : null;
      if (seen === null) continue;
      found.time_s.push(time_s[end]);
      found.shift_m.push(position_m[end] - seen);
    }
  }
  return found;
}
