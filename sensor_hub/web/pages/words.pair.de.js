/** The hub's own sentences are English: what it measured is said anew here, what it lacks by the sentence. */

/** @typedef {import("./types.js").Finding} Finding */

const LOCKOUT_HZ = 1 / 0.024;
/** @type {Record<string, {title: string, clip: string}>} */
const KINDS = {
  "leg-press-45": { title: "Beinpresse, 45°", clip: "Sensor an den Schlitten" },
  "vertical-press": { title: "Senkrechte Beinpresse", clip: "Sensor an die Plattform" },
  "horizontal-press": { title: "Waagerechte Beinpresse", clip: "Sensor an Sitz oder Schlitten" },
  "weight-stack": { title: "Gewichtsblock", clip: "Sensor an die oberste Platte" },
};
/** @type {Record<string, string>} */
const SHORTCOMINGS = {
  "It does not date its samples: times are those of their arrival, and less certain.": "Er datiert seine Messwerte nicht: Es gilt die Zeit ihrer Ankunft, und die ist ungenauer.",
  "It does not number its samples: how many are lost is reckoned from its clock.": "Er zählt seine Messwerte nicht: Wie viele fehlen, wird aus seiner Uhr errechnet.",
  "It does not number its samples: where some are lost, nobody can tell how many.": "Er zählt seine Messwerte nicht: Wo welche fehlen, weiß niemand, wie viele.",
  "It keeps no samples: what it measures while out of reach is lost.": "Er merkt sich nichts: Was er außer Reichweite misst, ist verloren.",
  "It does not tell how full its battery is.": "Er sagt nicht, wie voll sein Akku ist.",
  "All DOTs call themselves alike: let one blink to know which it is.": "Alle DOTs heißen gleich: Blinken zeigt, welcher es ist.",
  "It sends the mean over each interval: of a short blow less is seen than there was.": "Er schickt Mittelwerte: Von einem kurzen Schlag ist weniger zu sehen, als da war.",
  "Ten minutes without a connection send it to sleep; wake it then.": "Nach zehn Minuten ohne Verbindung schläft er ein und will geweckt werden.",
  "Once started it keeps measuring, whether a hub listens or not, and its battery pays for it.": "Einmal gestartet misst er weiter, ob ein Hub zuhört oder nicht, und das kostet Akku.",
  "Its range cannot be set: it measures in the one it was left in, and tells which.": "Sein Messbereich ist nicht einstellbar: Er misst im zuletzt gewählten und sagt, in welchem.",
  "The H10 measures at 25, 50, 100 or 200 Hz, the Verity Sense at 26, 52, 104, 208 or 416 Hz.": "Der H10 misst mit 25, 50, 100 oder 200 Hz, der Verity Sense mit 26, 52, 104, 208 oder 416 Hz.",
  "The H10 wakes up only while its electrodes touch skin; once it streams it goes on without.": "Der H10 erwacht nur, wenn seine Elektroden Haut berühren; läuft er einmal, geht es ohne.",
  "The Verity Sense measures no pulse meanwhile; with old firmware it still goes off after ten minutes.": "Der Verity Sense misst dabei keinen Puls; mit alter Firmware geht er trotzdem nach zehn Minuten aus.",
  "Its range of ±2 g is little for a hard lockout: such reps are told without what it cut off.": "Sein Messbereich von ±2 g ist für hartes Durchstrecken knapp: Was darüber ging, fehlt.",
  "Asked for 200 Hz, some have sent 50 to 120.": "Um 200 Hz gebeten, haben manche 50 bis 120 geschickt.",
  "Its measurements have no checksum: a garbled one may pass for a blow.": "Seine Messwerte haben keine Prüfsumme: Ein verstümmelter kann wie ein Schlag aussehen.",
  "Its own filter takes off short blows, the more the lower its bandwidth is set (register 1F).": "Sein eigener Filter schluckt kurze Schläge, umso mehr, je schmaler er eingestellt ist (Register 1F).",
};

const number = (/** @type {number} */ value, digits = 0) => value.toFixed(digits).replace(".", ",");
const kindOf = (/** @type {string} */ kind) => KINDS[kind]?.title ?? kind;
const wrongKind = (/** @type {string} */ kind) => `Der Winkel der Schiene passt nicht dazu (${kindOf(kind)}): Ist es das richtige Gerät, und sitzt der Sensor richtig?`;

/** By topic and grade; what is missing there was not measured. @type {Record<string, (value: number, one: Finding, kind: string) => Record<string, string>>} */
const FINDINGS = {
  signal: (dbm) => ({
    good: `Signal gut (${dbm} dBm).`,
    poor: `Signal mäßig (${dbm} dBm): Jemand dazwischen kann es unterbrechen. Den Hub näher stellen, wenn es geht.`,
    bad: `Signal schwach (${dbm} dBm): den Hub näher oder höher stellen.`,
  }),
  loss: (percent) => ({
    good: percent === 0 ? "Nichts geht verloren." : `Verliert ${number(percent, 1)} % seiner Messwerte: Das schadet nicht.`,
    poor: `Verliert ${number(percent, 1)} % seiner Messwerte: Zahlen werden ungenauer. Den Hub näher stellen.`,
    bad: `Verliert ${number(percent)} % seiner Messwerte: Wiederholungen werden zerschnitten. Den Hub näher stellen oder aus dem Gedränge.`,
  }),
  rate: (hz) => {
    const slow = hz < LOCKOUT_HZ
      ? `Der Sensor misst ${number(hz)}-mal je Sekunde: genug für Zählen und Tempo, nicht für hartes Durchstrecken.`
      : `Der Sensor misst nur ${number(hz)}-mal je Sekunde: Umkehrpunkte werden weniger scharf gesehen.`;
    return { good: `Misst ${number(hz)}-mal je Sekunde.`, poor: slow, bad: slow };
  },
  noise: (noise) => ({
    good: `Ruhig im Stand (${number(noise, 3)} m/s²).`,
    poor: `Unruhig im Stand (${number(noise, 2)} m/s²): Kurze Pausen werden schlechter gesehen.`,
    bad: `Zu unruhig im Stand (${number(noise, 2)} m/s²): Ein ruhender Schlitten wird übersehen. Hängt ein Ventilator am Gestell?`,
  }),
  clip: (value, { unit }) => {
    const loose = unit === "deg" ? `Die Klemme hat sich um ${number(value)}° gedreht: festziehen und noch einmal messen.` : "Die Klemme sitzt locker und schwingt: festziehen.";
    return { good: "Die Klemme sitzt fest.", poor: loose, bad: loose };
  },
  angle: (steep_deg, _, kind) => ({ good: `Die Schiene steigt ${number(steep_deg)}°.`, bad: `Die Schiene steigt ${number(steep_deg)}°. ${wrongKind(kind)}` }),
  range: (range_m) => ({
    good: `Ganzer Weg ${number(100 * range_m)} cm.`,
    poor: "Die Wiederholungen sind verschieden lang: noch einmal drei ganze drücken, oder den Weg später lernen lassen.",
  }),
  stops: (stops_m) => ({ good: `Die Anschläge sind ${number(100 * stops_m)} cm unter dem oberen Ende.` }),
  battery: (percent) => ({
    good: `Akku ${percent} %.`,
    poor: `Akku ${percent} %: heute laden.`,
    bad: `Akku ${percent} %: vor dem ersten Satz laden.`,
  }),
};
/** @type {Record<string, string>} */
const UNMEASURED = {
  signal: "Dieser Rechner sagt nicht, wie stark das Signal ist.",
  loss: "Dieser Sensor zählt seine Messwerte nicht: Verluste lassen sich nicht zählen.",
  rate: "Zu wenige Messwerte, um zu sagen, wie oft er misst.",
  noise: "Der Schlitten war nie in Ruhe.",
  clip: "Zu wenig Bewegung, um zu sagen, ob die Klemme fest sitzt.",
  angle: "Der Winkel der Schiene war nicht zu messen: noch einmal drücken.",
  range: "Der Weg war nicht sicher zu messen: noch einmal drei ganze, langsame Wiederholungen drücken.",
  battery: "Dieser Sensor sagt nicht, wie voll sein Akku ist.",
};

/** @type {typeof import("./words.pair.en.js").words} */
export const words = {
  pair: {
    title: "Sensor koppeln",
    again: "Noch einmal suchen",
    machine: "Name des Geräts",
    kind: "Was ist es?",
    replacing: "Den anderen Sensor von diesem Gerät nehmen",
    measure: "Messen",
    another: "Anderer Sensor",
    anew: "Neu beginnen",
    cancel: "Abbrechen",
    remeasure: "Noch einmal messen",
    counted: "Von nun an werden seine Wiederholungen gezählt.",
    watch: "Zusehen",
    pairAnother: "Noch einen koppeln",
    undo: "Rückgängig",
    looking: "Sensoren werden gesucht …",
    which: "Welcher wurde angeklemmt? Im Zweifel blinken lassen.",
    none: "Kein Sensor zu hören. Ist er geladen und wach? Schütteln, dann noch einmal suchen.",
    elsewhere: "Gekoppelt wird dort, wo der Hub läuft: die Seite jenes Rechners öffnen.",
    choose: "Dieser",
    blink: "Blinken",
    blinking: "blinkt …",
    free: "an keinem Gerät",
    on: (machine) => `an ${machine}`,
    battery: (percent) => `Akku ${percent} %`,
    signal: (connected, dbm) =>
      connected ? "verbunden" : dbm === null ? "Signal unbekannt" : `Signal ${dbm >= -75 ? "gut" : dbm >= -85 ? "mäßig" : "schwach"}`,
    kinds: ({ kind, title, clip_on }) => KINDS[kind] ?? { title, clip: clip_on },
    shortcoming: (sentence) => SHORTCOMINGS[sentence] ?? sentence,
    finding: (one, kind) => (one.value === null ? UNMEASURED[one.topic] : FINDINGS[one.topic]?.(one.value, one, kind)[one.grade]) ?? one.sentence,
    remark: (_, kind) => wrongKind(kind),
    stored: ({ name, machine }) => `${name} ist jetzt an ${machine}.`,
    undone: () => "Rückgängig gemacht.",
    where: (sensor, machine) => `${sensor} an ${machine}`,
    task: { connect: "Verbinden", rest: "Schlitten ruhen lassen", press: "Drei langsame Wiederholungen", review: "", done: "", cancelled: "" },
    advice: {
      connect: "Den Sensor beim Hub lassen.",
      rest: "Auf den Anschlägen lassen, Hände weg.",
      press: "Ganzer Weg, langsam. Dann zurück auf die Anschläge.",
      review: "",
      done: "",
      cancelled: "",
    },
    keep: "Behalten",
    keepAnyway: "Trotzdem behalten",
    restless: "Er bewegt sich noch. Auf den Anschlägen lassen, Hände weg.",
    grade: { good: "Gut. Darauf ist Verlass.", poor: "Es geht, mit einer Bemerkung.", bad: "Noch nicht.", unknown: "" },
  },
};
