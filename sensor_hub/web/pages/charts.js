/** uPlot charts of a set, in the page's colours, drawn anew when those change. */

import { number } from "./format.js";
import { words } from "./words.js";

/** @typedef {{from_s: number, to_s: number, phase: "eccentric" | "bottom" | "concentric" | "rejected"}} Band */

/**
 * What a chart is drawn across, where it is not seconds. tick, shown: a value in words, at the axis and under the pointer.
 * @typedef {{name: string, tick: (x: number) => string, shown: (x: number) => string, steps?: number[],
 *   span: (least: number, most: number) => [number, number]}} Across
 */

/** 52 mm wide, beside a table of ten reps. */
const PAPER = { width: 196, height: 135 };
/** Between two lines that cross out what does not count. */
const HATCH = 7;
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * Where the reps' phases lie, from their settled numbers, in seconds after `zero_s`.
 * @param {import("./types.js").Rep[]} reps @param {number} zero_s @returns {Band[]}
 */
export function bands(reps, zero_s) {
  return reps.flatMap((rep) => {
    const push_s = rep.end_s - rep.concentric_s - zero_s;
    /** @type {Band[]} */
    const found = [{ from_s: push_s, to_s: rep.end_s - zero_s, phase: "concentric" }];
    if (rep.start_s === null || rep.eccentric_s === null) return found;
    const low_s = rep.start_s - zero_s + rep.eccentric_s;
    found.unshift({ from_s: rep.start_s - zero_s, to_s: low_s, phase: "eccentric" });
    return found;
  });
}

/** Slanted lines in a box: what is there and does not count.
 * @param {CanvasRenderingContext2D} ctx @param {number} left @param {number} top @param {number} width @param {number} height */
function hatch(ctx, left, top, width, height) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.beginPath();
  const step = HATCH * devicePixelRatio;
  for (let x = left - height; x < left + width; x += step) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.strokeStyle = colour("--soft");
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = devicePixelRatio;
  ctx.stroke();
  ctx.restore();
}

/** @param {Band[]} shaded */
function shade(shaded) {
  return (/** @type {uPlot} */ plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { from_s, to_s, phase } of shaded) {
      const left = plot.valToPos(from_s, "x", true);
      const width = plot.valToPos(to_s, "x", true) - left;
      if (phase === "rejected") {
        hatch(ctx, left, bbox.top, width, bbox.height);
        continue;
      }
      ctx.fillStyle = colour(phase === "eccentric" ? "--lowering" : "--pushing");
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
    ctx.restore();
  };
}

/** Shows the legend of the series under the pointer only. @param {uPlot} plot @param {number | null} focused */
function name(plot, focused) {
  plot.root.querySelectorAll(".u-series").forEach((/** @type {Element} */ row, /** @type {number} */ i) => row.classList.toggle("named", i === focused));
}

/**
 * A series' `rest` is its course where it is of less interest: drawn thin, and shown for a value where there is none.
 * `crowd`: many alike; only the one under the pointer is named. `dots`: single values, full, small or hollow, joined by a thin
 * line where `joined`. `most`: the axis goes from nothing to at least so much. `bare`: nothing is told under the chart. `paper`: its
 * size in print, where it is not beside a table.
 * @param {HTMLElement} place
 * @param {{label: string, unit: string, height: number, sync?: string, digits: number, crowd?: boolean,
 *   across?: Across, most?: number, bare?: boolean, paper?: {width: number, height: number},
 *   series: {label: string, stroke: string, alpha?: number, dash?: number[], dots?: "full" | "small" | "hollow", joined?: boolean, values: (number | null)[], rest?: (number | null)[]}[],
 *   time_s: number[], shaded?: Band[]}} chart
 */
export function draw(place, chart) {
  /** @type {uPlot | null} */ let plot = null;
  const width = () => place.clientWidth;
  const paint = () => {
    plot?.destroy();
    const columns = chart.series.flatMap(({ values, rest }) => (rest ? [values, rest] : [values]));
    /** @type {uPlot.AlignedData} */
    const data = [chart.time_s, ...columns];
    plot = new uPlot(options(chart, width()), data, place);
  };
  place.classList.toggle("crowd", Boolean(chart.crowd));
  place.classList.toggle("bare", Boolean(chart.bare));
  paint();
  dark.addEventListener("change", paint);
  addEventListener("colours", paint);
  const fit = () => plot?.setSize({ width: width(), height: chart.height });
  addEventListener("beforeprint", () => plot?.setSize(chart.paper ?? PAPER));
  addEventListener("afterprint", fit);
  new ResizeObserver(() => matchMedia("print").matches || fit()).observe(place);
}

/** @param {Parameters<typeof draw>[1]} chart @param {number} width @returns {uPlot.Options} */
function options(chart, width) {
  const { across, most } = chart;
  const text = colour("--soft");
  const axis = {
    stroke: text,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `13px ${getComputedStyle(document.body).fontFamily}`,
  };
  const shown = (/** @type {number | null | undefined} */ value) =>
    value == null ? words.none : `${number(value, chart.digits)} ${chart.unit}`;
  return {
    width,
    height: chart.height,
    padding: [10, 6, 0, 0],
    cursor: { sync: chart.sync ? { key: chart.sync } : undefined, drag: { x: true, y: false }, points: { size: 7 }, focus: { prox: chart.crowd ? 24 : -1 } },
    focus: { alpha: 0.2 },
    scales: {
      x: { time: false, ...(across && { range: (/** @type {uPlot} */ _, /** @type {number} */ least, /** @type {number} */ most) => across.span(least, most) }) },
      y: most === undefined ? {} : { range: (/** @type {uPlot} */ _, /** @type {number} */ __, /** @type {number} */ highest) => [0, Math.max(most, highest * 1.1)] },
    },
    axes: [
      { ...axis, size: 34, ...(across?.steps && { incrs: across.steps, space: 72 }), values: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => ticks.map(across?.tick ?? ((tick) => `${tick.toLocaleString(words.locale)} s`)) },
      { ...axis, size: 56, values: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => tick.toLocaleString(words.locale)) },
    ],
    series: [
      { label: across?.name ?? words.time, value: (/** @type {uPlot} */ _, /** @type {number | null} */ x) => (x == null ? words.none : across ? across.shown(x) : `${number(x, 1)} s`) },
      ...chart.series.flatMap(({ label, stroke, rest, dots, dash, joined = false, alpha = 1 }) => {
        const value = (/** @type {uPlot} */ _, /** @type {number | null} */ value, /** @type {number} */ __, /** @type {number | null} */ i) =>
          shown(value ?? (i === null ? null : rest?.[i]));
        const line = { label, stroke: () => colour(stroke), alpha, dash, width: 2, value, points: { show: false } };
        if (dots) Object.assign(line, { width: joined ? 1 : 0, spanGaps: true, points: { show: true, size: dots === "small" ? 4 : 8, width: 2, fill: () => colour(dots === "hollow" ? "--card" : stroke) } });
        const thin = { class: "unseen", stroke: () => colour("--soft"), width: 1, points: { show: false } };
        return rest ? [line, thin] : [line];
      }),
    ],
    hooks: { drawClear: chart.shaded ? [shade(chart.shaded)] : [], setSeries: chart.crowd ? [name] : [] },
  };
}
