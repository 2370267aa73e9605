/**
 * Draws the sled's position against time, and moves the range bar beside it. Now is at the right edge, or further left
 * where there is a path to follow, so that what is to come can be seen. The bar's rail is the vertical scale of both:
 * the sled on the bar is level with the end of the line.
 */

import { line } from "./path.js";

/**
 * @typedef {{at_s: number, number: number, flagged: boolean}} Mark the end of a settled rep
 * @typedef {import("./path.js").Leg} Leg
 * @typedef {[number, number]} Ends lowest and highest position
 *
 * shown_s: the device's instant now; range: of the set; full: of the machine; allowed: the prescribed limits.
 * @typedef {{course: import("./course.js").Course, shown_s: number, range: Ends | null, full: Ends | null, allowed: Ends | null,
 *   marks: Mark[], legs: Leg[]}} View
 */

const MIN_RANGE_M = 0.15;
/** How far beyond the range the canvas reaches, as a share of it. */
const MARGIN_SHARE = 0.15;
/** Of the width, what lies before now where there is a path. */
const AHEAD_SHARE = 0.42;

export class TraceView {
  /** @param {HTMLElement} section the one that holds canvas and range bar */
  constructor(section) {
    const pick = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (section.querySelector(selector));
    this.canvas = /** @type {HTMLCanvasElement} */ (pick("canvas"));
    this.rail = pick(".rail");
    this.sled = pick(".sled");
    this.done = pick(".done");
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    /** @type {Ends | null} */ this.scale = null;
    /** Where now is. */ this.now = 0;
    this.width = this.height = this.railTop = this.railHeight = 0;
    this.large = false;
    /** What was drawn last. @type {View | null} */ this.view = null;
    /** How much time the canvas shows. */ this.window_s = 0;
    const resized = new ResizeObserver(() => this.fit());
    for (const part of [this.canvas, this.rail]) resized.observe(part);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (this.colours = readColours()));
    this.fit();
    this.colours = readColours();
    this.font = getComputedStyle(document.body).fontFamily;
  }

  fit() {
    const ratio = devicePixelRatio;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.railTop = this.rail.offsetTop;
    this.railHeight = this.rail.offsetHeight;
    this.large = this.width > 700;
    this.window_s = Math.min(16, Math.max(8, this.width / 80));
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width === width && this.canvas.height === height) return;
    [this.canvas.width, this.canvas.height] = [width, height];
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.view) this.draw(this.view);
  }

  /** How long before and after now the canvas reaches, in seconds. @param {boolean} guided */
  reach(guided) {
    const ahead_s = guided ? AHEAD_SHARE * this.window_s : 0;
    return { behind_s: this.window_s - ahead_s, ahead_s };
  }

  /** @param {View} view */
  draw(view) {
    this.view = view;
    const { course, shown_s, range, full, allowed, marks, legs } = view;
    const { behind_s, ahead_s } = this.reach(legs.length > 0);
    this.now = this.width - (ahead_s ? (ahead_s / this.window_s) * this.width : 10);
    const pieces = course.pieces(shown_s - behind_s, shown_s).map(({ settled, time_s }) => {
      const points = time_s.map((t) => /** @type {[number, number]} */ ([t, course.position(t)]));
      return { settled, running: points[points.length - 1][0] === shown_s, points };
    });
    const seen = pieces.flatMap(({ points }) => points.map(([, position]) => position));
    this.rescale(widest([range, full, allowed]), seen);
    this.pen.clearRect(0, 0, this.width, this.height);
    for (const leg of legs) this.drawLeeway(leg, shown_s);
    this.drawLevels(full ?? range, [6, 6]);
    this.drawLevels(allowed, []);
    for (const leg of legs) this.drawLeg(leg, shown_s);
    if (ahead_s) this.drawNow();
    for (const piece of pieces) this.drawPiece(piece, shown_s);
    for (const mark of marks) this.drawMark(mark, course.position(mark.at_s), shown_s);
    this.moveBar(course.position(shown_s), range);
  }

  /**
   * Ease the vertical scale towards what has to fit: the range, and of what lies beyond it only what the margins
   * cannot hold.
   * @param {Ends | null} range @param {number[]} seen
   */
  rescale(range, seen) {
    if (!seen.length && !range) return;
    const margin = range ? MARGIN_SHARE * (range[1] - range[0]) : 0;
    const low = Math.min(Math.min(...seen) + margin, range?.[0] ?? Infinity);
    const high = Math.max(Math.max(...seen) - margin, range?.[1] ?? -Infinity, low + MIN_RANGE_M);
    if (this.scale === null) this.scale = [low, high];
    else this.scale = [this.scale[0] + (low - this.scale[0]) * 0.12, this.scale[1] + (high - this.scale[1]) * 0.12];
  }

  /** @param {number} t @param {number} shown_s */
  x(t, shown_s) {
    return this.now - ((shown_s - t) / this.window_s) * this.width;
  }

  /** @param {number} position_m */
  y(position_m) {
    const [low, high] = this.scale ?? [0, 1];
    return this.railTop + this.railHeight * (1 - (position_m - low) / (high - low));
  }

  /** @param {Ends | null} levels @param {number[]} dashes */
  drawLevels(levels, dashes) {
    if (!levels) return;
    this.pen.strokeStyle = this.colours.rule;
    this.pen.lineWidth = this.large ? 2 : 1.5;
    this.pen.setLineDash(dashes);
    for (const level of levels) {
      this.pen.beginPath();
      this.pen.moveTo(0, this.y(level));
      this.pen.lineTo(this.width, this.y(level));
      this.pen.stroke();
    }
    this.pen.setLineDash([]);
  }

  /** Where a line may run that keeps the leg's time. @param {Leg} leg @param {number} shown_s */
  drawLeeway(leg, shown_s) {
    if (leg.left_s < shown_s) return;
    const area = new Path2D();
    const half = leg.digit % 2 === 1 ? (this.large ? 12 : 7) : 0;
    const early = line(leg, leg.digit % 2 === 1 ? leg.late_s : leg.early_s);
    for (const [t, position] of early) area.lineTo(this.x(t, shown_s), this.y(position) - half);
    for (const [t, position] of line(leg, leg.late_s).reverse()) area.lineTo(this.x(t, shown_s), this.y(position) + half);
    this.pen.fillStyle = this.colours.leeway;
    this.pen.fill(area);
  }

  /** @param {Leg} leg @param {number} shown_s */
  drawLeg(leg, shown_s) {
    const path = new Path2D();
    for (const [t, position] of line(leg, leg.to_s)) path.lineTo(this.x(t, shown_s), this.y(position));
    this.pen.strokeStyle = leg.left_s < shown_s ? this.colours.leeway : this.colours.path;
    this.pen.lineWidth = this.large ? 8 : 5;
    this.pen.lineJoin = this.pen.lineCap = "round";
    this.pen.stroke(path);
  }

  drawNow() {
    this.pen.strokeStyle = this.colours.rule;
    this.pen.lineWidth = this.large ? 2 : 1.5;
    this.pen.beginPath();
    this.pen.moveTo(this.now, 0);
    this.pen.lineTo(this.now, this.height);
    this.pen.stroke();
  }

  /**
   * Settled reps are filled, what is still running is an outline, and what lay between two reps is a thin line.
   * @param {{settled: boolean, running: boolean, points: [number, number][]}} piece @param {number} shown_s
   */
  drawPiece({ settled, running, points }, shown_s) {
    const path = new Path2D();
    for (const [t, position] of points) path.lineTo(this.x(t, shown_s), this.y(position));
    const [t, position] = points[points.length - 1];
    if (settled) this.fill(path, this.x(points[0][0], shown_s), this.x(t, shown_s));
    const strong = settled || running;
    this.pen.strokeStyle = strong ? this.colours.line : this.colours.soft;
    this.pen.lineWidth = (this.large ? 5 : 3) * (strong ? 1 : 0.5);
    this.pen.lineJoin = this.pen.lineCap = "round";
    this.pen.stroke(path);
    if (!running) return;
    this.pen.fillStyle = this.colours.line;
    this.pen.beginPath();
    this.pen.arc(this.x(t, shown_s), this.y(position), this.large ? 9 : 6, 0, 2 * Math.PI);
    this.pen.fill();
  }

  /** Down to the lower end of the range. @param {Path2D} path @param {number} left @param {number} right */
  fill(path, left, right) {
    const floor = this.y(this.scale?.[0] ?? 0);
    const area = new Path2D(path);
    area.lineTo(right, floor);
    area.lineTo(left, floor);
    this.pen.fillStyle = this.colours.fill;
    this.pen.fill(area);
  }

  /** @param {Mark} mark @param {number | null} position @param {number} shown_s */
  drawMark(mark, position, shown_s) {
    const x = this.x(mark.at_s, shown_s);
    if (x < 0) return;
    const y = this.y(position ?? 0) - (this.large ? 22 : 12);
    this.pen.font = `600 ${this.large ? 24 : 14}px ${this.font}`;
    this.pen.textAlign = "center";
    this.pen.fillStyle = mark.flagged ? this.colours.warn : this.colours.soft;
    this.pen.fillText(mark.flagged ? `▲ ${mark.number}` : String(mark.number), x, y);
  }

  /** @param {number | null} position @param {Ends | null} range */
  moveBar(position, range) {
    this.sled.hidden = position === null;
    this.done.hidden = range === null;
    if (position !== null) this.sled.style.transform = `translate(-50%, ${this.y(position) - this.railTop}px)`;
    if (range === null) return;
    this.done.style.transform = `translate(-50%, ${this.y(range[1]) - this.railTop}px)`;
    this.done.style.height = `${this.y(range[0]) - this.y(range[1])}px`;
  }
}

/** @param {(Ends | null)[]} all @returns {Ends | null} */
function widest(all) {
  const known = all.filter((one) => one !== null);
  return known.length ? [Math.min(...known.map(([low]) => low)), Math.max(...known.map(([, high]) => high))] : null;
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    line: colour("--accent"), fill: colour("--accent-tint"), soft: colour("--soft"), rule: colour("--line"),
    warn: colour("--warn"), path: colour("--path"), leeway: colour("--leeway"),
  };
}
