/** What coaches noted about an athlete: written, read, deleted. */
import { day, timeOfDay } from "./format.js";
import { element, find, get, post, trouble } from "./page.js";
import { words } from "./words.js";

const MOST_LETTERS = 4000;

/** @typedef {{note: number, text: string, made: string, made_by: string | null}} Note */

/** @param {string} athlete */
export async function showNotes(athlete) {
  const text = element("textarea", { rows: "2", required: "", maxlength: String(MOST_LETTERS), "data-testid": "note-text" });
  const form = element("form", { class: "editor" }, element("label", { class: "field" }, words.coach.note, text), element("p", { class: "buttons" }, element("button", { class: "button", type: "submit" }, words.coach.write)));
  const list = element("ul", { class: "plain notes" });
  find("#notes-panel").replaceChildren(element("h2", {}, words.coach.notes), form, list);
  const refresh = async () => {
    /** @type {Note[]} */
    const notes = await get(`/api/notes?athlete=${athlete}`);
    list.replaceChildren(...notes.map((note) => row(note, refresh)));
    trouble(null);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    post("/api/notes", { athlete, text: text.value }).then(() => form.reset()).then(refresh).catch((error) => trouble(error.message));
  });
  await refresh();
}

/** @param {Note} note @param {() => Promise<void>} refresh */
function row(note, refresh) {
  const gone = element("button", { class: "out", type: "button", "aria-label": `${words.coach.drop}: ${note.text.slice(0, 40)}` }, words.coach.drop);
  gone.addEventListener("click", () => post(`/api/notes/${note.note}/drop`).then(refresh).catch((error) => trouble(error.message)));
  const when = `${day(note.made)}, ${timeOfDay(note.made)}`;
  return element("li", { "data-testid": "note" }, element("p", {}, note.text), element("small", {}, words.coach.by(when, note.made_by)), gone);
}
