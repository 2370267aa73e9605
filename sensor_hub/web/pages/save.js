/** The page in one file to send by mail: no script, charts as pictures, light colours, nothing fetched from anywhere. */
import { element } from "./page.js";
import { keep } from "./take.js";
import { words } from "./words.js";

const DARK = "(prefers-color-scheme: dark)";
const NEVER = "not all";
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
/** What only a page of the hub can do, or says about the hub. */
const LEFT_OUT = "script, link, meta[name='color-scheme'], .actions-line, .of-a-link, .viewer, .brand img, dialog, [hidden]";

/** @param {import("./types.js").Session} session */
export function saveButton(session) {
  const button = element("button", { class: "button main", type: "button", "data-testid": "save" }, words.share.save);
  button.addEventListener("click", () => keep(new Blob([inLight(saved)], { type: "text/html" }), `${session.session.replace(/[^\w.-]/g, "_")}.html`));
  return button;
}

/** @returns {CSSMediaRule[]} */
function darkRules() {
  const all = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return all.filter((rule) => rule instanceof CSSMediaRule && rule.media.mediaText === DARK).map((rule) => /** @type {CSSMediaRule} */ (rule));
}

/** What `make` gives while the page is light, whatever the reader prefers. @param {() => string} make */
function inLight(make) {
  const dark = darkRules();
  for (const rule of dark) rule.media.mediaText = NEVER;
  dispatchEvent(new Event("colours"));
  try {
    return make();
  } finally {
    for (const rule of dark) rule.media.mediaText = DARK;
    dispatchEvent(new Event("colours"));
  }
}

function saved() {
  const page = /** @type {HTMLElement} */ (document.documentElement.cloneNode(true));
  const pictures = [...document.querySelectorAll(".chart")].map(picture);
  page.querySelectorAll(".chart").forEach((chart, i) => chart.replaceChildren(...pictures[i]));
  page.querySelectorAll(LEFT_OUT).forEach((part) => part.remove());
  page.querySelectorAll("a").forEach((link) => link.replaceWith(element("span", { class: link.className }, ...link.childNodes)));
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter((rule) => !(rule instanceof CSSMediaRule && rule.media.mediaText === NEVER));
  const style = element("style", {}, rules.map((rule) => rule.cssText).join("\n"));
  page.querySelector("head")?.append(element("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }), style);
  return `<!doctype html>\n${page.outerHTML}`;
}

/** @param {Element} chart */
function picture(chart) {
  const canvas = chart.querySelector("canvas");
  const alt = chart.getAttribute("aria-label") ?? "";
  return canvas === null ? [] : [element("img", { class: "drawn", src: canvas.toDataURL(), alt })];
}
