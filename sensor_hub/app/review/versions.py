"""Two versions of a session beside one another: what differs, rep by rep, and in words and figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sensor_hub.messages import RepMessage
from sensor_hub.model import BounceCause

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


class Change(StrEnum):
    GONE = "gone"
    NEW = "new"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Difference:
    """Of a rep, called as in the old version, or as in the new one where it is new. now: what it is called there;
    figures and flags: before and after, None for what is not known. Only what differs at the digits shown."""

    set_number: int
    number: int
    change: Change
    now: tuple[int, int] | None = None
    figures: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    flags: Mapping[str, tuple[bool | None, bool | None]] = field(default_factory=dict)
    cause: tuple[BounceCause | None, BounceCause | None] | None = None
    """Of a bounce."""


def differences(old: Sequence[RepMessage], new: Sequence[RepMessage]) -> Iterator[Difference]:
    """A rep each, in the order of the lifting."""
    left = list(new)
    found: list[tuple[datetime, int, Difference]] = []
    for rep in old:
        match = min(left, key=lambda one: abs(_turn(one) - _turn(rep)), default=None)
        if match is None or not _are_same(rep, match):
            found.append((_turn(rep), len(found), Difference(rep.set_number, rep.number, Change.GONE)))
            continue
        left.remove(match)
        if (differs := _difference(rep, match)) is not None:
            found.append((_turn(rep), len(found), differs))
    for rep in left:
        found.append((_turn(rep), len(found), Difference(rep.set_number, rep.number, Change.NEW)))
    return (one for *_, one in sorted(found, key=lambda each: each[:2]))


def changes(old: Sequence[RepMessage], new: Sequence[RepMessage]) -> Iterator[str]:
    """The differences, a line a rep."""
    for one in differences(old, new):
        yield f"set {one.set_number} rep {one.number}: {', '.join(_words(one))}"


def _difference(old: RepMessage, new: RepMessage) -> Difference | None:
    place = (old.set_number, old.number)
    now = (new.set_number, new.number)
    figures = {
        name: (getattr(old, name), getattr(new, name))
        for name, (_, _, digits) in COMPARED.items()
        if _rounded(getattr(old, name), digits) != _rounded(getattr(new, name), digits)
    }
    flags = {
        name: (getattr(old, name), getattr(new, name))
        for name in FLAGS
        if getattr(old, name) != getattr(new, name)
    }
    causes = (old.bounce_cause, new.bounce_cause)
    cause = None if causes[0] == causes[1] else causes
    if now == place and not figures and not flags and cause is None:
        return None
    return Difference(*place, Change.OTHER, None if now == place else now, figures, flags, cause)


def _words(one: Difference) -> Iterator[str]:
    if one.change is not Change.OTHER:
        yield "no longer counted" if one.change is Change.GONE else "counted now"
    if one.now is not None:
        yield f"now set {one.now[0]} rep {one.now[1]}"
    for name, pair in one.figures.items():
        words, unit, digits = COMPARED[name]
        before, after = (_rounded(value, digits) for value in pair)
        yield f"{words} {before} → {after} {unit}"
    told = {True: "yes", False: "no", None: "?"}
    for name, (was, is_now) in one.flags.items():
        yield f"{FLAGS[name]} {told[was]} → {told[is_now]}"
    if one.cause is not None:
        yield f"bounced by {one.cause[0] or '?'} → {one.cause[1] or '?'}"


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


def _rounded(value: float | None, digits: int) -> str:
    return "?" if value is None else f"{value:.{digits}f}"
