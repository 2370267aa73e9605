/**
 * What is shown of the recording: one stretch of time that every chart follows.
 * @typedef {[string, number, number, number | null]} Span phase, from, to, told
 * @typedef {{set: number, number: number, start_s: number, end_s: number, spans: Span[], tempo: string, range: string,
 *   flags: string[], digits: string[][], cells: string[][], marks: [string, number][],
 *   mean: [number, number, number | null], ends: [number, number, number] | null, peaks: [number, number, number][],
 *   sticking: [number, number] | null}} Rep
 * @typedef {{letter: string, start_s: number, end_s: number, reason: string, gates: Record<string, string>}} Rejected
 * @typedef {(number | null)[]} Column
 * @typedef {{headline: string, on_rail: boolean, span_s: [number, number], overview: Column[], acceleration: Column[],
 *   live: Column[], settled: Column[], live_phases: Span[], reps: Rep[], rejected: Rejected[], gates: string[],
 *   sets: {number: number, start_s: number, end_s: number, reps: number}[], columns: [string, string][],
 *   gaps: [number, number, number | null][], untracked: [number, number][], notices: [number, string][]}} Data
 */

const LEAST_S = 0.2;

class View {
  /** @param {number} first_s @param {number} last_s */
  constructor(first_s, last_s) {
    this.limits = [first_s, last_s];
    this.from_s = first_s;
    this.to_s = last_s;
    /** @type {(() => void)[]} */ this.followers = [];
    this.waiting = false;
  }

  /** @param {number} from_s @param {number} to_s moved back into the recording where they reach beyond */
  show(from_s, to_s) {
    const [first, last] = this.limits;
    const width = Math.min(Math.max(to_s - from_s, LEAST_S), last - first);
    const middle = (from_s + to_s) / 2;
    this.from_s = Math.min(Math.max(middle - width / 2, first), last - width);
    this.to_s = this.from_s + width;
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      for (const follow of this.followers) follow();
    });
  }

  showAll() {
    this.show(this.limits[0], this.limits[1]);
  }

  /** @param {number} start_s @param {number} end_s with some context */
  frame(start_s, end_s, context_s = 3) {
    this.show(start_s - context_s, end_s + context_s);
  }

  /** @param {number} seconds */
  move(seconds) {
    this.show(this.from_s + seconds, this.to_s + seconds);
  }

  /** @param {number} factor under 1 shows less @param {number} about_s stays where it is */
  zoom(factor, about_s = (this.from_s + this.to_s) / 2) {
    this.show(about_s - (about_s - this.from_s) * factor, about_s + (this.to_s - about_s) * factor);
  }

  /** @param {number} share of the width */
  step(share) {
    this.move(share * (this.to_s - this.from_s));
  }
}

/** The stretch in the address, `#12.5-20`. @param {View} view @returns {boolean} whether there was one */
function readAddress(view) {
  const found = /^#(-?[\d.]+)-(-?[\d.]+)$/.exec(location.hash);
  if (!found || !(Number(found[1]) < Number(found[2]))) return false;
  view.show(Number(found[1]), Number(found[2]));
  return true;
}

/** @param {View} view */
function keepAddress(view) {
  let timer = 0;
  view.followers.push(() => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", `#${view.from_s.toFixed(2)}-${view.to_s.toFixed(2)}`), 200);
  });
}

/** Mouse, wheel and fingers on a chart. @param {any} plot a uPlot @param {View} view */
function takeGestures(plot, view) {
  const over = /** @type {HTMLElement} */ (plot.over);
  const perPixel = () => (view.to_s - view.from_s) / over.clientWidth;
  const at = (/** @type {number} */ clientX) => view.from_s + (clientX - over.getBoundingClientRect().left) * perPixel();
  over.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(Math.max(-50, Math.min(50, event.deltaY)) / 150), at(event.clientX));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.move(event.deltaX * perPixel());
    else return;
    event.preventDefault();
  }, { passive: false });
  over.addEventListener("mousedown", (event) => {
    if (!event.shiftKey) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    const move = (/** @type {MouseEvent} */ moved) => view.move(-moved.movementX * perPixel());
    addEventListener("mousemove", move);
    addEventListener("mouseup", () => removeEventListener("mousemove", move), { once: true });
  }, { capture: true });
  takeFingers(over, view, perPixel, at);
}

/** One finger moves, two zoom. @param {HTMLElement} over @param {View} view @param {() => number} perPixel @param {(x: number) => number} at */
function takeFingers(over, view, perPixel, at) {
  /** @type {Map<number, number>} */
  const fingers = new Map();
  const gone = (/** @type {PointerEvent} */ event) => fingers.delete(event.pointerId);
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, event.clientX);
  });
  over.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) view.move((before - event.clientX) * perPixel());
    else view.zoom(Math.max(20, Math.abs(before - other)) / Math.max(20, Math.abs(event.clientX - other)), at(other));
    fingers.set(event.pointerId, event.clientX);
  });
  over.addEventListener("pointerup", gone);
  over.addEventListener("pointercancel", gone);
}
