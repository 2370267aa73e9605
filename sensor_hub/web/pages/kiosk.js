/** The link of a screen beside a machine. Its token is behind the "#", which browsers send nowhere. */
import { post, Refusal, trouble } from "./page.js";
import { words } from "./words.js";

const RETRY_MS = 5000;

async function enter() {
  try {
    const { path } = await post("/api/kiosk", { token: location.hash.slice(1) });
    location.replace(path);
  } catch (error) {
    trouble(error instanceof Refusal && error.status === 401 ? words.door.stale : /** @type {Error} */ (error).message);
    setTimeout(enter, RETRY_MS);
  }
}

enter();
