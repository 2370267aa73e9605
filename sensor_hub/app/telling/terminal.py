"""Machines as they are now, drawn for a terminal: phase, tempo, the sled's way, the newest reps."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sensor_hub.app.telling.refusal_words import why_not
from sensor_hub.app.telling.rep_words import DIGITS, figure, flags, tempo
from sensor_hub.coach.uncounted import NO_STROKES
from sensor_hub.messages import Live, RepMessage, SensorMessage
from sensor_hub.model import Phase
from sensor_hub.web import MachineNow

PHASE_WORDS = {
    Phase.ECCENTRIC: "LOWER",
    Phase.BOTTOM: "HOLD",
    Phase.CONCENTRIC: "PUSH",
    Phase.TOP: "TOP",
    Phase.IDLE: "REST",
}
NEWEST_REPS = 8
STALE_S = 2.0
UNCOUNTED_S = 8.0
_BLOCKS = " ▁▂▃▄▅▆▇█"
_WAY_ROWS = 4
_WAY_COLUMNS = 60
_COLUMN_S = 0.2


def screen(machines: Sequence[MachineNow], now_s: float) -> RenderableType:
    """All machines, one under the other; now_s on the clock they were fed with."""
    if not machines:
        return Text("No machine yet. Waiting for the first message …")
    return Group(*(_machine(machine, now_s) for machine in machines))


def sparkline(values: Sequence[float | None]) -> str:
    """One block each, the largest full, a dot for what is unknown; from zero, so that heights compare."""
    largest = max((value for value in values if value is not None), default=0.0)
    return "".join("·" if value is None else _block(value / largest if largest else 0.0) for value in values)


def way(positions_m: Sequence[float], low_m: float, high_m: float, rows: int = _WAY_ROWS) -> list[str]:
    """The sled's way as columns of blocks, newest at the right: lines of equal length, the top of the range first."""
    room_m = max(high_m - low_m, 0.05)
    heights = [rows * min(1.0, max(0.0, (position - low_m) / room_m)) for position in positions_m]
    return ["".join(_block(height - row) for height in heights) for row in reversed(range(rows))]


def _block(share: float) -> str:
    return _BLOCKS[round(8 * min(1.0, max(0.0, share)))]


def _machine(machine: MachineNow, now_s: float) -> Panel:
    live, age_s = machine.live, machine.live_age_s(now_s)
    stale = age_s is None or age_s > STALE_S
    parts: list[RenderableType] = []
    if live is not None:
        parts += [_headline(live, stale), _running(live), *_way(machine.recent(now_s), live)]
    if machine.reps:
        parts.append(_reps([machine.reps[number] for number in sorted(machine.reps)]))
    if (remark := _uncounted(machine)) is not None:
        parts.append(remark)
    return Panel(
        Group(*parts or [Text("Nothing lifted yet.", style="dim")]),
        title=Text(machine.machine, style="bold"),
        subtitle=Text(_health(machine.sensor, stale)),
        title_align="left",
        subtitle_align="right",
        border_style="yellow" if stale else "green",
    )


def _headline(live: Live, stale: bool) -> Text:
    if not live.calibrated:
        return Text("Let the sled rest on its stops for a moment.", style="bold yellow")
    phase = Text(f"{PHASE_WORDS[live.phase]:6}", style="dim" if stale else "bold reverse")
    return Text.assemble(
        phase, f"  {live.phase_elapsed_s:4.1f} s", f"    set {live.set_number}   rep {live.rep_count}"
    )


def _running(live: Live) -> Text:
    digits = "-".join(figure(getattr(live, name), 1) for name in DIGITS)
    return Text.assemble(("tempo  ", "dim"), digits.replace("?", "·"), ("  now, provisional", "dim"))


def _way(recent: Sequence[Live], live: Live) -> Iterable[Text]:
    """A column for each fifth of a second of the sensor's own time, so that the picture only ever moves on."""
    if live.range_low_m is None or live.range_high_m is None:
        return
    columns = {int(one.at_s / _COLUMN_S): one.position_m for one in recent}
    positions_m = [columns[at] for at in sorted(columns)][-_WAY_COLUMNS:]
    lines = way(positions_m, live.range_low_m, live.range_high_m)
    for number, line in enumerate(lines):
        edge = "top" if number == 0 else "bottom" if number == len(lines) - 1 else ""
        yield Text.assemble((f"{edge:6} ", "dim"), (line, "cyan"))


def _reps(reps: Sequence[RepMessage]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, side in (("rep", "right"), ("tempo (s)", "left"), ("range (cm)", "right"), ("speed (m/s)", "right")):
        table.add_column(name, justify="right" if side == "right" else "left")
    table.add_column("")
    for rep in reps[-NEWEST_REPS:]:
        fields: dict[str, Any] = rep.model_dump()
        marks = Text(", ".join(flags(fields)), style="bold yellow")
        range_cm = None if rep.rom_m is None else 100 * rep.rom_m
        table.add_row(str(rep.number), tempo(fields), figure(range_cm, 1), figure(rep.mean_velocity_mps, 2), marks)
    table.add_row("", "", sparkline([r.rom_m for r in reps]), sparkline([r.mean_velocity_mps for r in reps]), "")
    return table


def _uncounted(machine: MachineNow) -> Text | None:
    """The newest stroke that was not counted, as long as no rep has come after it, for some seconds."""
    stroke, live = machine.rejected, machine.live
    if stroke is None or live is None or stroke.reason in NO_STROKES or live.at_s - stroke.at_s > UNCOUNTED_S:
        return None
    if any(rep.end_s > stroke.end_s for rep in machine.reps.values()):
        return None
    return Text(f"Not counted: {why_not(stroke.reason, stroke.gates)}.", style="yellow")


def _health(sensor: SensorMessage | None, stale: bool) -> str:
    if sensor is None:
        return "nothing heard of its sensor"
    parts = [
        sensor.state.replace("_", " "),
        "" if sensor.battery_percent is None else f"battery {sensor.battery_percent} %",
        "no new numbers" if stale else "",
        sensor.note or "",
    ]
    return ", ".join(part for part in parts if part)
