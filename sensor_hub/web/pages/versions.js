/** Versions of a session: what today's program makes of its raw samples, what that changes, and which one is shown. */
import { day, METRICS, number, timeOfDay } from "./format.js";
import { element, find, get, trouble } from "./page.js";
import { words } from "./words.js";

const AGAIN_MS = 500;

/**
 * @typedef {import("./correct.js").Corrector} Corrector
 * @typedef {{number: number, made: string, program: string, made_by: string | null, why: string | null}} Version
 * @typedef {keyof typeof words.review.causes} Cause
 * @typedef {{session: string, share: number, ended: boolean, version: number | null, problem: string | null}} Rescore
 * @typedef {{set_number: number, number: number, change: "gone" | "new" | "other", now: [number, number] | null,
 *   cause: [Cause | null, Cause | null] | null, figures: Object<string, [number | null, number | null]>, flags: Object<string, [boolean | null, boolean | null]>}} Difference
 */

/** What the dialog offers, as of the newest look. @type {{corrector: Corrector, versions: Version[], shown: number} | null} */
let known = null;
/** Whether this page has asked, and waits for what comes of it. */
let waiting = false;

/** Where versions are made. */
export function versionsButton() {
  if (known === null) return [];
  const button = element("button", { class: "button", type: "button", "data-testid": "versions" }, words.correct.versions.open);
  button.addEventListener("click", () => known?.corrector.open(words.correct.versions.title, choices(known), "versions"));
  return [button];
}

/** Where there is a new version since the last look, everything is shown anew. @param {Corrector} corrector @param {number} shown which version the page shows, 0 as measured live */
export async function showVersions(corrector, shown) {
  /** @type {{versions: Version[], latest: Rescore | null} | null} */
  const found = await get(`${corrector.path}/analyses`).catch(() => null);
  if (found === null) return;
  const { versions, latest } = found;
  const isNew = known !== null && versions.length > known.versions.length;
  known = { corrector, versions, shown };
  if (isNew) {
    await corrector.refresh();
    return;
  }
  const place = find("#versions");
  place.replaceChildren(...status(corrector, latest), ...list(corrector.path, versions, shown));
  if (latest !== null && !latest.ended && latest.session === corrector.detail.session.session) {
    setTimeout(() => showVersions(corrector, shown).catch((error) => trouble(error.message)), AGAIN_MS);
  }
}

/** @param {Corrector} corrector @param {Rescore | null} latest */
function status({ detail }, latest) {
  const { versions } = words.correct;
  if (latest === null || (latest.ended && !waiting)) return [];
  if (latest.session !== detail.session.session) return latest.ended ? [] : [element("p", { class: "quiet" }, versions.elsewhere)];
  const outcome = latest.problem ?? (latest.version === null ? versions.nothing : versions.done(latest.version));
  const told = latest.ended ? outcome : versions.working(number(latest.share * 100, 0));
  const line = element("p", { role: "status", "data-testid": "rescore" }, told);
  return latest.ended ? [line] : [line, element("progress", { value: String(latest.share), "aria-label": told })];
}

/** @param {string} path @param {Version[]} versions @param {number} shown */
function list(path, versions, shown) {
  if (!versions.length) return [];
  const rows = versions.map((one) => {
    const when = `${day(one.made)} ${timeOfDay(one.made)}`;
    const why = one.why === null ? "" : `: “${one.why}”`;
    const mark = one.number === shown ? ` · ${words.correct.versions.shown}` : "";
    const said = words.correct.versions.made(one.number) + words.correct.by(one.made_by, when) + why + mark;
    return element("li", { "data-testid": `version-${one.number}` }, element("span", {}, said), changesOf(path, one.number));
  });
  return [element("ul", { class: "said", "aria-label": words.correct.versions.title }, ...rows)];
}

/** @param {string} path @param {number} version */
function changesOf(path, version) {
  const rows = element("ul", {});
  const made = element("details", {}, element("summary", {}, words.correct.versions.changed), rows);
  made.addEventListener("toggle", async () => {
    if (!made.open || rows.childElementCount) return;
    try {
      /** @type {Difference[]} */
      const differences = await get(`${path}/analyses/${version}/changes`);
      rows.replaceChildren(...differences.map((one) => element("li", {}, inWords(one))));
    } catch (error) {
      trouble(/** @type {Error} */ (error).message);
    }
  });
  return made;
}

/** "Set 1, rep 1: Push 9.9 → 1.2 s, bounced yes → no". @param {Difference} one */
function inWords({ set_number, number: rep, change, now, figures, flags, cause }) {
  const { versions, was } = words.correct;
  const flag = (/** @type {boolean | null} */ value) => was[value === null ? "unknown" : value ? "yes" : "no"];
  const parts = [
    ...(change === "other" ? [] : [versions.change[change]]),
    ...(now === null ? [] : [versions.now(...now)]),
    ...Object.entries(figures).map(([name, [before, after]]) => {
      const metric = /** @type {"eccentric_s"} */ (name);
      const { scale, unit, digits } = METRICS[metric];
      const shown = [before, after].map((value) => number(value === null ? null : value * scale, digits + 1));
      return `${words.review.columns[metric]} ${shown.join(" → ")} ${unit}`;
    }),
    ...Object.entries(flags).map(([name, pair]) => `${words.review.flags[/** @type {"bounced"} */ (name)]} ${pair.map(flag).join(" → ")}`),
    ...(cause === null ? [] : [cause.map((one) => (one === null ? was.unknown : words.review.causes[one])).join(" → ")]),
  ];
  return `${versions.rep(set_number, rep)}: ${parts.join(", ")}`;
}

/** @param {NonNullable<typeof known>} known @returns {import("./correct.js").Choice[]} */
function choices({ versions, shown }) {
  const others = [0, ...versions.map((one) => one.number)].filter((one) => one !== shown);
  return [
    { value: "anew", label: words.correct.versions.anew, to: "analyses", body: () => ((waiting = true), {}) },
    ...others.map((version) => ({ value: `version-${version}`, label: words.correct.versions.show(version), body: () => ({ kind: "version", version }) })),
  ];
}
