/** The charts: uPlot with the page's colours, all following one view and one cursor. */

/**
 * @typedef {{caption: string, height: number, data: any, series: {stroke: string, width: number}[], top?: number,
 *   fit?: number, hidden?: boolean, under?: ReturnType<typeof paintUnder>, over?: ReturnType<typeof paintUnder>}} Chart
 */

const AXIS_PX = 52;
const BREAKING = 2;
/* uPlot.join: a null breaks the line up to the next value of its own series. */

/** @param {Data} data */
function chartsOf(data) {
  const palette = readPalette();
  const under = paintUnder(data, palette);
  // @ts-ignore: uPlot is a classic script
  const joined = (/** @type {number} */ column) => uPlot.join([[data.live[0], data.live[column]], [data.settled[0], data.settled[column]]], [[0, BREAKING], [0, BREAKING]]);
  const lines = [{ stroke: "live", width: 1 }, { stroke: "accent", width: 2 }];
  const shaking = [{ stroke: "shaken", width: 0.7 }, { stroke: "ink", width: 1.2 }];
  const force = data.on_rail ? "Acceleration along the rail, m/s²" : "Size of the force less its median, m/s² (no rail was found)";
  /** @type {Chart[]} */
  const charts = [
    { caption: "Position from each rep's start, cm", height: 300, data: joined(1), series: lines, top: NAMES_PX, under, over: paintPosition(data, palette) },
    { caption: "Phases: settled, and below as told live", height: 40, data: [data.span_s, [0, 0]], series: [{ stroke: "line", width: 0 }], hidden: true, over: paintPhases(data, palette) },
    { caption: "Velocity along the rail, m/s", height: 210, data: joined(2), series: lines, under, over: paintVelocity(data, palette) },
    { caption: force, height: 190, data: data.acceleration, series: shaking, fit: 2, under },
  ];
  return { charts, palette };
}

/** @param {HTMLElement} place @param {Data} data @param {View} view @param {(at_s: number | null) => void} point */
function drawCharts(place, data, view, point) {
  const { charts, palette } = chartsOf(data);
  const plots = charts.map((chart, i) => {
    const figure = element("figure", { class: "chart" }, element("figcaption", {}, chart.caption));
    place.append(figure);
    const options = optionsOf(chart, palette, place.clientWidth, i === charts.length - 1);
    options.hooks.setSelect = [(/** @type {any} */ plot) => select(plot, view)];
    options.hooks.setCursor = [(/** @type {any} */ plot) => point(plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : null)];
    options.cursor.bind = { dblclick: () => () => view.showAll() };
    // @ts-ignore: uPlot is a classic script
    const plot = new uPlot(options, chart.data, figure);
    takeGestures(plot, view);
    return plot;
  });
  const follow = () => plots.forEach((plot) => plot.setScale("x", { min: view.from_s, max: view.to_s }));
  const resize = () => plots.forEach((plot, i) => plot.setSize({ width: place.clientWidth, height: charts[i].height }));
  return { plots, follow, resize };
}

/** @param {any} plot @param {View} view */
function select(plot, view) {
  const { left, width } = plot.select;
  if (width > 3) view.show(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

/** @param {Chart} chart @param {Record<string, string>} palette @param {number} width @param {boolean} last has the times below it */
function optionsOf(chart, palette, width, last) {
  const axis = {
    stroke: palette.soft, grid: { stroke: palette.line, width: 1 }, ticks: { show: false },
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
  };
  const below = { ...axis, grid: { show: false }, size: last ? 30 : 6, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => (last ? `${tick} s` : "")) };
  const beside = { ...axis, size: AXIS_PX, grid: { ...axis.grid, show: !chart.hidden }, values: chart.hidden ? () => [] : undefined };
  return {
    width,
    height: chart.height,
    padding: [(chart.top ?? 0) + 6, 14, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "picture" }, drag: { x: true, y: false, setScale: false }, y: false, points: chart.hidden ? { show: false } : { size: 7 }, bind: {} },
    scales: { x: { time: false, auto: false, range: (/** @type {any} */ _, /** @type {number} */ min, /** @type {number} */ max) => [min, max] }, y: { range: reach(chart) } },
    axes: [below, beside],
    series: [{}, ...chart.series.map(({ stroke, width: thick }) => ({ stroke: palette[stroke], width: thick, points: { show: false } }))],
    hooks: /** @type {Record<string, any>} */ ({ drawClear: chart.under ? [chart.under] : [], draw: chart.over ? [chart.over] : [] }),
  };
}

/** Fits what is drawn with some room; with `fit`, only that column, so that a spike does not flatten the rest. @param {Chart} chart */
function reach(chart) {
  return (/** @type {any} */ plot, /** @type {number | null} */ min, /** @type {number | null} */ max) => {
    if (chart.hidden) return [0, 1];
    let [low, high] = [min ?? 0, max ?? 0];
    if (chart.fit !== undefined) {
      const seen = chart.data[chart.fit].slice(...plot.series[0].idxs);
      low = seen.reduce((/** @type {number} */ a, /** @type {number} */ b) => Math.min(a, b ?? a), 0);
      high = seen.reduce((/** @type {number} */ a, /** @type {number} */ b) => Math.max(a, b ?? a), 0);
    }
    const room = 0.1 * Math.max(high - low, 0.05);
    return [low - room, high + room];
  };
}

/** The whole recording with the stretch that is shown; drag it. @param {HTMLElement} place @param {Data} data @param {View} view */
function drawOverview(place, data, view) {
  const palette = readPalette();
  const [time_s, low, high] = data.overview;
  /** @type {Chart} */
  const chart = { caption: "", height: 84, data: [time_s, low, high], series: [{ stroke: "live", width: 1 }, { stroke: "live", width: 1 }], hidden: true };
  const options = optionsOf(chart, palette, place.clientWidth, true);
  Object.assign(options, { cursor: { show: false }, bands: [{ series: [2, 1], fill: palette.live }] });
  const sizes = [...low, ...high].map((value) => Math.abs(value ?? 0)).sort((a, b) => a - b);
  const reached = 1.2 * sizes[Math.floor(0.99 * sizes.length)] + 0.1;
  options.scales.y = { range: () => [-reached, 1.35 * reached] };
  options.hooks.drawClear = [paintOverview(data, palette)];
  // @ts-ignore: uPlot is a classic script
  const plot = new uPlot(options, chart.data, place);
  plot.setScale("x", { min: data.span_s[0], max: data.span_s[1] });
  const frame = element("div", { class: "window" });
  plot.over.append(frame);
  dragWindow(plot, view);
  const follow = () => {
    const left = plot.valToPos(view.from_s, "x");
    frame.style.left = `${left}px`;
    frame.style.width = `${plot.valToPos(view.to_s, "x") - left}px`;
  };
  const resize = () => {
    plot.setSize({ width: place.clientWidth, height: chart.height });
    follow();
  };
  return { plots: [plot], follow, resize };
}

/** @param {Data} data @param {Record<string, string>} palette */
function paintOverview(data, palette) {
  return (/** @type {any} */ plot) => {
    const p = pen(plot);
    p.ctx.textAlign = "center";
    for (const { number, start_s, end_s } of data.sets) {
      p.box(start_s, end_s, palette.concentric);
      p.ctx.fillStyle = palette.accent;
      p.font(12, 700);
      p.ctx.fillText(String(number), p.x((start_s + end_s) / 2), p.bbox.top + 14 * p.ratio);
    }
    p.font(11, 600);
    for (const { letter, start_s } of data.rejected) {
      p.ctx.fillStyle = palette.warn;
      p.ctx.fillText(letter, p.x(start_s), p.bbox.top + 14 * p.ratio);
      p.box(start_s, start_s, palette.warn, p.bbox.top + 0.85 * p.bbox.height, 0.15 * p.bbox.height);
    }
    for (const [from, to] of data.gaps) p.box(from, to, palette.ink, p.bbox.top + 0.94 * p.bbox.height, 0.06 * p.bbox.height);
  };
}

/** @param {any} plot @param {View} view */
function dragWindow(plot, view) {
  const over = /** @type {HTMLElement} */ (plot.over);
  over.addEventListener("pointerdown", (event) => {
    const at = (/** @type {PointerEvent} */ moved) => plot.posToVal(moved.clientX - over.getBoundingClientRect().left, "x");
    const width = view.to_s - view.from_s;
    const inside = at(event) >= view.from_s && at(event) <= view.to_s;
    const hold = inside ? at(event) - view.from_s : width / 2;
    const move = (/** @type {PointerEvent} */ moved) => view.show(at(moved) - hold, at(moved) - hold + width);
    over.setPointerCapture(event.pointerId);
    move(event);
    over.addEventListener("pointermove", move);
    const end = () => over.removeEventListener("pointermove", move);
    over.addEventListener("pointerup", end, { once: true });
    over.addEventListener("pointercancel", end, { once: true });
  });
}
