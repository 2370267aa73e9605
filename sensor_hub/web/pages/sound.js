/**
 * The tempo, heard: a metronome that starts with each phase, spoken counts and cues. Silent until somebody asks for it,
 * as browsers want it, and after each reading of the page.
 */
import { SPOKEN_LEAD_S, following, lead } from "./cues.js";
import { words } from "./words.js";

const [TICK_HZ, TURN_HZ] = [880, 1320];
const TICK_S = 0.05;
/** What a count takes to say. */
const COUNT_S = 0.4;
const SPEED = 1.2;

/**
 * The running phase; digit -1 while the lifter rests, for `rest_s` if that is asked for.
 * @typedef {{digit: number, elapsed_s: number, target: number[] | null, last: boolean, rest_s: number | null}} Running
 */

export class Sound {
  constructor() {
    this.on = false;
    this.ticks = true;
    this.voice = true;
    /** @type {AudioContext | null} */ this.context = null;
    this.digit = -1;
    this.heard_s = 0;
  }

  /** Only a tap may turn it on. @param {boolean} on */
  async turn(on) {
    this.on = on;
    if (!on) return globalThis.speechSynthesis?.cancel();
    this.context ??= new AudioContext();
    await this.context.resume();
    this.tick(TURN_HZ);
  }

  /** Sounds what has come due since the last call. @param {Running} running */
  follow({ digit, elapsed_s, target, last, rest_s }) {
    const since_s = digit === this.digit ? this.heard_s : elapsed_s;
    [this.digit, this.heard_s] = [digit, elapsed_s];
    const due = (/** @type {number} */ at_s) => since_s < at_s && at_s <= elapsed_s;
    if (digit < 0 && rest_s !== null && due(rest_s)) this.say(words.rested);
    if (!this.on || digit < 0) return;
    const prescribed_s = target?.[digit] ?? Infinity;
    const second = Math.floor(elapsed_s);
    if (due(prescribed_s)) this.tick(TURN_HZ);
    else if (second < prescribed_s && due(second)) this.tick(TICK_HZ);
    if (target === null || prescribed_s === 0) return;
    const cue_s = prescribed_s - lead(prescribed_s, SPOKEN_LEAD_S);
    if (due(cue_s)) this.say(words.cue[following(digit, target, last)]);
    else if (due(second) && second + COUNT_S <= cue_s) this.say(String(second));
  }

  /** @param {string} text */
  say(text) {
    if (!this.on || !this.voice || !globalThis.speechSynthesis) return;
    const said = new SpeechSynthesisUtterance(text);
    [said.lang, said.rate] = [words.locale, SPEED];
    speechSynthesis.cancel();
    speechSynthesis.speak(said);
  }

  /** @param {number} hz */
  tick(hz) {
    if (!this.ticks || this.context === null) return;
    const at_s = this.context.currentTime;
    const [tone, loudness] = [this.context.createOscillator(), this.context.createGain()];
    tone.frequency.value = hz;
    loudness.gain.setValueAtTime(0.4, at_s);
    loudness.gain.exponentialRampToValueAtTime(0.001, at_s + TICK_S);
    tone.connect(loudness).connect(this.context.destination);
    tone.start(at_s);
    tone.stop(at_s + TICK_S);
  }
}
