/**
 * The sled between two messages. Positions come about 20 times a second and late by a varying bit; the screen wants
 * them sixty times a second. The device clock is laid onto the page's by the least delayed message, and the screen
 * runs a little behind it, so that there is nearly always a message on either side of the instant it shows.
 */

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

  /** The device's instant to show at the page's; never past the newest known. @param {number} now_s */
  shown_s(now_s) {
    const newest = this.at_s.at(-1);
    if (newest === undefined) return null;
    return Math.min(newest, now_s - this.offset_s - BEHIND_S);
  }

  /** Position at a device instant: a cubic through both neighbours with their velocities. @param {number} t */
  position(t) {
    const after = this.at_s.findIndex((at) => at >= t);
    if (after < 0) return this.position_m.at(-1) ?? null;
    if (after === 0) return this.position_m[0];
    const span = this.at_s[after] - this.at_s[after - 1];
    if (span > GAP_S) return this.position_m[after - 1];
    const u = (t - this.at_s[after - 1]) / span;
    const [p0, p1] = [this.position_m[after - 1], this.position_m[after]];
    const [m0, m1] = [this.velocity_mps[after - 1] * span, this.velocity_mps[after] * span];
    const v = 1 - u;
    return v * v * ((1 + 2 * u) * p0 + u * m0) + u * u * ((3 - 2 * u) * p1 - v * m1);
  }

  /** Unbroken stretches of [instant, position] from `from` up to `to`. @param {number} from @param {number} to */
  stretches(from, to) {
    /** @type {[number, number][][]} */ const found = [];
    let last = -Infinity;
    for (let i = 0; i < this.at_s.length; i++) {
      const at = this.at_s[i];
      if (at < from - GAP_S || at >= to) continue;
      if (at - last > GAP_S) found.push([]);
      found[found.length - 1].push([at, this.position_m[i]]);
      last = at;
    }
    const head = this.position(to);
    if (found.length && head !== null && to - last <= GAP_S) found[found.length - 1].push([to, head]);
    return found;
  }
}
