/** How things stand with the machine, in words. */
import { words } from "./words.js";

/** @typedef {"good" | "wait" | "bad"} Tone */
/** @typedef {[heading: string, advice: string]} Notice */

/**
 * Words, their tone, and the notice that covers the trace while there is nothing to draw.
 * @param {{connected: boolean, stale: boolean, live: import("./types.js").Live | null, sensor: import("./types.js").Sensor | null,
 *   status: import("./types.js").Status | null}} known
 * @returns {{text: string, tone: Tone, notice: Notice | null}}
 */
export function standing({ connected, stale, live, sensor, status }) {
  if (!connected) return told(words.noHub, "bad", words.notice.noHub);
  if (status?.online === false) return told(words.hubOff, "bad", words.notice.hubOff);
  if (!sensor && !live) return told(words.neverHeard, "wait", words.notice.neverHeard);
  if (sensor?.state === "lost" || sensor?.state === "searching") {
    const [heading, advice] = words.notice[sensor.state];
    return told(words.link[sensor.state], sensor.state === "lost" ? "bad" : "wait", [heading, sensor.note ?? advice]);
  }
  if (sensor?.state === "catching_up") return told(words.behind(sensor.behind_s ?? 0), "wait");
  if (stale) {
    const text = sensor && sensor.state !== "streaming" ? words.link[sensor.state] : words.noData;
    return told(text, sensor?.state === "connecting" ? "wait" : "bad", words.notice.noData);
  }
  if (live && !live.calibrated) return told(words.link.streaming, "good", words.notice.rest);
  return told(words.link[sensor?.state ?? "streaming"], sensor?.state === "stalled" ? "bad" : "good");
}

/** @param {string} text @param {Tone} tone @param {string[] | null} notice */
function told(text, tone, notice = null) {
  return { text, tone, notice: /** @type {Notice | null} */ (notice) };
}
