/** An athlete's entry: name and unit, everything to take along, and for admins the way out for good. */
import { eraseButton } from "./erase.js";
import { element, find, put, trouble } from "./page.js";
import { FORMS, takeMenu } from "./take.js";
import { words } from "./words.js";

/** @typedef {import("./coach.js").Athlete} Athlete */

const LONGEST = 100;

/** @param {Athlete} athlete @param {{manages: boolean, erases: boolean}} may */
export function showPerson(athlete, may) {
  find("#actions").append(takeMenu(`/api/athletes/${athlete.athlete}`, [...FORMS, "zip"]));
  if (!may.manages) return;
  const way = `/compare?${new URLSearchParams({ of: "athletes", a: athlete.athlete })}`;
  find("#actions").append(element("a", { class: "button", href: way, "data-testid": "compare" }, words.nav.compare));
  find("#person-panel").replaceChildren(element("h2", {}, words.person.title), entryForm(athlete), ...(may.erases ? [eraseButton(athlete)] : []));
}

/** @param {Athlete} athlete */
function entryForm(athlete) {
  const name = element("input", { value: athlete.name ?? "", maxlength: String(LONGEST), autocomplete: "off", "data-testid": "person-name" });
  const unit = element("select", { "data-testid": "person-unit" }, ...["kg", "lb"].map((one) => element("option", {}, one)));
  unit.value = athlete.unit;
  const save = element("button", { class: "button", type: "submit" }, words.person.save);
  const fields = element("div", { class: "fields" }, element("label", { class: "field" }, words.person.name, name), element("label", { class: "field" }, words.person.unit, unit));
  const form = element("form", { class: "editor" }, fields, element("p", { class: "quiet" }, words.person.number(athlete.athlete)), element("p", { class: "buttons" }, save));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      const { language = null } = athlete;
      await put(`/api/athletes/${athlete.athlete}`, { name: name.value.trim() || null, unit: unit.value, language });
      location.reload();
    } catch (error) {
      save.disabled = false;
      trouble(/** @type {Error} */ (error).message);
    }
  });
  return form;
}
