/** The link of a screen beside a machine. Its token is behind the "#", which browsers send nowhere. */
import { post, trouble } from "./page.js";

const RETRY_MS = 5000;

async function enter() {
  try {
    const { path } = await post("/api/kiosk", { token: location.hash.slice(1) });
    location.replace(path);
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
    setTimeout(enter, RETRY_MS);
  }
}

enter();
