/** What the log of sessions says. */
export const words = {
  log: {
    older: "Show older sessions",
    none: "No session yet",
    nothing: "No session like this",
    several: "several people",
    loads: (/** @type {string} */ low, /** @type {string} */ high) => `${low} to ${high}`,
    tempo: (/** @type {string} */ share) => `tempo ${share} %`,
    flags: {
      bounced: (/** @type {number} */ reps) => `${reps} × bounced`,
      hard_lockout: (/** @type {number} */ reps) => `${reps} × hard lockout`,
      partial: (/** @type {number} */ reps) => `${reps} × partial`,
    },
    filter: "Show only",
    athlete: "Athlete",
    machine: "Machine",
    day: "Day",
    everybody: "everybody",
    everywhere: "all machines",
    clear: "Show all",
    how: "A session is logged by itself as soon as somebody lifts on a machine with a sensor.",
    machines: "See the machines",
  },
};
