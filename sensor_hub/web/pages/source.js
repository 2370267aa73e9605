/** Where a session's page has its session from: the hub's store, a link, or a look at what a link would show. */
import { athletesOf } from "./asked.js";
import { get, Refusal } from "./page.js";
import { words } from "./words.js";

const PAGE = "/shared";
/** Of a shared session only what counts is told. */
const UNTOLD = { rejected: [], discarded_sets: [], discarded_reps: [], measured: [], corrections: [] };
/** In place of the number of whoever lifted, where it is not told. */
const NOBODY = "";

/**
 * path: of the session in the API; null where it was shared and nothing else is to be seen. expires: of a link.
 * @typedef {import("./corrections.js").Detail & {motion: import("./types.js").Motion[], athletes: import("./asked.js").Athletes, path: string | null,
 *   expires: string | null}} Shown
 */

/** @returns {Promise<Shown>} */
export async function shown() {
  if (location.pathname !== PAGE) return stored(decodeURIComponent(location.pathname.split("/")[2]));
  const { session, ...asked } = Object.fromEntries(new URLSearchParams(location.search));
  if (session === undefined) return shared(await byLink(location.hash.slice(1)));
  return shared(await get(`/api/sessions/${encodeURIComponent(session)}/shared?${new URLSearchParams(asked)}`));
}

/** @param {string} id @returns {Promise<Shown>} */
async function stored(id) {
  const path = `/api/sessions/${encodeURIComponent(id)}`;
  const [detail, motion] = await Promise.all([get(path), get(`${path}/motion`)]);
  return { ...detail, motion, path, expires: null, athletes: await athletesOf(detail.session, detail.sets) };
}

/** The token stays behind the # of the address, which browsers tell nobody. @param {string} token */
async function byLink(token) {
  const answer = await fetch("/api/shared", { headers: { Authorization: `Bearer ${token}` } }).catch(() => null);
  if (answer === null) throw new Error(words.unreachable);
  if (answer.status === 401) throw new Error(words.share.ended);
  const body = await answer.json();
  if (!answer.ok) throw new Refusal(answer.status, body.error);
  return body;
}

/** @param {Omit<Shown, "athletes" | "path" | keyof typeof UNTOLD> & {athletes: import("./types.js").Athlete[], unit: "kg" | "lb"}} told @returns {Shown} */
function shared({ athletes, unit, ...told }) {
  const nobody = { athlete: NOBODY, name: null, unit };
  const known = [nobody, ...athletes].map((one) => ({ ...one, created: "", last_lifted: null }));
  return { ...told, ...UNTOLD, path: null, athletes: new Map(known.map((one) => [one.athlete, one])) };
}
