/**
 * Draws the sled's position against time, newest at the right edge, and moves the range bar beside it. The bar's
 * rail is the vertical scale of both, so the sled on the bar is level with the end of the line.
 */

/** @typedef {{from_s: number | null, to_s: number, number: number, flagged: boolean}} Mark a settled rep */

const MIN_RANGE_M = 0.15;

export class TraceView {
  /** @param {HTMLElement} section the one that holds canvas and range bar */
  constructor(section) {
    const pick = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (section.querySelector(selector));
    this.canvas = /** @type {HTMLCanvasElement} */ (pick("canvas"));
    this.rail = pick(".rail");
    this.sled = pick(".sled");
    this.done = pick(".done");
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    /** @type {[number, number] | null} */ this.scale = null;
    new ResizeObserver(() => this.fit()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.readColours());
    this.fit();
    this.readColours();
  }

  fit() {
    const ratio = devicePixelRatio;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.railTop = this.rail.offsetTop;
    this.railHeight = this.rail.offsetHeight;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.large = this.width > 700;
    this.window_s = Math.min(16, Math.max(7, this.width / 80));
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    this.colours = {
      line: colour("--accent"), fill: colour("--accent-tint"), soft: colour("--soft"), rule: colour("--line"),
      warn: colour("--warn"),
    };
    this.font = getComputedStyle(document.body).fontFamily;
  }

  /**
   * @param {import("./motion.js").MotionBuffer} motion @param {number} shown_s device instant at the right edge
   * @param {[number, number] | null} range lowest and highest position of the set @param {Mark[]} marks
   */
  draw(motion, shown_s, range, marks) {
    const from_s = shown_s - this.window_s;
    const stretches = motion.stretches(from_s, shown_s);
    this.rescale(range, stretches);
    this.pen.clearRect(0, 0, this.width, this.height);
    this.drawEnds(range);
    for (const stretch of stretches) this.drawStretch(stretch, shown_s, marks);
    for (const mark of marks) this.drawMark(mark, motion, shown_s);
    this.moveBar(motion.position(shown_s), range);
  }

  /**
   * Ease the vertical scale towards what has to fit.
   * @param {[number, number] | null} range @param {[number, number][][]} stretches
   */
  rescale(range, stretches) {
    const seen = stretches.flat().map(([, position]) => position);
    if (!seen.length && !range) return;
    const low = Math.min(...seen, range?.[0] ?? Infinity);
    const high = Math.max(...seen, range?.[1] ?? -Infinity, low + MIN_RANGE_M);
    if (this.scale === null) this.scale = [low, high];
    else this.scale = [this.scale[0] + (low - this.scale[0]) * 0.12, this.scale[1] + (high - this.scale[1]) * 0.12];
  }

  /** @param {number} t @param {number} shown_s */
  x(t, shown_s) {
    return this.width - 10 - ((shown_s - t) / this.window_s) * (this.width - 10);
  }

  /** @param {number} position_m */
  y(position_m) {
    const [low, high] = this.scale ?? [0, 1];
    return this.railTop + this.railHeight * (1 - (position_m - low) / (high - low));
  }

  /** @param {[number, number] | null} range */
  drawEnds(range) {
    if (!range) return;
    this.pen.strokeStyle = this.colours.rule;
    this.pen.lineWidth = this.large ? 2 : 1.5;
    this.pen.setLineDash([6, 6]);
    for (const end of range) {
      this.pen.beginPath();
      this.pen.moveTo(0, this.y(end));
      this.pen.lineTo(this.width, this.y(end));
      this.pen.stroke();
    }
    this.pen.setLineDash([]);
  }

  /** @param {[number, number][]} stretch @param {number} shown_s @param {Mark[]} marks */
  drawStretch(stretch, shown_s, marks) {
    const path = new Path2D();
    for (const [t, position] of stretch) path.lineTo(this.x(t, shown_s), this.y(position));
    this.fillSettled(path, stretch, shown_s, marks);
    this.pen.strokeStyle = this.colours.line;
    this.pen.lineWidth = this.large ? 5 : 3;
    this.pen.lineJoin = this.pen.lineCap = "round";
    this.pen.stroke(path);
    const [t, position] = stretch[stretch.length - 1];
    if (t < shown_s) return;
    this.pen.fillStyle = this.colours.line;
    this.pen.beginPath();
    this.pen.arc(this.x(t, shown_s), this.y(position), this.large ? 9 : 6, 0, 2 * Math.PI);
    this.pen.fill();
  }

  /**
   * Settled reps are filled, what is still running is an outline.
   * @param {Path2D} path @param {[number, number][]} stretch @param {number} shown_s @param {Mark[]} marks
   */
  fillSettled(path, stretch, shown_s, marks) {
    const floor = this.y(this.scale?.[0] ?? 0);
    const area = new Path2D(path);
    area.lineTo(this.x(stretch[stretch.length - 1][0], shown_s), floor);
    area.lineTo(this.x(stretch[0][0], shown_s), floor);
    this.pen.fillStyle = this.colours.fill;
    for (const { from_s, to_s } of marks) {
      if (from_s === null) continue;
      this.pen.save();
      this.pen.beginPath();
      this.pen.rect(this.x(from_s, shown_s), 0, this.x(to_s, shown_s) - this.x(from_s, shown_s), this.height);
      this.pen.clip();
      this.pen.fill(area);
      this.pen.restore();
    }
  }

  /** @param {Mark} mark @param {import("./motion.js").MotionBuffer} motion @param {number} shown_s */
  drawMark(mark, motion, shown_s) {
    const x = this.x(mark.to_s, shown_s);
    if (x < 0) return;
    const position = motion.position(mark.to_s);
    const y = this.y(position ?? 0) - (this.large ? 22 : 12);
    this.pen.font = `600 ${this.large ? 24 : 14}px ${this.font}`;
    this.pen.textAlign = "center";
    this.pen.fillStyle = mark.flagged ? this.colours.warn : this.colours.soft;
    this.pen.fillText(mark.flagged ? `▲ ${mark.number}` : String(mark.number), x, y);
  }

  /** @param {number | null} position @param {[number, number] | null} range */
  moveBar(position, range) {
    this.sled.hidden = position === null;
    this.done.hidden = range === null;
    if (position !== null) this.sled.style.transform = `translate(-50%, ${this.y(position) - this.railTop}px)`;
    if (range === null) return;
    this.done.style.transform = `translate(-50%, ${this.y(range[1]) - this.railTop}px)`;
    this.done.style.height = `${this.y(range[0]) - this.y(range[1])}px`;
  }
}
