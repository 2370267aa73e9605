/** Who looks at the page: shows the way out, and hides what they may not open. */
import { element, find, get, post } from "./page.js";

async function greet() {
  const me = await get("/api/me");
  for (const part of document.querySelectorAll("[data-right]")) {
    /** @type {HTMLElement} */ (part).hidden = !me.rights.includes(part.getAttribute("data-right"));
  }
  if (me.only !== null && location.pathname !== me.only) location.replace(me.only);
  for (const way of document.querySelectorAll("[data-elsewhere]")) /** @type {HTMLElement} */ (way).hidden = me.only !== null;
  if (me.role === null || document.querySelector(".page") === null) return;
  const out = element("button", { class: "out" }, "Log out");
  out.addEventListener("click", leave);
  find(".page").append(element("footer", { class: "viewer" }, `Logged in as ${me.name}.`, out));
}

async function leave() {
  await post("/api/logout");
  location.assign("/login");
}

greet().catch(() => undefined);
