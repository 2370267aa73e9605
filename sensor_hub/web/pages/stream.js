/**
 * One machine's live stream: reconnects by itself, and says within two seconds when nothing comes any more. The hub
 * sends something at least every half second, so silence means the way to it is broken.
 */

import { get } from "./page.js";

const SILENT_MS = 1300;
const REOPEN_MS = 4000;
const EVENTS = ["trace", "live", "sensor", "status", "session", "set", "rep", "rejected", "lifter", "beat"];

/** Asks anew for a page that may no longer be seen, so that the hub sends its viewer to the login. */
async function leaveIfUnwelcome() {
  const me = await get("/api/me").catch(() => null);
  if (me !== null && !me.rights.includes("read:live")) location.reload();
}

/**
 * @param {string} url
 * @param {Object<string, (data: any) => void>} handlers by event name
 * @param {(connected: boolean) => void} onConnection
 */
export function follow(url, handlers, onConnection) {
  let heard = performance.now();
  let opened = heard;
  let connected = false;
  let source = open();

  function open() {
    const made = new EventSource(url);
    for (const name of EVENTS) {
      made.addEventListener(name, (event) => {
        heard = performance.now();
        tell(true);
        handlers[name]?.(JSON.parse(event.data));
      });
    }
    return made;
  }

  /** @param {boolean} now */
  function tell(now) {
    if (now === connected) return;
    connected = now;
    onConnection(now);
  }

  function watch() {
    const now = performance.now();
    if (now - heard > SILENT_MS) tell(false);
    if (now - Math.max(heard, opened) > REOPEN_MS || (source.readyState === EventSource.CLOSED && now - opened > 1000)) {
      if (source.readyState === EventSource.CLOSED) leaveIfUnwelcome();
      source.close();
      opened = now;
      source = open();
    }
  }

  setInterval(watch, 150);
  document.addEventListener("visibilitychange", watch);
}
