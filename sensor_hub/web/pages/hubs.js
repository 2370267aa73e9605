/** A gym's hubs: what each runs on, how it does, and which of its settings others have otherwise. */
import { title } from "./format.js";
import { size, when } from "./needs.js";
import { element } from "./page.js";
import { words } from "./words.js";

/** @typedef {import("./types.js").GymDetail} GymDetail */
/** @typedef {import("./types.js").Hub} Hub */
/** @typedef {import("./types.js").Setting} Setting */

/** @param {HTMLElement} place @param {GymDetail} found */
export function showHubs(place, found) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.getAttribute("data-hub")));
  place.replaceChildren(...found.hubs.map((hub) => panel(hub, open.has(hub.name))), ...found.old_hubs.map(oldPanel));
}

/** @param {Hub} hub @param {boolean} open */
function panel(hub, open) {
  const disk = hub.disk_free_bytes === null ? words.none : words.gyms.free(size(hub.disk_free_bytes), size(hub.disk_bytes), hub.disk_days);
  const clock = hub.clock_synchronised === null ? words.none : words.gyms.clock[hub.clock_synchronised ? "good" : "bad"];
  /** @type {[string, string][]} */
  const facts = [
    [words.gyms.fact.version, hub.version],
    [words.gyms.fact.told, when(hub.time)],
    [words.gyms.fact.runs, when(hub.started)],
    [words.gyms.fact.disk, disk],
    [words.gyms.fact.clock, clock],
    [words.gyms.fact.waiting, String(hub.waiting)],
    [words.gyms.fact.computer, [hub.board, hub.system].filter(Boolean).join(", ")],
    ["Python", hub.python],
  ];
  return element(
    "section",
    { class: "card", "data-testid": "hub" },
    element("h2", {}, words.gyms.hub(title(hub.name))),
    list(facts),
    element("p", { class: "parts" }, ...hub.parts.map(part)),
    settings(hub, open),
  );
}

/** @param {[string, string][]} facts */
function list(facts) {
  return element("dl", { class: "facts" }, ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

/** @param {Hub["parts"][number]} one */
function part(one) {
  const tone = one.grade === "bad" ? "bad" : one.grade === "good" ? "good" : "wait";
  return element("span", { class: "state", "data-tone": tone }, words.gyms.parts[one.part] ?? one.part, element("span", { class: "unseen" }, `: ${words.gyms.grade[one.grade]}`));
}

/** @param {Hub} hub @param {boolean} open */
function settings(hub, open) {
  const unusual = Object.keys(hub.unusual);
  const rows = Object.entries(hub.settings).sort(([one], [other]) => one.localeCompare(other));
  const made = rows.map(([name, value]) => {
    const others = name in hub.unusual ? [element("span", { class: "flag mild" }, words.gyms.others(plain(hub.unusual[name] ?? null)))] : [];
    return element("li", {}, element("code", {}, `${name} = ${plain(value)}`), ...others);
  });
  const told = unusual.length ? words.gyms.unusual(unusual.length) : words.gyms.settings;
  return element("details", { "data-hub": hub.name, ...(open || unusual.length ? { open: "" } : {}) }, element("summary", {}, told), element("ul", { class: "settings" }, ...made));
}

/** @param {Setting} value */
function plain(value) {
  return value === null ? words.none : JSON.stringify(value);
}

/** @param {GymDetail["old_hubs"][number]} hub */
function oldPanel(hub) {
  /** @type {[string, string][]} */
  const facts = [
    [words.gyms.fact.version, hub.version],
    [hub.online ? words.gyms.fact.online : words.gyms.fact.offline, when(hub.time)],
  ];
  return element("section", { class: "card", "data-testid": "hub" }, element("h2", {}, words.gyms.hub(title(hub.name))), list(facts), element("p", { class: "quiet" }, words.gyms.tellsLittle));
}
