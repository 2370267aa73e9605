/** Figures of two sides in a table, and between them only the differences that could be measured. */
import { number, uncertainty } from "./format.js";
import { element } from "./page.js";
import { words } from "./words.js";

/**
 * As documented in /api/openapi.json.
 * @typedef {{count: number, mean: number, sigma: number | null}} Figure
 * @typedef {{a: Figure | null, b: Figure | null, difference: number | null, within: number | null, clear: boolean | null}} Contrast
 * @typedef {{name: string, label: string, scale: number, unit: string, digits: number, more: string, less: string}} Row
 */

/** What is told of a difference. @param {Contrast} contrast @param {Row} row */
export function verdict({ a, b, difference, within, clear }, { scale, unit, digits, more, less }) {
  if (a === null || b === null || difference === null) return words.compare.unknown;
  if (clear === null || within === null) return words.compare.few;
  if (!clear) return words.compare.none;
  const amount = number(Math.abs(difference) * scale, digits);
  return words.compare.differs(amount, uncertainty(within * scale, digits) ?? words.none, unit, difference > 0 ? more : less);
}

/** @param {Figure | null} figure @param {Row} row */
function cell(figure, { scale, unit, digits }) {
  if (figure === null) return element("td", {}, words.none);
  const spread = uncertainty(figure.sigma === null ? null : figure.sigma * scale, digits);
  return element("td", {}, number(figure.mean * scale, digits), element("small", {}, `${spread === null ? "" : ` ± ${spread}`} ${unit}`));
}

/** @param {Object<string, Contrast>} contrasts @param {Row} row */
export function contrastRow(contrasts, row) {
  const contrast = contrasts[row.name];
  const told = verdict(contrast, row);
  const head = element("th", { scope: "row" }, row.label, element("small", { class: contrast.clear ? "differs" : "" }, told));
  return element("tr", { "data-testid": `contrast-${row.name}` }, head, cell(contrast.a, row), cell(contrast.b, row));
}

/** @param {string} label @param {string} a @param {string} b @param {string} name */
export function plainRow(label, a, b, name) {
  return element("tr", { "data-testid": `contrast-${name}` }, element("th", { scope: "row" }, label), element("td", {}, a), element("td", {}, b));
}

/** @param {(Node | string)[]} heads @param {HTMLElement[]} rows */
export function sideBySide(heads, rows) {
  const columns = heads.map((head) => element("th", { scope: "col" }, head));
  return element("table", { class: "side-by-side" }, element("caption", { class: "unseen" }, words.compare.figures), element("thead", {}, element("tr", {}, element("td", {}), ...columns)), element("tbody", {}, ...rows));
}
