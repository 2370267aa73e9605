/** Pairing: pick a sensor, say where it is, let the sled rest, press, read the verdict. The hub does it; this shows it. */
import { title } from "./format.js";
import { element, find, get, post, say, trouble } from "./page.js";
import { words } from "./words.js";

const POLL_MS = 250;
const OVER = ["done", "cancelled"];
const SECTIONS = ["pick", "place", "measure", "verdict", "done"];
const SHAPES = { good: "M4 13l5 5L20 6", poor: "M12 4v10M12 19v.5", bad: "M5 5l14 14M19 5L5 19", unknown: "M5 12h14" };

/** @type {{address: string, name: string} | null} */
let chosen = null;
/** @type {number} lowest and highest position seen, in metres */
let low = 0;
let high = 0;
/** Whether the page asks for sensors or a place instead of following the hub's pairing. */
let asking = true;
/** Tells the hub that somebody is there: it gives the sensor back soon after this is cut. @type {EventSource | null} */
let attending = null;

/** @param {string} name */
function show(name) {
  for (const section of SECTIONS) find(`#${section}`).hidden = section !== name;
}

/** Does something that may fail, and says so. @param {() => Promise<void>} work */
async function attempt(work) {
  try {
    trouble(null);
    await work();
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
  }
}

async function look() {
  asking = true;
  attend(false);
  show("pick");
  const button = /** @type {HTMLButtonElement} */ (find("#look"));
  button.disabled = true;
  say(find("#looking"), words.pair.looking);
  await attempt(async () => {
    /** @type {import("./types.js").Nearby[]} */
    const sensors = await get("/api/pairing/sensors");
    find("#sensors").replaceChildren(...sensors.map(card));
    say(find("#looking"), sensors.length ? words.pair.which : words.pair.none);
  });
  button.disabled = false;
}

/** @param {import("./types.js").Nearby} sensor */
function card(sensor) {
  const choose = element("button", { class: "button main" }, words.pair.choose);
  choose.addEventListener("click", () => name(sensor));
  const blink = element("button", { class: "button" }, words.pair.blink);
  blink.addEventListener("click", () => blinkOnce(blink, sensor));
  const facts = [sensor.family, words.pair.signal(sensor.connected, sensor.rssi_dbm)];
  if (sensor.battery_percent !== null) facts.push(words.pair.battery(sensor.battery_percent));
  facts.push(sensor.machine === null ? words.pair.free : words.pair.on(title(sensor.machine)));
  return element(
    "li",
    { "data-testid": "sensor" },
    element("h2", {}, sensor.name),
    element("div", { class: "choices" }, ...(sensor.identifies ? [blink] : []), choose),
    element("p", { class: "facts" }, facts.join(" · ")),
    ...(sensor.shortcomings.length ? [element("p", { class: "short" }, sensor.shortcomings.map(words.pair.shortcoming).join(" "))] : []),
  );
}

/** @param {HTMLButtonElement} button @param {import("./types.js").Nearby} sensor */
async function blinkOnce(button, sensor) {
  button.disabled = true;
  say(button, words.pair.blinking);
  await attempt(() => post("/api/pairing/identify", { address: sensor.address }));
  say(button, words.pair.blink);
  button.disabled = false;
}

/** @param {import("./types.js").Nearby} sensor */
function name(sensor) {
  chosen = sensor;
  trouble(null);
  say(find("#chosen"), sensor.name);
  const machine = /** @type {HTMLInputElement} */ (find("#machine"));
  machine.value = sensor.machine ?? "";
  find("#replacing").hidden = true;
  show("place");
  machine.focus();
}

/** @param {import("./types.js").Kind[]} kinds */
function offer(kinds) {
  const fieldset = find("#kinds");
  if (fieldset.children.length > 1) return;
  for (const [at, one] of kinds.entries()) {
    const input = element("input", { type: "radio", name: "kind", value: one.kind, ...(at ? {} : { checked: "" }) });
    const { title, clip } = words.pair.kinds(one);
    fieldset.append(element("label", { class: "kind" }, input, element("b", {}, title), element("span", {}, clip)));
  }
}

/** @type {Record<string, string>} */
const GERMAN = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };

/** What a person types, as a machine is named. @param {string} typed */
function slug(typed) {
  const german = typed.trim().toLowerCase().replace(/[äöüß]/g, (letter) => GERMAN[letter]);
  const bare = german.normalize("NFKD").replace(/\p{M}/gu, "");
  return bare.replace(/[^a-z0-9_]+/g, "-").replace(/^[-_]+|-+$/g, "").slice(0, 63);
}

async function begin() {
  const form = new FormData(/** @type {HTMLFormElement} */ (find("#place")));
  const machine = slug(String(form.get("machine")));
  if (chosen === null || machine === "") return;
  const begun = { address: chosen.address, machine, kind: form.get("kind"), replacing: form.get("replacing") !== null };
  await attempt(async () => {
    try {
      await post("/api/pairing", begun);
    } catch (error) {
      find("#replacing").hidden = false;
      throw error;
    }
    [low, high, asking] = [0, 0, false];
    await refresh();
  });
}

/** @param {import("./types.js").Pairing} pairing */
function follow(pairing) {
  const { step } = pairing.progress;
  for (const place of document.querySelectorAll(".where")) {
    say(place, words.pair.where(pairing.name, title(pairing.machine)));
  }
  if (step === "review") return judge(pairing);
  if (step === "done") {
    say(find("#stored"), words.pair.stored(pairing));
    find("#live").setAttribute("href", `/live/${pairing.site}/${pairing.machine}`);
    return show("done");
  }
  if (step === "cancelled") return void look();
  measure(pairing);
}

/** @param {import("./types.js").Pairing} pairing */
function measure(pairing) {
  const { step, share, reps, position_m: position, restless } = pairing.progress;
  const remark = pairing.progress.remark && words.pair.remark(pairing.progress.remark, pairing.kind);
  const trouble = pairing.link === "lost" || pairing.link === "stalled" ? pairing.note : null;
  say(find('[data-testid="task"]'), words.pair.task[step]);
  say(find('[data-testid="advice"]'), trouble ?? remark ?? (restless ? words.pair.restless : words.pair.advice[step]));
  find(".fill").style.setProperty("--share", String(share));
  const counted = find(".reps");
  counted.hidden = step !== "press";
  find(".bar").hidden = step === "press";
  [...counted.children].forEach((dot, at) => dot.classList.toggle("done", at < reps));
  const rail = find(".rail");
  rail.hidden = step !== "press" || position === null;
  if (position !== null) {
    [low, high] = [Math.min(low, position), Math.max(high, position)];
    find(".sled").style.setProperty("--place", String((position - low) / Math.max(high - low, 0.05)));
  }
  show("measure");
}

/** @param {import("./types.js").Pairing} pairing */
function judge(pairing) {
  say(find('[data-testid="grade"]'), words.pair.grade[pairing.grade ?? "good"]);
  const bad = pairing.grade === "bad";
  say(find("#keep"), bad ? words.pair.keepAnyway : words.pair.keep);
  find("#keep").classList.toggle("main", !bad);
  find("#remeasure").classList.toggle("main", bad);
  find("#findings").replaceChildren(...pairing.findings.map((one) => finding(one, pairing.kind)));
  show("verdict");
}

/** @param {import("./types.js").Finding} one @param {string} kind of the machine */
function finding(one, kind) {
  const mark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  mark.setAttribute("viewBox", "0 0 24 24");
  mark.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[one.grade]);
  mark.append(path);
  return element("li", { "data-grade": one.grade, "data-topic": one.topic }, mark, element("span", {}, words.pair.finding(one, kind)));
}

/** @param {boolean} here */
function attend(here) {
  if (here === (attending !== null)) return;
  attending?.close();
  attending = here ? new EventSource("/api/pairing/attend") : null;
}

/** Asks the hub how the pairing stands. A pairing begun on another screen is followed on this one. */
async function refresh() {
  /** @type {{available: boolean, kinds: import("./types.js").Kind[], reps: number, pairing: import("./types.js").Pairing | null}} */
  const state = await get("/api/pairing");
  offer(state.kinds);
  const dots = find(".reps");
  while (dots.children.length < state.reps) dots.append(element("li", {}, String(dots.children.length + 1)));
  attend(!asking && state.pairing !== null && !OVER.includes(state.pairing.progress.step));
  if (!asking && state.pairing !== null) follow(state.pairing);
  return state;
}

async function poll() {
  if (!asking) await attempt(async () => void (await refresh()));
  setTimeout(poll, POLL_MS);
}

async function start() {
  await attempt(async () => {
    const { available, pairing } = await refresh();
    if (!available) throw new Error(words.pair.elsewhere);
    asking = pairing === null || OVER.includes(pairing.progress.step);
    await (asking ? look() : refresh());
  });
  poll();
}

/** @param {string} what */
async function act(what) {
  await attempt(async () => {
    await post(`/api/pairing/${what}`);
    if (what === "cancel") return look();
    await refresh();
  });
}

find("#look").addEventListener("click", look);
find("#back").addEventListener("click", look);
find("#another").addEventListener("click", look);
find("#undo").addEventListener("click", () => attempt(async () => {
  const { what } = await post("/api/pairing/undo");
  await look();
  say(find("#looking"), words.pair.undone(what));
}));
find("#place").addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => act(/** @type {string} */ (button.getAttribute("data-do"))));
}
start();
