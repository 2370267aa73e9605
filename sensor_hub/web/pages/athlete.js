/** An athlete: what comes next, progress over weeks, the programme, sessions, notes. */
import { called } from "./coach.js";
import { showNotes } from "./notes.js";
import { find, get, trouble } from "./page.js";
import { showPerson } from "./person.js";
import { showProgramme } from "./programme.js";
import { showCharts, showNext, showProfile, showSessions, showSides, showTable } from "./progress.js";

const id = decodeURIComponent(location.pathname.split("/")[2]);
const path = `/api/athletes/${encodeURIComponent(id)}`;
const MANAGE = "write:athletes";
const ERASE = "write:hub";
const LATEST = 30;

/** @param {import("./coach.js").Report} report @param {import("./coach.js").Unit} unit */
function showReport(report, unit) {
  find("#no-sets").hidden = report.sets.length > 0;
  find("#has-sets").hidden = report.sets.length === 0;
  showNext(report.next_load, unit);
  if (!report.sets.length) return;
  showCharts(report.sets, unit);
  showTable(report.sets, unit);
  showSides(report.sides);
  showProfile(report.load_velocity, unit);
}

async function load() {
  try {
    const [report, athletes, programme, sessions, me] = await Promise.all([
      get(`${path}/progress`),
      get("/api/athletes"),
      get(`${path}/programme`),
      get(`/api/sessions?athlete=${encodeURIComponent(id)}&limit=${LATEST}`),
      get("/api/me"),
    ]);
    /** @type {import("./coach.js").Athlete} */
    const athlete = athletes.find((/** @type {import("./coach.js").Athlete} */ one) => one.athlete === id);
    const manages = me.rights.includes(MANAGE);
    document.title = find("#name").textContent = called(athlete);
    find("#found").hidden = false;
    showReport(report, athlete.unit);
    showProgramme(programme, { athlete, sets: report.sets, today: report.today, manages });
    showSessions(sessions);
    showPerson(athlete, { manages, erases: me.rights.includes(ERASE) });
    if (manages) await showNotes(id);
  } catch (error) {
    trouble(/** @type {Error} */ (error).message);
  }
}

load();
