/** A gym's machines: the sensor on each, its battery and losses, how much it is used, how often its stops are hit. */
import { number, title } from "./format.js";
import { bars } from "./bars.js";
import { perCent, useLeft, when } from "./needs.js";
import { element, find, showBattery } from "./page.js";
import { words } from "./words.js";

/** A hub tells of its sensors every quarter of an hour: what it said longer ago is not of now. */
const TOLD_MS = 20 * 60_000;
/** Losses that fill a bar. */
const MOST_LOSS = 0.1;
/** Hits per 100 reps that do, where there are not more. */
const MOST_HITS = 20;

/** @typedef {import("./types.js").GymDetail} GymDetail */
/** @typedef {import("./types.js").HubMachine} HubMachine */

/** @param {HTMLElement} place @param {GymDetail} found */
export function showMachines(place, found) {
  const told = [...found.hubs.flatMap((hub) => hub.machines), ...found.unreported].filter((one) => one.site === found.gym.site);
  const names = [...new Set([...told.map((one) => one.machine), ...found.use.map((one) => one.machine)])].sort();
  find("tbody", place).replaceChildren(...names.map((name) => row(name, told.find((one) => one.machine === name), found)));
  place.hidden = names.length === 0;
}

/** @param {string} name @param {HubMachine | undefined} sensor @param {GymDetail} found */
function row(name, sensor, found) {
  const days = found.sensors.filter((one) => one.machine === name);
  const way = element("a", { href: `/sessions?site=${found.gym.site}&machine=${name}` }, title(name));
  return element(
    "tr",
    { "data-testid": "machine" },
    element("th", { scope: "row" }, way),
    cell("sensor", ...told(sensor)),
    cell("heard", heard(sensor)),
    cell("battery", ...battery(sensor, days)),
    cell("loss", ...loss(sensor, days)),
    cell("use", ...use(name, found)),
    cell("hits", ...hits(name, found)),
  );
}

/** @param {keyof typeof words.gyms.columns} name @param {...(Node | string)} what */
function cell(name, ...what) {
  return element("td", { "data-name": words.gyms.columns[name] }, ...what);
}

/** @param {HubMachine | undefined} sensor */
function told(sensor) {
  if (!sensor?.sensor) return [words.none];
  const firmware = [sensor.family, sensor.firmware].filter(Boolean).join(" ");
  return [element("span", {}, sensor.name ?? sensor.sensor), element("small", {}, firmware)];
}

/** @param {HubMachine | undefined} sensor */
function heard(sensor) {
  if (!sensor?.heard) return words.none;
  const streams = sensor.state === "streaming" || sensor.state === "catching_up";
  return streams && Date.now() - Date.parse(sensor.heard) < TOLD_MS ? words.gyms.now : when(sensor.heard);
}

/** @typedef {import("./types.js").SensorDay} SensorDay */
/** @param {HubMachine | undefined} sensor @param {SensorDay[]} days */
function battery(sensor, days) {
  if (sensor === undefined || sensor.battery_percent === null) return [words.none];
  const charge = element("span", { class: "battery" });
  showBattery(charge, { battery_percent: sensor.battery_percent, battery_h: null });
  const left = sensor.battery_h === null ? [] : [element("small", {}, useLeft(sensor.battery_h))];
  return [charge, ...left, ...course(days.map((one) => one.battery_percent), 100, words.gyms.batteryDays)];
}

/** @param {HubMachine | undefined} sensor @param {SensorDay[]} days */
function loss(sensor, days) {
  return [element("span", {}, perCent(sensor?.loss_ratio ?? null)), ...course(days.map((one) => one.loss_ratio), MOST_LOSS, words.gyms.lossDays)];
}

/** A single day is no course. @param {(number | null)[]} values @param {number} most @param {(days: number) => string} label */
function course(values, most, label) {
  return values.length > 1 ? [bars(values, most, label(values.length))] : [];
}

/** @param {string} name @param {GymDetail} found */
function use(name, found) {
  const one = found.use.find((each) => each.machine === name);
  if (one === undefined) return [words.gyms.unused];
  return [element("span", {}, words.gyms.sets(one.sets)), element("small", {}, words.gyms.repsAndHours(one.reps, number(one.under_load_s / 3600, 1)))];
}

/** @param {string} name @param {GymDetail} found */
function hits(name, found) {
  const one = found.wear.find((each) => each.machine === name);
  const known = one === undefined ? [] : one.rates.filter((rate) => rate !== null);
  if (one === undefined || known.length === 0) return [words.none];
  const total = one.hits.reduce((all, each) => all + each, 0);
  const reps = one.reps.reduce((all, each) => all + each, 0);
  const shown = bars(one.rates, Math.max(MOST_HITS, ...known), words.gyms.hitWeeks(one.rates.length));
  const worse = one.clear === true && (one.change ?? 0) > 0;
  const told = element("small", {}, element("span", worse ? { class: "flag" } : {}, change(one)), ` · ${words.gyms.hitsOf(total, reps)}`);
  return [element("span", {}, words.gyms.hits(number(one.rates.at(-1) ?? null, 1))), shown, told];
}

/** @param {import("./types.js").MachineWear} one */
function change(one) {
  if (one.clear === null || one.change === null) return words.gyms.change.unknown;
  if (!one.clear) return words.gyms.change.none(number(one.within, 1));
  return one.change > 0 ? words.gyms.change.more(number(one.change, 1)) : words.gyms.change.less(number(-one.change, 1));
}
