/** Files to take away: the hub makes them, the browser keeps them. */
import { element, trouble } from "./page.js";
import { words } from "./words.js";

/** @typedef {"csv" | "parquet" | "fit" | "json" | "zip"} Form */

/** @type {Form[]} */
export const FORMS = ["csv", "parquet", "fit", "json"];

/**
 * A menu of files.
 * @param {string} path of the API, such as /api/sessions/ID @param {Form[]} forms
 */
export function takeMenu(path, forms) {
  const buttons = forms.map((form) => {
    const [name, what] = words.take.forms[form];
    const button = element("button", { class: "choice", type: "button", "data-testid": `take-${form}` }, name, element("small", {}, what));
    button.addEventListener("click", () => take(path, form, menu));
    return button;
  });
  const menu = element("details", { class: "menu", "data-testid": "take" }, element("summary", { class: "button" }, words.take.title), element("div", { class: "choices" }, ...buttons));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  document.addEventListener("click", ({ target }) => (menu.open &&= menu.contains(/** @type {Node} */ (target))));
  return menu;
}

/** @param {string} path @param {Form} form @param {HTMLDetailsElement} menu */
async function take(path, form, menu) {
  const buttons = menu.querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  try {
    const answer = await fetch(`${path}/export?form=${form}`);
    if (!answer.ok) throw new Error((await answer.json()).error);
    keep(await answer.blob(), nameOf(answer));
    menu.open = false;
    trouble(null);
  } catch (error) {
    trouble(error instanceof TypeError ? words.noHub : /** @type {Error} */ (error).message);
  }
  buttons.forEach((button) => (button.disabled = false));
}

/** @param {Response} answer */
function nameOf(answer) {
  return /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "sensor-hub";
}

/** Hands a file to the browser. @param {Blob} file @param {string} name */
export function keep(file, name) {
  const address = URL.createObjectURL(file);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
