/** A session given to somebody without an account: a link that ends by itself, or a file. */
import { called } from "./coach.js";
import { element, find, get, post } from "./page.js";
import { me } from "./visitor.js";
import { words } from "./words.js";

const MANAGE = "write:athletes";
const DAYS = [1, 7, 30, 90];
const USUAL = 30;
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** @typedef {{id: string, athlete: string | null, named: boolean, made_by: string | null, expires: string}} Share */
/** @typedef {{dialog: HTMLDialogElement, session: string, athletes: import("./asked.js").Athletes, wish: () => {session: string,
 *   athlete: string | null, named: boolean, days: number}}} Desk */

/** For those who may. @param {import("./types.js").Session} session @param {import("./types.js").LiftSet[]} sets @param {import("./asked.js").Athletes} athletes */
export async function shareButton(session, sets, athletes) {
  const visitor = await me;
  if (!visitor?.rights.includes(MANAGE)) return [];
  const lifters = [...new Set(sets.map((set) => set.athlete ?? session.athlete))].filter((one) => one !== null);
  const button = element("button", { class: "button", type: "button", "data-testid": "share" }, words.share.open);
  const desk = deskOf(session.session, lifters, athletes);
  document.body.append(desk.dialog);
  button.addEventListener("click", () => {
    desk.dialog.showModal();
    showLinks(desk);
  });
  return [button];
}

/** @param {string} session @param {string[]} lifters @param {import("./asked.js").Athletes} athletes @returns {Desk} */
function deskOf(session, lifters, athletes) {
  const name = (/** @type {string} */ id) => called(athletes.get(id) ?? { athlete: id, name: null });
  const whose = element("select", { "data-testid": "share-whose" }, ...lifters.map((id) => element("option", { value: id }, name(id))), ...(lifters.length === 1 ? [] : [element("option", { value: "" }, words.share.everybody)]));
  const named = element("input", { type: "checkbox", "data-testid": "share-named" });
  const days = element("select", { "data-testid": "share-days" }, ...DAYS.map((one) => element("option", { value: String(one) }, words.share.forDays(one))));
  days.value = String(USUAL);
  const dialog = element("dialog", { class: "sheet", "aria-labelledby": "share-title", "data-testid": "share-dialog" });
  const wish = () => ({ session, athlete: whose.value || null, named: named.checked, days: Number(days.value) });
  const look = element("a", { class: "button", target: "_blank", "data-testid": "share-look" }, words.share.look);
  const aim = () => look.setAttribute("href", lookAt(wish()));
  [whose, named].forEach((field) => field.addEventListener("change", aim));
  aim();
  const make = element("button", { class: "button main", type: "button", "data-testid": "share-make" }, words.share.make);
  const desk = { dialog, session, athletes, wish };
  make.addEventListener("click", () => makeLink(desk, make));
  const close = element("button", { class: "out", type: "button" }, words.share.close);
  close.addEventListener("click", () => dialog.close());
  dialog.append(
    element("header", { class: "over" }, element("h2", { id: "share-title" }, words.share.title), close),
    element("p", { class: "quiet" }, words.share.what),
    element("div", { class: "fields" }, field(words.share.whose, whose, lifters.length < 2), field(words.share.days, days)),
    element("label", { class: "tick", ...(lifters.length ? {} : { hidden: "" }) }, named, words.share.named),
    element("p", { class: "buttons" }, make, look),
    element("p", { class: "quiet", ...(LOOPBACK.includes(location.hostname) ? {} : { hidden: "" }) }, words.share.here),
    element("div", { class: "made", role: "status" }),
    element("p", { class: "trouble", role: "alert", hidden: "" }),
    element("section", { class: "links" }),
  );
  return desk;
}

/** @param {string} label @param {HTMLElement} input @param {boolean} [hidden] */
function field(label, input, hidden = false) {
  return element("label", { class: "field", ...(hidden ? { hidden: "" } : {}) }, label, input);
}

/** @param {{session: string, athlete: string | null, named: boolean}} wish */
function lookAt({ session, athlete, named }) {
  return `/shared?${new URLSearchParams({ session, ...(athlete ? { athlete } : {}), named: String(named) })}`;
}

/** @param {Desk} desk @param {HTMLButtonElement} button */
async function makeLink(desk, button) {
  button.disabled = true;
  await attempt(desk, async () => {
    const { token } = await post("/api/shares", desk.wish());
    find(".made", desk.dialog).replaceChildren(...handOver(`${location.origin}/shared#${token}`));
    await showLinks(desk);
  });
  button.disabled = false;
}

/** @param {string} address */
function handOver(address) {
  const shown = element("input", { readonly: "", value: address, "aria-label": words.share.title, "data-testid": "share-link" });
  const copy = element("button", { class: "button", type: "button" }, words.share.copy);
  copy.addEventListener("click", async () => {
    shown.select();
    // Over plain http a browser has no clipboard but this one.
    await (navigator.clipboard?.writeText(address) ?? Promise.reject()).catch(() => document.execCommand("copy"));
    copy.textContent = words.share.copied;
  });
  return [element("div", { class: "hand-over" }, shown, copy), element("p", { class: "quiet" }, words.share.once)];
}

/** @param {Desk} desk */
async function showLinks(desk) {
  await attempt(desk, async () => {
    /** @type {Share[]} */
    const open = await get(`/api/shares?${new URLSearchParams({ session: desk.session })}`);
    const list = element("ul", { class: "plain" }, ...open.toReversed().map((share) => row(desk, share)));
    const what = open.length ? list : element("p", { class: "quiet" }, words.share.none);
    find(".links", desk.dialog).replaceChildren(element("h3", {}, words.share.links), what);
  });
}

/** @param {Desk} desk @param {Share} share */
function row(desk, share) {
  const until = new Date(share.expires).toLocaleDateString(words.locale, { dateStyle: "medium" });
  const whose = share.athlete === null ? [] : [called(desk.athletes.get(share.athlete) ?? { athlete: share.athlete, name: null })];
  const parts = [words.share.until(until), ...whose, share.named ? words.share.withName : words.share.nameless, ...(share.made_by ? [words.share.by(share.made_by)] : [])];
  const end = element("button", { class: "out", type: "button", "aria-label": `${words.share.end}: ${parts[0]}` }, words.share.end);
  end.addEventListener("click", async () => {
    end.disabled = true;
    await attempt(desk, () => post(`/api/shares/${share.id}/end`));
    await showLinks(desk);
  });
  return element("li", { "data-testid": "share-row" }, element("span", {}, parts.join(" · ")), end);
}

/** What goes wrong is said in the dialog. @param {Desk} desk @param {() => Promise<unknown>} act */
async function attempt(desk, act) {
  const line = find(".trouble", desk.dialog);
  line.hidden = true;
  try {
    await act();
  } catch (error) {
    line.textContent = /** @type {Error} */ (error).message;
    line.hidden = false;
  }
}
