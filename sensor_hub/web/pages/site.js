/** One gym: what is to be done, its machines and sensors, when they are used, and its hubs. */
import { duration, title } from "./format.js";
import { showHubs } from "./hubs.js";
import { showMachines } from "./inventory.js";
import { reasons } from "./needs.js";
import { element, find, get, say, trouble } from "./page.js";
import { words } from "./words.js";

/** @typedef {import("./types.js").GymDetail} GymDetail */
/** @typedef {import("./types.js").MachineUse} MachineUse */

const site = location.pathname.split("/")[2] ?? "";
const which = /** @type {HTMLSelectElement} */ (find("#which"));
/** @type {MachineUse[]} */
let used = [];

/** @param {GymDetail} found */
function show(found) {
  find("#needs").hidden = found.gym.needs.length === 0;
  find("#needs ul").replaceChildren(...reasons(found.gym.needs));
  showMachines(find("#machines"), found);
  showHubs(find("#hubs"), found);
  used = found.use;
  find("#use").hidden = used.length === 0;
  const every = used.length > 1 ? [element("option", { value: "" }, words.gyms.every)] : [];
  which.replaceChildren(...every, ...used.map((one) => element("option", { value: one.machine }, title(one.machine))));
  which.hidden = used.length < 2;
  showWeek();
}

/** Minutes under load, by weekday and hour; of all machines together where none is chosen. */
function showWeek() {
  const chosen = used.filter((one) => which.value === "" || one.machine === which.value);
  const table = find("#use table");
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const sum = (/** @type {number} */ day, /** @type {number} */ hour) => chosen.reduce((all, one) => all + (one.minutes[day]?.[hour] ?? 0), 0);
  const most = Math.max(1e-9, ...hours.flatMap((hour) => words.gyms.days.map((_, day) => sum(day, hour))));
  const head = hours.map((hour) => element("th", { scope: "col", class: hour % 3 ? "between" : "" }, String(hour)));
  find("thead tr", table).replaceChildren(element("td"), ...head);
  const rows = words.gyms.days.map((name, day) => {
    const cells = hours.map((hour) => {
      const minutes = sum(day, hour);
      const text = words.gyms.minutes(duration(60 * minutes));
      const cell = element("td", { title: `${name} ${hour}:00, ${text}` }, element("span", { class: "unseen" }, minutes > 0 ? text : words.none));
      cell.style.setProperty("--share", String(minutes / most));
      return cell;
    });
    return element("tr", {}, element("th", { scope: "row" }, name), ...cells);
  });
  find("tbody", table).replaceChildren(...rows);
}

async function open() {
  say(find("#name"), title(site));
  document.title = title(site);
  try {
    /** @type {GymDetail} */
    const found = await get(`/api/gyms/${site}`);
    show(found);
    /** @type {unknown[]} */
    const all = await get("/api/gyms");
    find("#back").hidden = all.length < 2;
    trouble(null);
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
  }
}

which.addEventListener("change", showWeek);
open();
