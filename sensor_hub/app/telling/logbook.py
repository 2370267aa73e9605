"""Logged sessions, drawn for a terminal: what the pages of the sessions say, in tables and sparklines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sensor_hub.app.telling.refusal_words import why_not
from sensor_hub.app.telling.rep_words import CAUSES, FLAGS, figure, flags
from sensor_hub.app.telling.terminal import sparkline
from sensor_hub.coach.adherence import PHASES, PhaseAdherence, adherence, judge
from sensor_hub.coach.summary import RepSummary, SetSummary, summarise
from sensor_hub.coach.uncounted import set_of
from sensor_hub.messages import RepMessage, SessionMessage, SetMessage
from sensor_hub.prescription import Prescription
from sensor_hub.store import Athlete, SessionRecord

WIDE = 100
"""Columns from which everything has room."""
KG_PER_LB = 0.45359237
PHASE_WORDS = dict(zip(PHASES, ("lower", "hold", "push", "top"), strict=True))
_MARKS = {None: " ", "kept": "✓", "short": "▾", "long": "▴"}
_COLUMNS = {
    "rom_m": ("range cm", 100.0, 1),
    "mean_velocity_mps": ("speed m/s", 1.0, 2),
    "peak_velocity_mps": ("peak m/s", 1.0, 2),
}
_LINES = {"eccentric_s": "lower", "concentric_s": "push", "rom_m": "range", "mean_velocity_mps": "speed"}


@dataclass(frozen=True)
class Names:
    """Who an athlete's id is, and in which unit loads are shown."""

    known: Mapping[str, Athlete]

    def who(self, athlete: str | None) -> str:
        if athlete is None:
            return ""
        return self.known[athlete].called if athlete in self.known else athlete

    def load(self, load_kg: float | None, athlete: str | None) -> str:
        if load_kg is None:
            return ""
        unit = self.known[athlete].unit if athlete is not None and athlete in self.known else "kg"
        shown = load_kg / KG_PER_LB if unit == "lb" else load_kg
        return f"{round(shown, 2 if unit == 'kg' else 1):g} {unit}"


def listed(records: Sequence[SessionRecord], names: Names, width: int) -> RenderableType:
    """A line a session. width: of the terminal, in columns."""
    if not records:
        return Text("No session yet.")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("session", no_wrap=True, min_width=max(len(one.session.session) for one in records))
    table.add_column("began", no_wrap=True)
    table.add_column("who", no_wrap=True, overflow="ellipsis")
    for name in ("load", "sets", "reps", "kept"):
        table.add_column(name, justify="right", no_wrap=True)
    if width >= WIDE:
        table.add_column("speed", no_wrap=True, overflow="ellipsis")
        table.add_column("", style="yellow")
    for record in records:
        table.add_row(*_line(record, names, width >= WIDE))
    return table


def shown(record: SessionRecord, names: Names, width: int) -> RenderableType:
    """One session: each set with its reps, every figure with its standard uncertainty."""
    parts: list[RenderableType] = [Text(_title(record), style="bold")]
    for one in record.sets:
        reps = [rep for rep in record.reps if rep.set_number == one.number]
        parts += ["", *_set(one, reps, record.session, names, width), *_uncounted(one, record)]
    if not record.sets:
        return Group(*parts, Text("Nothing in it counts."))
    marks = "✓ kept within 20 %, ▾ too short, ▴ too long; " if any(one.asked for one in record.sets) else ""
    return Group(*parts, "", Text(f"{marks}± is the standard uncertainty; ? could not be known.", style="dim"))


def _line(record: SessionRecord, names: Names, wide: bool) -> list[str]:
    session, reps = record.session, record.reps
    kept = _kept(record)
    line = [
        session.session,
        f"{session.started.astimezone():%Y-%m-%d %H:%M}",
        ", ".join(dict.fromkeys(names.who(one.athlete or session.athlete) for one in record.sets)).strip(", "),
        names.load(session.load_kg, session.athlete),
        str(len(record.sets)),
        str(len(reps)),
        "" if kept is None else f"{100 * kept:.0f} %",
    ]
    counted = {word: sum(bool(getattr(rep, name)) for rep in reps) for name, word in FLAGS.items()}
    told = ", ".join(f"{count} {word}" for word, count in counted.items() if count)
    return [*line, sparkline([rep.mean_velocity_mps for rep in reps]), told] if wide else line


def _kept(record: SessionRecord) -> float | None:
    """Share of all judged digits of the session's sets; None where nothing was judged."""
    phases = [
        phase
        for one in record.sets
        for phase in _judged(one, [rep for rep in record.reps if rep.set_number == one.number]).values()
    ]
    judged = sum(phase.judged for phase in phases)
    return sum(phase.judged * (phase.kept_share or 0.0) for phase in phases) / judged if judged else None


def _judged(one: SetMessage, reps: Sequence[RepMessage]) -> Mapping[str, PhaseAdherence]:
    digits = one.asked.digits if one.asked else None
    return adherence([reps], digits) if digits else {}


def _title(record: SessionRecord) -> str:
    session = record.session
    incline = next((one.incline_deg for one in record.sets if one.incline_deg is not None), None)
    parts = [
        f"{session.machine}, {session.started.astimezone():%A %Y-%m-%d %H:%M}",
        "" if incline is None else f"incline {incline:.0f}°",
        "" if session.ended else "running",
        f"analysed anew, version {record.analysis.number}" if record.analysis else "",
        f"{len(record.corrections)} corrections" if record.corrections else "",
    ]
    return ", ".join(part for part in parts if part)


def _set(
    one: SetMessage, reps: Sequence[RepMessage], session: SessionMessage, names: Names, width: int
) -> Iterator[RenderableType]:
    load_kg = session.load_kg if one.load_kg is None else one.load_kg
    summary = summarise(reps, load_kg)
    who = one.athlete or session.athlete
    side = "" if one.side is None else str(one.side.value)
    head = [names.who(who), names.load(load_kg, who), side, _asked(one.asked)]
    yield Text.assemble((f"Set {one.number}", "bold"), *(f" · {part}" for part in head if part))
    yield _reps(one, reps, summary, width)
    yield Text(_summary(summary))
    if line := _sparklines(reps):
        yield Text(line, style="cyan")
    if kept := _phases(one, reps):
        yield Text(kept)


def _uncounted(one: SetMessage, record: SessionRecord) -> Iterator[Text]:
    for stroke in record.rejected:
        if set_of(stroke, record.sets) == one.number:
            reason = why_not(stroke.reason, stroke.gates)
            yield Text(f"  not counted, {stroke.time.astimezone():%H:%M:%S}: {reason}", style="dim")


def _asked(asked: Prescription | None) -> str:
    if asked is None:
        return ""
    return f"asked {asked.sets} × {asked.reps}" + (f" at {asked.tempo}" if asked.tempo else "")


def _reps(one: SetMessage, reps: Sequence[RepMessage], summary: SetSummary, width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("rep", justify="right")
    for word in PHASE_WORDS.values():
        table.add_column(f"{word} s ", justify="right", no_wrap=True)
    shown = {name: column for name, column in _COLUMNS.items() if width >= WIDE or name != "peak_velocity_mps"}
    for word, _, _ in shown.values():
        table.add_column(word, justify="right", no_wrap=True)
    table.add_column("loss %", justify="right", no_wrap=True)
    table.add_column("", style="yellow")
    for rep, added in zip(reps, summary.reps, strict=True):
        table.add_row(str(rep.number), *_cells(one, rep, added, shown), _remarks(rep))
    return table


def _cells(one: SetMessage, rep: RepMessage, added: RepSummary, columns: Mapping[str, Any]) -> Iterator[str]:
    digits = one.asked.digits if one.asked else None
    for place, name in enumerate(PHASES):
        mark = _mark(rep, name, digits[place]) if digits else ""
        yield _value(getattr(rep, name), rep.uncertainty.get(name), 1.0, 1) + mark
    for name, (_, scale, decimals) in columns.items():
        yield _value(getattr(rep, name), rep.uncertainty.get(name), scale, decimals)
    yield _value(added.velocity_loss, added.uncertainty.get("velocity_loss"), 100.0, 0)


def _remarks(rep: RepMessage) -> str:
    return ", ".join(word for word in (*flags(rep.model_dump()), CAUSES[rep.bounce_cause]) if word)


def _mark(rep: RepMessage, name: str, prescribed_s: float) -> str:
    verdict = judge(name, prescribed_s, getattr(rep, name), rep.uncertainty.get(name))
    if verdict is None:
        return _MARKS[None]
    return _MARKS["kept" if verdict.kept else "short" if verdict.error_s < 0 else "long"]


def _value(value: float | None, sigma: float | None, scale: float, decimals: int) -> str:
    """With its uncertainty in the value's digits, rounded up: ±0.0 would promise too much."""
    if value is None or not sigma:
        return figure(None if value is None else value * scale, decimals)
    step = 10.0**decimals
    up = max(1.0, -(-(sigma * scale * step - 1e-9) // 1)) / step
    return f"{value * scale:.{decimals}f} ±{up:.{decimals}f}"


def _summary(summary: SetSummary) -> str:
    sigma = summary.uncertainty
    parts = [
        summary.tempo,
        _known(summary.time_under_tension_s, sigma["time_under_tension_s"], 1.0, 1, "s under tension"),
        _known(summary.velocity_loss, sigma["velocity_loss"], 100.0, 0, "% velocity loss"),
        _known(summary.mean_power_w, sigma["mean_power_w"], 1.0, 0, "W mean power"),
    ]
    return "  " + ", ".join(part for part in parts if part)


def _known(value: float | None, sigma: float | None, scale: float, decimals: int, words: str) -> str:
    return "" if value is None else f"{_value(value, sigma, scale, decimals)} {words}"


def _sparklines(reps: Sequence[RepMessage]) -> str:
    """From rep to rep; nothing to compare of one alone."""
    lines = {word: sparkline([getattr(rep, name) for rep in reps]) for name, word in _LINES.items()}
    return "  " + "   ".join(f"{word} {line}" for word, line in lines.items()) if len(reps) > 1 else ""


def _phases(one: SetMessage, reps: Sequence[RepMessage]) -> str:
    found = _judged(one, reps)
    words = [f"{PHASE_WORDS[phase]} {_share(kept)}" for phase, kept in found.items()]
    return "  tempo kept: " + ", ".join(words) if words else ""


def _share(phase: PhaseAdherence) -> str:
    if phase.kept_share is None or phase.error_s is None:
        return "not measured"
    error = f" ({phase.error_s:+.1f} s)" if abs(phase.error_s) >= 0.05 else ""
    return f"{100 * phase.kept_share:.0f} %{error}"
