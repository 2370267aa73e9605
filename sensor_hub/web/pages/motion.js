/**
 * The sled between two messages. Positions come about 20 times a second and late by a varying bit; the screen wants
 * them sixty times a second. The device clock is laid onto the page's by the least delayed message, and the screen
 * runs a little behind it, so that there is nearly always a message on either side of the instant it shows.
 */

import { indexOf, interpolate } from "./curve.js";

const KEEP_S = 40;
const BEHIND_S = 0.09;
const GAP_S = 0.5;
const CLOCK_LEAK = 0.0005;

export class MotionBuffer {
  constructor() {
    /** @type {number[]} */ this.at_s = [];
    /** @type {number[]} */ this.position_m = [];
    /** @type {number[]} */ this.velocity_mps = [];
    this.offset_s = Infinity;
    this.arrived_s = 0;
  }

  /** What was stored of a set. @param {import("./types.js").Motion[]} chunks in order */
  static of(chunks) {
    const made = new MotionBuffer();
    made.reset({
      at_s: chunks.flatMap((chunk) => chunk.offset_s.map((offset) => chunk.start_s + offset)),
      position_m: chunks.flatMap((chunk) => chunk.position_m),
      velocity_mps: chunks.flatMap((chunk) => chunk.velocity_mps),
    });
    return made;
  }

  /**
   * Start over with what came before this page was opened.
   * @param {Pick<import("./types.js").Trace, "at_s" | "position_m" | "velocity_mps">} trace
   */
  reset(trace) {
    this.at_s = [...trace.at_s];
    this.position_m = [...trace.position_m];
    this.velocity_mps = [...trace.velocity_mps];
    this.offset_s = Infinity;
  }

  /** @param {import("./types.js").Live} live @param {number} now_s the page's clock */
  push(live, now_s) {
    const newest = this.at_s.at(-1);
    if (newest !== undefined && live.at_s < newest - 1) this.reset({ at_s: [], position_m: [], velocity_mps: [] });
    this.offset_s = Math.min(this.offset_s + CLOCK_LEAK * (now_s - this.arrived_s), now_s - live.at_s);
    this.arrived_s = now_s;
    if (newest !== undefined && live.at_s <= newest && this.at_s.length) return;
    this.at_s.push(live.at_s);
    this.position_m.push(live.position_m);
    this.velocity_mps.push(live.velocity_mps);
    while (this.at_s[0] < live.at_s - KEEP_S) {
      this.at_s.shift();
      this.position_m.shift();
      this.velocity_mps.shift();
    }
  }

  /** The device's instant now, by the least delayed message. @param {number} now_s the page's clock */
  device_s(now_s) {
    return now_s - this.offset_s;
  }

  /** The device's instant to show at the page's; never past the newest known. @param {number} now_s */
  shown_s(now_s) {
    const newest = this.at_s.at(-1);
    if (newest === undefined) return null;
    return Math.min(newest, this.device_s(now_s) - BEHIND_S);
  }

  /** Whether something was heard around an instant. @param {number} t */
  covers(t) {
    const after = indexOf(this.at_s, t);
    return (this.at_s[after] ?? Infinity) - t < GAP_S || t - (this.at_s[after - 1] ?? -Infinity) < GAP_S;
  }

  /** Position at a device instant: a cubic through both neighbours with their velocities. @param {number} t */
  position(t) {
    const after = indexOf(this.at_s, t);
    if (after === this.at_s.length) return this.position_m.at(-1) ?? null;
    if (after === 0) return this.position_m[0];
    const span = this.at_s[after] - this.at_s[after - 1];
    if (span > GAP_S) return this.position_m[after - 1];
    const u = (t - this.at_s[after - 1]) / span;
    const [p0, p1] = [this.position_m[after - 1], this.position_m[after]];
    const [m0, m1] = [this.velocity_mps[after - 1] * span, this.velocity_mps[after] * span];
    const v = 1 - u;
    return v * v * ((1 + 2 * u) * p0 + u * m0) + u * u * ((3 - 2 * u) * p1 - v * m1);
  }

  /** @param {number} t */
  velocity(t) {
    return this.at_s.length ? interpolate(t, this.at_s, this.velocity_mps) : null;
  }

  /** The way made, by the velocity alone. @param {number} from @param {number} to */
  travel(from, to) {
    const instants = [from, ...this.between(from, to).time_s, to];
    const speeds = instants.map((t) => this.velocity(t) ?? 0);
    return instants.slice(1).reduce((sum, t, i) => sum + ((speeds[i] + speeds[i + 1]) / 2) * (t - instants[i]), 0);
  }

  /** What was heard from `from` up to `to`, both included. @param {number} from @param {number} to */
  between(from, to) {
    const [first, end] = [indexOf(this.at_s, from), indexOf(this.at_s, to + 1e-6)];
    return {
      time_s: this.at_s.slice(first, end),
      position_m: this.position_m.slice(first, end),
      velocity_mps: this.velocity_mps.slice(first, end),
    };
  }

  /** Instants of unbroken stretches from `from` up to `to`, these included where they are covered. @param {number} from @param {number} to */
  stretches(from, to) {
    /** @type {number[][]} */ const found = [];
    const ends = [from, to].filter((t) => this.covers(t));
    const inside = this.between(from, to).time_s.filter((t) => t > from && t < to);
    let last = -Infinity;
    for (const at of [...ends.filter((t) => t === from), ...inside, ...ends.filter((t) => t === to)]) {
      if (at - last > GAP_S) found.push([]);
      found[found.length - 1].push(at);
      last = at;
    }
    return found.filter((stretch) => stretch.length > 1);
  }
}
