/**
 * The four digits of the tempo: each judged when its phase ends, first as seen live, then as its rep settled. A digit
 * that is counting is shown by the page's seconds; here it only fills its bar.
 */
import { tempo, tempoDigit } from "./format.js";
import { find, say } from "./page.js";
import { DIGIT_OF_PHASE, PHASES, judge, written } from "./prescription.js";
import { words } from "./words.js";

/** A time known no better than this is shown with a ~. */
const UNSURE_S = 0.25;
const MARKS = { kept: "✓", short: "−", long: "+" };

/**
 * state: "running" counts, "live" is over and provisional, "settled" is final, "before" belongs to the rep before.
 * @typedef {{text: string, state: "running" | "live" | "settled" | "before", verdict: "kept" | "short" | "long" | null}} Digit
 * @typedef {import("./types.js").Rep} Rep
 * @typedef {import("./types.js").Live} Live
 */

export class TempoRow {
  /** @param {HTMLElement} section */
  constructor(section) {
    this.spoken = find('[data-testid="tempo"]', section);
    this.cells = PHASES.map((_, digit) => {
      const cell = find(`[data-testid="digit-${digit}"]`, section);
      return { cell, asked: find("b", cell), value: find(".digit span", cell), mark: find("i", cell), bar: find(".bar div", cell) };
    });
  }

  /**
   * @param {Live | null} live @param {Rep | undefined} rep the newest settled one
   * @param {(number | null | undefined)[]} last the digits of that rep @param {number[] | null} target
   */
  show(live, rep, last, target) {
    const settled = live === null || live.phase === "idle" || (live.phase === "top" && live.rep_count === rep?.number);
    this.cells.forEach((_, digit) => this.put(digit, digitOf(digit, live, rep, last, target, settled), target));
    say(this.spoken, tempo(last, unsure(rep)));
  }

  /** @param {number} digit @param {Digit} shown @param {number[] | null} target */
  put(digit, { text, state, verdict }, target) {
    const { cell, asked, value, mark } = this.cells[digit];
    say(asked, target === null ? "" : written(digit, target[digit]));
    say(value, text);
    say(mark, verdict === null ? "" : MARKS[verdict]);
    if (cell.dataset.state !== state) cell.dataset.state = state;
    if ((cell.dataset.verdict ?? null) === verdict) return;
    if (verdict === null) {
      delete cell.dataset.verdict;
      for (const name of ["role", "aria-label"]) mark.removeAttribute(name);
    } else {
      cell.dataset.verdict = verdict;
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", words.judged[verdict]);
    }
  }

  /** How much of its time the running phase has had. @param {number} digit @param {number} share */
  fill(digit, share) {
    this.cells.forEach(({ cell, bar }, one) => {
      const scale = `scaleX(${one === digit ? Math.min(1, share).toFixed(3) : 0})`;
      if (bar.style.transform !== scale) bar.style.transform = scale;
      cell.toggleAttribute("data-over", one === digit && share > 1);
    });
  }
}

/**
 * @param {number} digit @param {Live | null} live @param {Rep | undefined} rep @param {(number | null | undefined)[]} last
 * @param {number[] | null} target @param {boolean} settled whether the newest rep is @returns {Digit}
 */
function digitOf(digit, live, rep, last, target, settled) {
  const current = live ? DIGIT_OF_PHASE[live.phase] : -1;
  if (digit === current) return { text: "", state: "running", verdict: null };
  const seen_s = settled ? null : live?.[PHASES[digit]];
  if (seen_s != null) return { text: tempoDigit(seen_s), state: "live", verdict: verdictOf(digit, target, seen_s, null) };
  const value_s = last[digit];
  const state = settled || (current + 3) % 4 === digit ? "settled" : "before";
  const verdict = verdictOf(digit, target, value_s, rep?.uncertainty[PHASES[digit]] ?? null);
  return { text: (unsure(rep)[digit] ? "~" : "") + tempoDigit(value_s), state, verdict };
}

/** @param {number} digit @param {number[] | null} target @param {number | null | undefined} value_s @param {number | null} sigma_s */
function verdictOf(digit, target, value_s, sigma_s) {
  const verdict = target && judge(digit, target[digit], value_s, sigma_s);
  if (!verdict) return null;
  return verdict.kept ? "kept" : verdict.error_s < 0 ? "short" : "long";
}

/** @param {Rep | undefined} rep */
function unsure(rep) {
  return PHASES.map((name) => (rep?.uncertainty[name] ?? 0) > UNSURE_S);
}
