/** The question who lifts: a name, then load, side and what is due. For fingers that are in a hurry. */
import { element, find, get, say } from "./page.js";
import { decimal, inKg, inUnit, loadText, PLATES, readLoad, STEP, UNITS } from "./weights.js";
import { words } from "./words.js";

const FILTERED = 8;
const SIDES = /** @type {const} */ (["both", "left", "right"]);
/** Names under which no phone finds the hub. */
const OWN_NAME = /^(localhost|127\..*|\[::1\])$/;

/** @typedef {import("./types.js").Lifter} Lifter */
/** @typedef {import("./types.js").Asked} Asked */

/** @param {string | Node[]} text @param {() => void} act @param {boolean} [pressed] */
function chip(text, act, pressed) {
  const made = element("button", { class: "chip", type: "button" }, ...text);
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", act);
  return made;
}

/** "leg press · 3 × 10 · 4-1-2-0 · 80 kg", broken only between its parts. @param {Asked} asked @param {import("./weights.js").Unit} unit */
function askedText(asked, unit) {
  const load = asked.load_kg === null ? null : loadText(asked.load_kg, unit);
  const parts = [asked.exercise, `${asked.sets} × ${asked.reps}`, asked.tempo, load].filter((part) => part !== null);
  return parts.map((part, i) => element("span", {}, i === 0 ? part : ` · ${part}`));
}

/** Leaves alone what somebody is typing. @param {HTMLInputElement} place @param {number | null} load_kg @param {import("./weights.js").Unit} unit */
function write(place, load_kg, unit) {
  if (place !== document.activeElement) place.value = load_kg === null ? "" : decimal(inUnit(load_kg, unit));
}

export class Entry {
  /** @param {import("./who.js").Who} who @param {string} path of the machine: site/machine */
  constructor(who, path) {
    this.who = who;
    this.path = path;
    this.panel = /** @type {HTMLDialogElement} */ (find("#who"));
    this.load = /** @type {HTMLInputElement} */ (find("#load", this.panel));
    this.sled = /** @type {HTMLInputElement} */ (find("#sled", this.panel));
    this.filter = /** @type {HTMLInputElement} */ (find("#filter", this.panel));
    this.go = /** @type {HTMLButtonElement} */ (find("#go", this.panel));
    /** @type {Lifter} */ this.lifter = { athlete: null, load_kg: null, side: "both", asked: null };
    /** @type {import("./weights.js").Unit} */ this.unit = "kg";
    /** @type {number[]} */ this.loads = [];
    /** @type {Asked[]} */ this.due = [];
    /** Whether a set runs that is somebody's already. */
    this.running = false;
    /** @type {((lifter: Lifter) => Promise<void>) | null} */ this.afterwards = null;
    this.wire();
  }

  wire() {
    const { panel } = this;
    find("#who-close", panel).addEventListener("click", () => panel.close());
    panel.addEventListener("click", (event) => event.target === panel && panel.close());
    this.filter.addEventListener("input", () => this.showNames());
    find("#guest", panel).addEventListener("click", () => this.pick(null));
    find("#who-again", panel).addEventListener("click", () => this.askName());
    find("#lighter", panel).addEventListener("click", () => this.step(-1));
    find("#heavier", panel).addEventListener("click", () => this.step(1));
    this.load.addEventListener("input", () => this.typed());
    this.sled.addEventListener("input", () => this.keepSled());
    this.go.addEventListener("click", () => this.tell());
    const phone = /** @type {HTMLDetailsElement} */ (find("#phone", panel));
    phone.hidden = OWN_NAME.test(location.hostname);
    phone.addEventListener("toggle", () => find("img", phone).setAttribute("src", `/api/live/${this.path}/address.svg`));
  }

  /** @param {Lifter | null} lifter who lifts so far @param {string} [sentence] what went wrong
   * @param {((lifter: Lifter) => Promise<void>) | null} [afterwards] told in place of the hub: it is about a set that is done */
  open(lifter, sentence = "", afterwards = null) {
    this.afterwards = afterwards;
    if (lifter) this.pick(lifter.athlete);
    else this.askName();
    this.complain(sentence);
    this.panel.showModal();
  }

  askName() {
    this.filter.value = "";
    this.turn(false);
    this.showNames();
  }

  /** @param {boolean} named */
  turn(named) {
    find("#who-name", this.panel).hidden = find("#guest", this.panel).hidden = named;
    find("#who-load", this.panel).hidden = this.go.hidden = !named;
    this.complain("");
  }

  showNames() {
    const { athletes } = this.who;
    const wanted = this.filter.value.trim().toLocaleLowerCase();
    this.filter.hidden = athletes.length <= FILTERED;
    find("#nobody", this.panel).hidden = athletes.length > 0;
    const found = athletes.filter((one) => (one.name ?? one.athlete).toLocaleLowerCase().includes(wanted));
    const tiles = found.map(({ athlete }) => chip(this.who.name(athlete), () => this.pick(athlete)));
    find("#names", this.panel).replaceChildren(...tiles);
  }

  /** @param {string | null} athlete */
  async pick(athlete) {
    const before = this.who.turns.get(athlete);
    this.unit = this.who.unit(athlete);
    this.lifter = { athlete, load_kg: before?.load_kg ?? null, side: before?.side ?? "both", asked: null };
    [this.loads, this.due] = [[], []];
    this.turn(true);
    this.show();
    this.wait(athlete !== null);
    if (athlete === null) return;
    const { lifter } = this;
    const about = `${this.who.path}/athletes/${athlete}`;
    const [loads, due] = await Promise.all([get(`${about}/loads`).catch(() => []), get(`${about}/due`).catch(() => null)]);
    if (this.lifter !== lifter) return;
    this.wait(false);
    this.loads = loads;
    this.due = due?.training_day.exercises ?? [];
    lifter.asked = this.due.find((one) => one.exercise === before?.asked?.exercise) ?? this.due[0] ?? null;
    lifter.load_kg ??= lifter.asked?.load_kg ?? loads[0] ?? null;
    this.show();
  }

  /** For what is known of an athlete: a step from a load that is not there yet would count from nothing. @param {boolean} on */
  wait(on) {
    this.go.disabled = on;
    for (const part of this.panel.querySelectorAll("#who-load > :not(.is)")) part.toggleAttribute("inert", on);
  }

  /** @param {number | null} load_kg */
  weigh(load_kg) {
    this.lifter.load_kg = load_kg === null ? null : inKg(Math.max(0, load_kg), "kg");
    this.complain("");
    this.show();
  }

  /** @param {number} by steps */
  step(by) {
    this.weigh(inKg(inUnit(this.lifter.load_kg ?? this.sled_kg ?? 0, this.unit) + by * STEP[this.unit], this.unit));
  }

  typed() {
    const load_kg = readLoad(this.load.value, this.unit);
    if (load_kg === undefined) return this.complain(words.who.wrong);
    this.weigh(load_kg);
  }

  /** What the empty sled weighs, where somebody said so on this screen. */
  get sled_kg() {
    const kept = localStorage.getItem(`sled ${this.path}`);
    return kept === null ? null : Number(kept);
  }

  keepSled() {
    const load_kg = readLoad(this.sled.value, this.unit);
    if (load_kg === undefined) return this.complain(words.who.wrong);
    if (load_kg === null) localStorage.removeItem(`sled ${this.path}`);
    else localStorage.setItem(`sled ${this.path}`, String(load_kg));
    this.complain("");
  }

  /** @param {import("./weights.js").Unit} unit */
  measureIn(unit) {
    this.unit = unit;
    localStorage.setItem("unit", unit);
    this.show();
  }

  /** @param {Partial<Lifter>} change */
  choose(change) {
    Object.assign(this.lifter, change);
    this.show();
  }

  /** @param {Asked | null} asked */
  follow(asked) {
    this.choose({ asked, load_kg: asked?.load_kg ?? this.lifter.load_kg });
  }

  show() {
    const { lifter, unit, panel, sled_kg } = this;
    const put = (/** @type {string} */ place, /** @type {HTMLElement[]} */ chips) => find(place, panel).replaceChildren(...chips);
    say(find("#who-is", panel), this.who.name(lifter.athlete));
    write(this.load, lifter.load_kg, unit);
    write(this.sled, sled_kg, unit);
    put("#units", UNITS.map((one) => chip(one, () => this.measureIn(one), one === unit)));
    put("#loads", this.loads.map((one) => chip(loadText(one, unit), () => this.weigh(one), one === lifter.load_kg)));
    const plates = PLATES[unit].map((plate) => chip(`+ ${decimal(plate)}`, () => this.weigh((lifter.load_kg ?? sled_kg ?? 0) + inKg(2 * plate, unit))));
    put("#plates", [chip(words.who.empty, () => this.weigh(sled_kg)), ...plates]);
    put("#sides", SIDES.map((side) => chip(words.who.sides[side], () => this.choose({ side }), side === lifter.side)));
    const due = this.due.map((one) => chip(askedText(one, unit), () => this.follow(one), one === lifter.asked));
    put("#due", due.length ? [...due, chip(words.who.free, () => this.follow(null), lifter.asked === null)] : []);
    find("#due-title", panel).hidden = due.length === 0;
    find("#from-next", panel).hidden = !this.running || this.afterwards !== null;
  }

  /** @param {string} sentence */
  complain(sentence) {
    const place = find("#who-wrong", this.panel);
    place.hidden = sentence === "";
    say(place, sentence);
  }

  async tell() {
    if (readLoad(this.load.value, this.unit) === undefined) return this.complain(words.who.wrong);
    this.complain("");
    this.go.disabled = true;
    say(this.go, words.who.telling);
    try {
      await (this.afterwards ?? ((one) => this.who.tell(one)))({ ...this.lifter });
      this.panel.close();
    } catch (error) {
      this.complain(/** @type {Error} */ (error).message);
    }
    this.go.disabled = false;
    say(this.go, words.who.go);
  }
}
