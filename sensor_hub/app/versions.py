"""Two versions of a session beside one another: what differs, in words and figures."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sensor_hub.messages import RepMessage

MATCH_S = 0.8
"""Reps whose turns are nearer than this are the same rep; so are two that share more than half of the shorter."""
COMPARED = {
    "eccentric_s": ("eccentric", "s", 2),
    "bottom_pause_s": ("bottom pause", "s", 2),
    "concentric_s": ("concentric", "s", 2),
    "top_pause_s": ("top pause", "s", 2),
    "rom_m": ("range", "m", 3),
    "mean_velocity_mps": ("mean velocity", "m/s", 3),
    "peak_velocity_mps": ("peak velocity", "m/s", 3),
}
FLAGS = {"bounced": "bounced", "hard_lockout": "hard lockout", "partial": "partial"}


def changes(old: Sequence[RepMessage], new: Sequence[RepMessage]) -> Iterator[str]:
    """What differs, a line a rep, in the order of the lifting."""
    left = list(new)
    lines: list[tuple[datetime, str]] = []
    for rep in old:
        match = min(left, key=lambda one: abs(_turn(one) - _turn(rep)), default=None)
        if match is None or not _are_same(rep, match):
            lines.append((_turn(rep), f"set {rep.set_number} rep {rep.number}: no longer counted"))
            continue
        left.remove(match)
        if differences := [*_moved(rep, match), *_figures(rep, match), *_flags(rep, match)]:
            lines.append((_turn(rep), f"set {rep.set_number} rep {rep.number}: {', '.join(differences)}"))
    lines += [(_turn(rep), f"set {rep.set_number} rep {rep.number}: counted now") for rep in left]
    return (line for _, line in sorted(lines))


def _are_same(one: RepMessage, other: RepMessage) -> bool:
    if abs(_turn(one) - _turn(other)) <= timedelta(seconds=MATCH_S):
        return True
    shared = min(one.time, other.time) - max(_start(one), _start(other))
    return shared > 0.5 * min(one.time - _start(one), other.time - _start(other))


def _turn(rep: RepMessage) -> datetime:
    return rep.time - timedelta(seconds=rep.end_s - rep.turn_s)


def _start(rep: RepMessage) -> datetime:
    begins_s = rep.turn_s if rep.start_s is None else rep.start_s
    return rep.time - timedelta(seconds=rep.end_s - begins_s)


def _moved(old: RepMessage, new: RepMessage) -> Iterator[str]:
    if (old.set_number, old.number) != (new.set_number, new.number):
        yield f"now set {new.set_number} rep {new.number}"


def _figures(old: RepMessage, new: RepMessage) -> Iterator[str]:
    for name, (words, unit, digits) in COMPARED.items():
        before, after = (_rounded(getattr(rep, name), digits) for rep in (old, new))
        if before != after:
            yield f"{words} {before} → {after} {unit}"


def _rounded(value: float | None, digits: int) -> str:
    return "?" if value is None else f"{value:.{digits}f}"


def _flags(old: RepMessage, new: RepMessage) -> Iterator[str]:
    words = {True: "yes", False: "no", None: "?"}
    for name, flag in FLAGS.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{flag} {words[before]} → {words[after]}"
    if old.bounce_cause != new.bounce_cause:
        yield f"bounced by {old.bounce_cause or '?'} → {new.bounce_cause or '?'}"
