/** @type {typeof import("./words.log.en.js").words} */
export const words = {
  log: {
    older: "Ältere Einheiten zeigen",
    none: "Noch keine Einheit",
    nothing: "Keine solche Einheit",
    several: "mehrere",
    loads: (low, high) => `${low} bis ${high}`,
    tempo: (share) => `Tempo ${share} %`,
    flags: {
      bounced: (reps) => `${reps} × abgeprallt`,
      hard_lockout: (reps) => `${reps} × hart durchgestreckt`,
      partial: (reps) => `${reps} × verkürzt`,
    },
    filter: "Nur zeigen",
    athlete: "Sportler",
    machine: "Gerät",
    day: "Tag",
    everybody: "alle",
    everywhere: "alle Geräte",
    clear: "Alle zeigen",
    how: "Eine Einheit wird von selbst aufgezeichnet, sobald jemand an einem Gerät mit Sensor trainiert.",
    machines: "Zu den Geräten",
  },
};
