/** Every word the pages say. A second language is a second object of this shape. */
export const words = {
  none: "–",
  phase: { eccentric: "Lower", bottom: "Hold", concentric: "Push", top: "Top", idle: "Rest" },
  link: {
    searching: "looking for the sensor",
    connecting: "connecting",
    streaming: "connected",
    catching_up: "catching up",
    stalled: "sensor silent",
    lost: "sensor lost, looking for it",
  },
  behind: (/** @type {number} */ seconds) => `catching up: ${seconds.toFixed(0)} s behind`,
  noData: "no data",
  noHub: "no connection to the hub, trying again",
  hubOff: "hub is off",
  neverHeard: "nothing heard yet",
  batteryLow: "low",
  hours: (/** @type {number} */ hours) => (hours < 1 ? "under 1 h" : `${Math.round(hours)} h`),
  notice: {
    rest: ["Waiting for the sled to rest", "Leave it still on its stops for a moment, then lift."],
    neverHeard: ["Nothing heard from this machine yet", "Is its hub running, and is the name in the address right?"],
    noData: ["No data", "The last numbers are below; the count goes on when the sensor is back."],
    noHub: ["No connection to the hub", "Trying again."],
    hubOff: ["The hub of this machine is off", "Start it, and this page goes on by itself."],
    searching: ["Looking for the sensor", "Tap or shake it to wake it up."],
    lost: ["Sensor lost, looking for it", "Keep it close to the hub. Reps made meanwhile are not counted."],
  },
  flags: { bounced: "bounced", hard_lockout: "hard lockout", partial: "partial" },
  details: "More about each rep",
  detailsKey:
    "Even: 100 % is a lowering at one speed. Stretch left: what the pause at the bottom leaves of the help of lowering first. " +
    "Propulsive: mean speed up to where the sled brakes harder than gravity would. Power: without friction. " +
    "Sticks at: where the push is slowest between two peaks, and with how much of its speed; a dash where it does not stick.",
  reps: (/** @type {number} */ count) => (count === 1 ? "rep" : "reps"),
  sets: (/** @type {number} */ count) => (count === 1 ? "set" : "sets"),
  today: "Today",
  yesterday: "Yesterday",
  running: "running",
  guest: "",
};
