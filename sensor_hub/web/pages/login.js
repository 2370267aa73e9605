/** Logs in, and goes on to the page that was asked for. */
import { find, get, post, Refusal, trouble } from "./page.js";
import { words } from "./words.js";

/** Where to go on: only an address of this hub. */
function next() {
  const wanted = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return wanted.origin === location.origin ? wanted.pathname + wanted.search : "/";
}

/** Came here by a link from elsewhere, which does not carry the cookie, but is logged in. */
async function pass() {
  const me = await get("/api/me");
  if (me.rights.length > 0) location.replace(next());
}

const button = /** @type {HTMLButtonElement} */ (find("#login button"));
const name = /** @type {HTMLInputElement} */ (find("#name"));
const password = /** @type {HTMLInputElement} */ (find("#password"));

find("#login").addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    trouble(null);
    await post("/api/login", { name: name.value.trim().toLowerCase(), password: password.value });
    location.replace(next());
  } catch (error) {
    trouble(error instanceof Refusal && error.status === 401 ? words.door.wrong : /** @type {Error} */ (error).message);
    password.select();
  }
  button.disabled = false;
});

button.disabled = false;
name.focus();
pass().catch((error) => trouble(error.message));
