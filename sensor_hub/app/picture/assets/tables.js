/** Elements, tables and lists; a row shows what it is about. */

/** @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} children */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** @param {string} selector */
function find(selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}

/** @param {(string | [string, string])[]} heads @param {HTMLElement[]} rows @param {string} label */
function table(heads, rows, label) {
  const cells = heads.map((head) => {
    const [name, unit] = typeof head === "string" ? [head, ""] : head;
    return element("th", { scope: "col" }, name, element("small", {}, unit));
  });
  const whole = element("table", {}, element("thead", {}, element("tr", {}, ...cells)), element("tbody", {}, ...rows));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, whole);
}

/** @param {HTMLElement} row @param {() => void} show */
function clickable(row, show) {
  row.setAttribute("tabindex", "0");
  row.addEventListener("click", () => {
    show();
    find("#charts").scrollIntoView({ block: "nearest" });
  });
  row.addEventListener("keydown", (event) => event.key === "Enter" && row.click());
  return row;
}

/** @param {Data} data @param {View} view */
function showReps(data, view) {
  if (!data.reps.length) return find("#reps").append(element("p", { class: "quiet" }, "No rep in this recording."));
  const rows = data.reps.map((rep) => {
    const figures = [...rep.digits, ...rep.cells].map(([value, spread]) => element("td", {}, value, " ", element("small", {}, spread)));
    const flags = rep.flags.map((flag) => element("span", { class: "flag" }, flag));
    const name = element("th", { scope: "row" }, `${rep.set}.${rep.number}`);
    const row = element("tr", { "data-testid": "rep-row", class: rep.number === 1 && rep.set > 1 ? "first" : "" }, name, element("td", { class: "words" }, ...flags), ...figures);
    return clickable(row, () => view.frame(rep.start_s, rep.end_s, 1));
  });
  /** @type {(string | [string, string])[]} */
  const tempo = [["eccentric", "s"], ["bottom", "s"], ["concentric", "s"], ["top", "s"]];
  find("#reps").append(table(["set.rep", "", ...tempo, ...data.columns], rows, "Reps"));
}

/** @param {Data} data @param {View} view */
function showRejected(data, view) {
  if (!data.rejected.length) return find("#rejected").append(element("p", { class: "quiet" }, "None in this recording."));
  const rows = data.rejected.map((one) => {
    const gates = data.gates.map((gate) => element("td", {}, one.gates[gate] ?? "–"));
    const name = element("th", { scope: "row", class: "letter" }, one.letter);
    const when = element("td", {}, `${one.start_s.toFixed(1)}–${one.end_s.toFixed(1)} s`);
    const row = element("tr", { "data-testid": "rejected-row" }, name, when, element("td", { class: "reason" }, one.reason), ...gates);
    return clickable(row, () => view.frame(one.start_s, one.end_s));
  });
  find("#rejected").append(table(["", "when", "why", ...data.gates], rows, "Rejected strokes"));
}

/** Gaps, lost tracks, calibrations and whatever else concerns the measurement. @param {Data} data @param {View} view */
function showNotes(data, view) {
  /** @type {[number, string][]} */
  const gaps = data.gaps.map(([from, to, lost]) => [from, `${lost === null ? "samples" : lost} lost in ${(to - from).toFixed(2)} s`]);
  /** @type {[number, string][]} */
  const untracked = data.untracked.map(([from, to]) => [from, `no track until ${to.toFixed(1)} s`]);
  const notes = [...data.notices, ...gaps, ...untracked].sort(([a], [b]) => a - b);
  if (!notes.length) return find("#notes").append(element("p", { class: "quiet" }, "Nothing to remark."));
  const items = notes.map(([at, text]) => {
    const button = element("button", { type: "button" }, `${at.toFixed(1)} s`);
    button.addEventListener("click", () => view.frame(at, at));
    return element("li", { "data-testid": "note" }, button, ` ${text}`);
  });
  find("#notes").append(element("ul", {}, ...items));
}

function showKey() {
  /** @type {[string, string, string, string?][]} */
  const entries = [
    ["settled", "accent", "line"], ["live, provisional", "live", "line"], ["eccentric", "eccentric", ""], ["bottom", "bottom", ""],
    ["concentric", "concentric", ""], ["top", "top", ""], ["± 2 standard uncertainties", "ink", "sign", "I "],
    ["bounce", "warn", "sign", "▲ "], ["hard lockout", "warn", "sign", "■ "],
    ["sticking point", "ink", "sign", "▽ "], ["rejected", "warn-tint", ""], ["samples lost", "lost", ""],
  ];
  for (const [text, swatch, kind, sign] of entries) {
    find("#key").append(element("span", { class: kind, style: `--swatch: var(--${swatch})`, "data-sign": sign ?? "" }, text));
  }
}
