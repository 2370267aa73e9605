/** All gyms, the one that needs somebody most first; where there is only one, that. */
import { title } from "./format.js";
import { reasons, toneOf } from "./needs.js";
import { element, find, get, say, trouble } from "./page.js";
import { words } from "./words.js";

const REFRESH_MS = 60_000;
const SHOWN = 4;
/** With fewer nobody searches. */
const MANY = 12;

/** @typedef {import("./types.js").Gym} Gym */

const search = /** @type {HTMLInputElement} */ (find("#search"));
/** @type {Gym[]} */
let gyms = [];

/** @param {Gym} gym */
function card(gym) {
  const tone = toneOf(gym.needs);
  const more = gym.needs.length - SHOWN;
  const facts = [words.gyms.machineCount(gym.machines), words.gyms.sessions(gym.sessions), ...gym.versions];
  return element(
    "li",
    { "data-testid": "gym", class: tone },
    element("h2", {}, element("a", { href: `/gyms/${gym.site}` }, title(gym.site))),
    element("p", { class: "state", "data-tone": tone }, words.gyms.tone[tone]),
    ...(gym.needs.length ? [element("ul", { class: "needs" }, ...reasons(gym.needs.slice(0, SHOWN)), ...(more > 0 ? [element("li", { class: "rest" }, words.gyms.more(more))] : []))] : []),
    element("p", { class: "quiet" }, facts.join(" · ")),
  );
}

function show() {
  const wanted = search.value.trim().toLocaleLowerCase();
  const found = gyms.filter((gym) => `${title(gym.site)} ${gym.site}`.toLocaleLowerCase().includes(wanted));
  find("#gyms").replaceChildren(...found.map(card));
  find("#search-field").hidden = gyms.length < MANY;
  find('[data-testid="empty"]').hidden = gyms.length > 0;
  const tones = gyms.map((gym) => toneOf(gym.needs));
  const count = (/** @type {string} */ tone) => tones.filter((one) => one === tone).length;
  say(find("#summary"), gyms.length ? words.gyms.summary(gyms.length, count("bad"), count("wait")) : "");
}

async function refresh() {
  try {
    gyms = await get("/api/gyms");
    if (gyms.length === 1) location.replace(`/gyms/${gyms[0].site}`);
    show();
    trouble(null);
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
  }
  setTimeout(refresh, REFRESH_MS);
}

search.addEventListener("input", show);
refresh();
