/** What is painted under and over the lines: phases, gaps, rejected strokes, ranges, peaks, marks and names. */

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Every colour that is painted with, read once per theme. */
function readPalette() {
  const names = [
    "eccentric", "bottom", "concentric", "top", "eccentric-strip", "bottom-strip", "concentric-strip", "top-strip",
    "live", "shaken", "lost", "ink", "soft", "line", "accent", "warn", "warn-tint", "card",
  ];
  return Object.fromEntries(names.map((name) => [name, colour(`--${name}`)]));
}

/** Places on a chart in its own pixels. @param {any} plot */
function pen(plot) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const x = (/** @type {number} */ at_s) => plot.valToPos(at_s, "x", true);
  const y = (/** @type {number} */ value) => plot.valToPos(value, "y", true);
  const seen = (/** @type {number} */ from_s, /** @type {number} */ to_s) =>
    to_s >= plot.scales.x.min && from_s <= plot.scales.x.max;
  const box = (/** @type {number} */ from_s, /** @type {number} */ to_s, /** @type {string} */ fill, top = bbox.top, height = bbox.height) => {
    if (!seen(from_s, to_s)) return;
    ctx.fillStyle = fill;
    ctx.fillRect(x(from_s), top, Math.max(x(to_s) - x(from_s), ratio), height);
  };
  const clipped = (/** @type {() => void} */ work, above = 0) => {
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - above * ratio, bbox.width, bbox.height + above * ratio);
    ctx.clip();
    work();
    ctx.restore();
  };
  const font = (/** @type {number} */ size, weight = 400) => {
    ctx.font = `${weight} ${size * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  };
  return { ctx, bbox, ratio, x, y, seen, box, clipped, font };
}

/** Slanted lines over a box: what is missing or rejected. @param {ReturnType<typeof pen>} p */
function hatch(p, /** @type {number} */ from_s, /** @type {number} */ to_s, /** @type {string} */ stroke, top = p.bbox.top, height = p.bbox.height) {
  if (!p.seen(from_s, to_s)) return;
  const left = Math.max(p.x(from_s), p.bbox.left);
  const right = Math.max(Math.min(p.x(to_s), p.bbox.left + p.bbox.width), left + p.ratio);
  p.ctx.save();
  p.ctx.beginPath();
  p.ctx.rect(left, top, right - left, height);
  p.ctx.clip();
  p.ctx.strokeStyle = stroke;
  p.ctx.lineWidth = p.ratio;
  p.ctx.beginPath();
  for (let start = left - height; start < right; start += 7 * p.ratio) {
    p.ctx.moveTo(start, top + height);
    p.ctx.lineTo(start + height, top);
  }
  p.ctx.stroke();
  p.ctx.restore();
}

/** Under the lines of every chart. @param {Data} data @param {Record<string, string>} palette */
function paintUnder(data, palette) {
  return (/** @type {any} */ plot) => {
    const p = pen(plot);
    p.clipped(() => {
      for (const { spans } of data.reps) for (const [phase, from, to] of spans) p.box(from, to, palette[phase]);
      for (const { start_s, end_s } of data.rejected) {
        p.ctx.globalAlpha = 0.6;
        p.box(start_s, end_s, palette["warn-tint"]);
        p.ctx.globalAlpha = 1;
      }
      for (const [from, to] of data.gaps) {
        p.box(from, to, palette.card);
        hatch(p, from, to, palette.lost);
      }
      p.ctx.setLineDash([3 * p.ratio, 3 * p.ratio]);
      for (const [at] of data.notices) p.box(at, at, palette.soft);
    });
  };
}

/** A bar of two standard uncertainties either way. @param {ReturnType<typeof pen>} p @param {[number, number, number]} bar @param {string} stroke */
function paintBar(p, [at_s, value, sigma], stroke) {
  if (!p.seen(at_s, at_s)) return;
  const [x, low, high, half] = [p.x(at_s), p.y(value - 2 * sigma), p.y(value + 2 * sigma), 3 * p.ratio];
  p.ctx.strokeStyle = stroke;
  p.ctx.lineWidth = 1.4 * p.ratio;
  p.ctx.beginPath();
  for (const y of [low, high, p.y(value)]) {
    p.ctx.moveTo(x - half, y);
    p.ctx.lineTo(x + half, y);
  }
  p.ctx.moveTo(x, low);
  p.ctx.lineTo(x, high);
  p.ctx.stroke();
}

/** Over the position: where each range ends, and above it the reps' names. @param {Data} data @param {Record<string, string>} palette */
function paintPosition(data, palette) {
  return (/** @type {any} */ plot) => {
    const p = pen(plot);
    p.clipped(() => {
      p.font(11);
      p.ctx.fillStyle = palette.soft;
      p.ctx.textAlign = "center";
      for (const [from, to] of data.untracked) {
        const middle = (Math.max(from, plot.scales.x.min) + Math.min(to, plot.scales.x.max)) / 2;
        if (p.seen(from, to) && p.x(to) - p.x(from) > 56 * p.ratio) p.ctx.fillText("no track", p.x(middle), p.y(0) - 4 * p.ratio);
      }
      for (const [at, text] of data.notices) {
        const late = p.x(at) > p.bbox.left + p.bbox.width / 2;
        p.ctx.textAlign = late ? "right" : "left";
        p.ctx.fillText(text, p.x(at) + (late ? -5 : 5) * p.ratio, p.bbox.top + p.bbox.height - 6 * p.ratio);
      }
      for (const rep of data.reps) if (rep.ends) paintBar(p, rep.ends, rep.flags.includes("partial") ? palette.warn : palette.ink);
    });
    p.clipped(() => {
      p.ctx.textAlign = "center";
      for (const rep of data.reps) if (p.seen(rep.start_s, rep.end_s)) paintName(p, rep, palette);
      p.ctx.fillStyle = palette.warn;
      p.font(13, 700);
      for (const one of data.rejected) {
        if (p.seen(one.start_s, one.end_s)) p.ctx.fillText(one.letter, p.x((one.start_s + one.end_s) / 2), p.bbox.top + 15 * p.ratio);
      }
    }, NAMES_PX);
  };
}

const NAMES_PX = 62;

/** As much of a rep's name as there is room for. @param {ReturnType<typeof pen>} p @param {Rep} rep @param {Record<string, string>} palette */
function paintName(p, rep, palette) {
  const room = (p.x(rep.end_s) - p.x(rep.start_s)) / p.ratio;
  const middle = p.x((rep.start_s + rep.end_s) / 2);
  const up = (/** @type {number} */ pixels) => p.bbox.top - pixels * p.ratio;
  const flags = rep.flags.join(", ");
  p.ctx.fillStyle = flags ? palette.warn : palette.ink;
  const full = room > 76;
  if (room > 13 || (flags && room > 8)) {
    p.font(full ? 16 : 13, 650);
    p.ctx.fillText(flags && !full ? `${rep.number}▲` : String(rep.number), middle, up(full ? 32 : 6));
  }
  if (!full) return;
  p.font(11, 600);
  p.ctx.fillText(flags, middle, up(50));
  p.font(12);
  p.ctx.fillText(rep.tempo, middle, up(18));
  p.font(11);
  p.ctx.fillStyle = palette.soft;
  p.ctx.fillText(rep.range, middle, up(5));
}

/** Over the velocity: peaks, means, sticking points, bounces and hard lockouts. @param {Data} data @param {Record<string, string>} palette */
function paintVelocity(data, palette) {
  return (/** @type {any} */ plot) => {
    const p = pen(plot);
    p.clipped(() => {
      for (const rep of data.reps) {
        if (!p.seen(rep.start_s, rep.end_s)) continue;
        for (const peak of rep.peaks) paintBar(p, peak, palette.ink);
        const [from, to, mean] = rep.mean;
        if (mean !== null) {
          p.ctx.strokeStyle = palette.ink;
          p.ctx.lineWidth = p.ratio;
          p.ctx.setLineDash([4 * p.ratio, 3 * p.ratio]);
          p.ctx.beginPath();
          p.ctx.moveTo(p.x(from), p.y(mean));
          p.ctx.lineTo(p.x(to), p.y(mean));
          p.ctx.stroke();
          p.ctx.setLineDash([]);
        }
        p.ctx.fillStyle = palette.warn;
        p.ctx.textAlign = "center";
        p.font(13);
        if (rep.sticking) {
          p.ctx.fillStyle = palette.ink;
          p.ctx.fillText("▽", p.x(rep.sticking[0]), p.y(rep.sticking[1]) + 5 * p.ratio);
          p.ctx.fillStyle = palette.warn;
        }
        for (const [mark, at] of rep.marks) p.ctx.fillText(mark === "bounce" ? "▲" : "■", p.x(at), p.y(0) + 5 * p.ratio);
      }
    });
  };
}

/** The strip of phases: above as settled, below as the live screen said. @param {Data} data @param {Record<string, string>} palette */
function paintPhases(data, palette) {
  return (/** @type {any} */ plot) => {
    const p = pen(plot);
    const { top, height } = p.bbox;
    p.clipped(() => {
      for (const { spans } of data.reps) for (const [phase, from, to] of spans) p.box(from, to, palette[`${phase}-strip`], top, 0.55 * height);
      for (const one of data.rejected) hatch(p, one.start_s, one.end_s, palette.warn, top, 0.55 * height);
      p.ctx.globalAlpha = 0.5;
      for (const [phase, from, to] of data.live_phases) p.box(from, to, palette[`${phase}-strip`], top + 0.65 * height, 0.35 * height);
      p.ctx.globalAlpha = 1;
    });
  };
}
