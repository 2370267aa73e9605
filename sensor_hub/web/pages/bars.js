/** A row of small bars: how something went, day by day or week by week. */
import { element } from "./page.js";

/**
 * @param {(number | null)[]} values none where nothing is known
 * @param {number} most what fills a bar @param {string} label what they say, for those who do not see them
 */
export function bars(values, most, label) {
  const made = values.map((value) => {
    const bar = element("i", value === null ? { class: "unknown" } : {});
    bar.style.setProperty("--share", String(value === null ? 0 : Math.min(1, value / most)));
    return bar;
  });
  return element("span", { class: "bars", role: "img", "aria-label": label }, ...made);
}
