/** The page: its data, what is shown first, buttons, keys, and what lies under the cursor. */

/** The value at an instant, between its neighbours; null where the line is broken. @param {Column} time_s @param {Column} values @param {number} at_s */
function valueAt(time_s, values, at_s) {
  let [low, high] = [0, time_s.length - 1];
  if (high < 1 || at_s < /** @type {number} */ (time_s[0]) || at_s > /** @type {number} */ (time_s[high])) return null;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (time_s[middle]) <= at_s) low = middle;
    else high = middle;
  }
  const [a, b] = [values[low], values[high]];
  if (a === null || b === null) return null;
  const [from, to] = [/** @type {number} */ (time_s[low]), /** @type {number} */ (time_s[high])];
  return a + ((b - a) * (at_s - from)) / (to - from);
}

/** @param {number | null} value @param {number} digits @param {string} unit */
function figure(value, digits, unit) {
  return value === null ? "–" : `${value.toFixed(digits)} ${unit}`;
}

/** @param {Data} data @param {number} at_s */
function whereabouts(data, at_s) {
  for (const rep of data.reps) {
    const span = rep.spans.find(([, from, to]) => from <= at_s && at_s < to);
    if (span) return `${span[0]} of rep ${rep.number}, set ${rep.set}`;
  }
  const rejected = data.rejected.find((one) => one.start_s <= at_s && at_s < one.end_s);
  if (rejected) return `rejected (${rejected.letter}): ${rejected.reason}`;
  return data.gaps.some(([from, to]) => from < at_s && at_s < to) ? "samples lost" : "";
}

/** @param {Data} data */
function readout(data) {
  const place = find("#readout");
  place.textContent = "Point at a chart to read it.";
  return (/** @type {number | null} */ at_s) => {
    if (at_s === null) return;
    const at = (/** @type {Column[]} */ columns, /** @type {number} */ i) => valueAt(columns[0], columns[i], at_s);
    /** @type {[string, string][]} */
    const shown = [
      ["", `${at_s.toFixed(2)} s`],
      ["position", figure(at(data.settled, 1), 1, "cm")],
      ["live", figure(at(data.live, 1), 1, "cm")],
      ["velocity", figure(at(data.settled, 2), 3, "m/s")],
      ["live", figure(at(data.live, 2), 3, "m/s")],
      ["acceleration", figure(at(data.acceleration, 2), 2, "m/s²")],
      ["", whereabouts(data, at_s)],
    ];
    place.replaceChildren(...shown.map(([name, value]) => element("span", {}, `${name} `, element("b", {}, value))));
  };
}

/** @param {Data} data @param {View} view */
function showButtons(data, view) {
  const scenes = [{ text: "All", start_s: view.limits[0], end_s: view.limits[1], context_s: 0 }];
  for (const set of data.sets) scenes.push({ text: `Set ${set.number}`, start_s: set.start_s, end_s: set.end_s, context_s: 3 });
  const buttons = scenes.map(({ text, start_s, end_s, context_s }) => {
    const button = element("button", { type: "button" }, text);
    button.addEventListener("click", () => view.frame(start_s, end_s, context_s));
    return button;
  });
  find("#scenes").append(...buttons);
  view.followers.push(() => {
    find("#shown").textContent = `${view.from_s.toFixed(2)} s to ${view.to_s.toFixed(2)} s`;
    scenes.forEach(({ start_s, end_s, context_s }, i) => {
      const off = Math.abs(view.from_s - Math.max(start_s - context_s, view.limits[0])) + Math.abs(view.to_s - Math.min(end_s + context_s, view.limits[1]));
      buttons[i].setAttribute("aria-pressed", String(off < 0.05));
    });
  });
}

/** @param {View} view */
function takeSteps(view) {
  /** @type {Record<string, () => void>} */
  const steps = { back: () => view.step(-0.3), on: () => view.step(0.3), in: () => view.zoom(0.6), out: () => view.zoom(1 / 0.6), all: () => view.showAll() };
  /** @type {Record<string, string>} */
  const keys = { ArrowLeft: "back", ArrowRight: "on", "+": "in", "=": "in", "-": "out", 0: "all" };
  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => steps[/** @type {HTMLElement} */ (button).dataset.step ?? ""]());
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    if (event.target instanceof Element && event.target.closest(".scroll") && event.key.startsWith("Arrow")) return;
    event.preventDefault();
    steps[keys[event.key]]();
  });
}

/** @param {Data} data @param {View} view */
function keepDrawn(data, view) {
  /** @type {ReturnType<typeof drawOverview>[]} */
  let drawn = [];
  const point = readout(data);
  const paint = () => {
    for (const part of drawn) for (const plot of part.plots) plot.destroy();
    find("#charts").replaceChildren();
    drawn = [drawOverview(find("#overview"), data, view), drawCharts(find("#charts"), data, view, point)];
    for (const part of drawn) part.follow();
  };
  paint();
  view.followers.push(() => drawn.forEach((part) => part.follow()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  let width = find("#charts").clientWidth;
  new ResizeObserver(() => {
    if (find("#charts").clientWidth === width) return;
    width = find("#charts").clientWidth;
    drawn.forEach((part) => part.resize());
  }).observe(find("#charts"));
}

/** @type {Data} */
const data = JSON.parse(find("#data").textContent ?? "");
const view = new View(data.span_s[0], data.span_s[1]);
find("#headline").textContent = data.headline;
showButtons(data, view);
takeSteps(view);
showKey();
showReps(data, view);
showRejected(data, view);
showNotes(data, view);
keepDrawn(data, view);
if (!readAddress(view)) {
  if (data.sets.length) view.frame(data.sets[0].start_s, data.sets[0].end_s);
  else view.showAll();
}
keepAddress(view);
