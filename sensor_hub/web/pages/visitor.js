/** Who looks at the page: shows the way out, and hides what they may not open. */
import { element, find, get, post } from "./page.js";
import { words } from "./words.js";

/** @type {Promise<{name: string | null, role: string | null, rights: string[], only: string | null, athlete: string | null}>} */
const asked = get("/api/me");
/** Null where nobody answers. */
export const me = asked.catch(() => null);

async function greet() {
  const me = await asked;
  for (const part of document.querySelectorAll("[data-right]")) {
    /** @type {HTMLElement} */ (part).hidden = !me.rights.includes(part.getAttribute("data-right") ?? "");
  }
  const { athlete } = me;
  if (athlete !== null) document.querySelectorAll("[data-own][hidden]").forEach((way) => leadHome(way, athlete));
  if (me.only !== null && location.pathname !== me.only) location.replace(me.only);
  for (const way of document.querySelectorAll("[data-elsewhere]")) /** @type {HTMLElement} */ (way).hidden = me.only !== null;
  if (me.role === null || me.name === null || document.querySelector(".page") === null) return;
  const out = element("button", { class: "out" }, words.visitor.out);
  out.addEventListener("click", leave);
  find(".page").append(element("footer", { class: "viewer" }, words.visitor.in(me.name), out));
}

/** The way to all athletes leads those who may only see one to that one. @param {Element} way @param {string} athlete */
function leadHome(way, athlete) {
  way.setAttribute("href", `/athletes/${athlete}`);
  way.textContent = words.nav.mine;
  /** @type {HTMLElement} */ (way).hidden = false;
}

async function leave() {
  await post("/api/logout");
  location.assign("/login");
}

greet().catch(() => undefined);
