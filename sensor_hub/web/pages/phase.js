/**
 * The seconds of the running phase, smooth between messages. The device's clock is laid onto the page's by the motion
 * buffer; the seconds may run a little past the newest message, and never run back while their phase lasts.
 */

const AHEAD_S = 0.2;
/** A phase that turns out to have begun so much later was another. */
const ANEW_S = 0.5;

export class PhaseClock {
  constructor() {
    this.phase = "";
    this.start_s = 0;
    this.elapsed_s = 0;
  }

  /** @param {import("./types.js").Live} live @param {number} device_s the device's instant now, as far as that is known */
  elapsed(live, device_s) {
    const start_s = live.at_s - live.phase_elapsed_s;
    const measured_s = Math.max(live.phase_elapsed_s, Math.min(device_s, live.at_s + AHEAD_S) - start_s);
    const same = live.phase === this.phase && start_s - this.start_s < ANEW_S;
    this.elapsed_s = same ? Math.max(this.elapsed_s, measured_s) : measured_s;
    if (!same) this.start_s = start_s;
    this.phase = live.phase;
    return this.elapsed_s;
  }
}
