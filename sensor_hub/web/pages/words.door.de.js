/** @type {typeof import("./words.door.en.js").words} */
export const words = {
  door: {
    title: "Anmelden",
    name: "Name",
    password: "Passwort",
    help: "Kein Konto, oder das Passwort vergessen? Wer diesen Hub betreibt, richtet eines ein.",
    wrong: "Name oder Passwort ist falsch.",
    stale: "Dieser Link gilt nicht mehr. `sensor-hub kiosk` macht einen neuen.",
    screen: "Bildschirm",
    closed: "Diese Seite ist hier nicht offen",
    closedWhy: "Wer trainiert, sieht Geräte und dass es Einheiten gab. Coaches werten sie aus. Admins koppeln Sensoren.",
    missing: "Diese Seite gibt es nicht",
    missingWhy: "Vielleicht ist die Adresse vertippt, oder die Einheit, die sie nennt, ist gelöscht.",
    machines: "Alle Geräte ansehen",
  },
};
