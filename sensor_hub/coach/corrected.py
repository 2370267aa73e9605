"""A session as it counts: what was measured, and laid over it what people said afterwards.

Nothing measured is changed by it. Of all corrections that were not taken back:

1. Where sets begin: a split says that one begins with a rep, a merge that none does; of several words about a rep the
   last one counts.
2. Whose a set is: the last word that was said of the rep it begins with.
3. What does not count: a rep that was discarded, alone or with its set; and a set of which no rep counts.
4. Flags of a rep: of each the last word.

What one of these says never depends on another, so it makes no difference which is taken back first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sensor_hub.coach.corrections import Correction, Kind
from sensor_hub.messages import Progress, RepMessage, SetMessage

SAME = timedelta(seconds=0.8)
"""In another analysis a rep that turns within this of it is the same rep."""
_STRUCTURE = {Kind.SPLIT: True, Kind.MERGE: False}
_DISCARDS = (Kind.DISCARD_SET, Kind.DISCARD_REP)


@dataclass(frozen=True, slots=True)
class ShownRep:
    """rep: as it counts; counts: False where it was discarded."""

    rep: RepMessage
    measured: RepMessage
    counts: bool


@dataclass(frozen=True, slots=True)
class ShownSet:
    """lifted: as it counts, of the reps that do; measured: the sets that it was made of, in order."""

    lifted: SetMessage
    measured: tuple[SetMessage, ...]
    reps: tuple[ShownRep, ...]
    counts: bool


@dataclass(slots=True)
class _Moment:
    """A rep, or the start of a set that has none."""

    lifted: SetMessage
    rep: RepMessage | None
    at: datetime
    is_first: bool
    """Of its set, as measured."""
    is_last: bool
    begins: bool
    counts: bool = True
    lifter: Correction | None = None
    flags: dict[str, bool] = field(default_factory=dict)


def lay_over(
    sets: Sequence[SetMessage], reps: Sequence[RepMessage], corrections: Iterable[Correction]
) -> list[ShownSet]:
    """sets, reps: of one analysis, in order. All of them come back, also what does not count. Set and rep numbers stay
    as measured, but after a split or a merge."""
    moments = list(_moments(sets, reps))
    for one in sorted(corrections, key=lambda each: each.number):
        if one.revoked is not None or one.first is None or one.last is None:
            continue
        for moment in moments[_span(moments, one.first, one.last)]:
            if one.kind in _STRUCTURE and moment.rep is not None:
                moment.begins = _STRUCTURE[one.kind]
            elif one.kind is Kind.LIFTER:
                moment.lifter = one
            elif one.kind in _DISCARDS:
                moment.counts = False
            elif one.kind is Kind.FLAGS and moment.rep is not None:
                moment.flags.update(one.flags or {})
    return [_shown(number, group) for number, group in _groups(moments)]


def turn_of(rep: RepMessage) -> datetime:
    """When the sled turned at the bottom."""
    return rep.time - timedelta(seconds=rep.end_s - rep.turn_s)


def number_at(shown: Sequence[ShownSet], set_number: int, at_s: float) -> int | None:
    """The shown set to which an instant (device time) of a measured set belongs."""
    among = [one for one in shown if any(each.number == set_number for each in one.measured)]
    begun = [one for one in among if one.lifted.start_s <= at_s]
    return (begun or among)[-1 if begun else 0].lifted.number if among else None


def _moments(sets: Sequence[SetMessage], reps: Sequence[RepMessage]) -> Iterator[_Moment]:
    for lifted in sets:
        own = [rep for rep in reps if rep.set_number == lifted.number]
        for rep in own:
            yield _Moment(lifted, rep, turn_of(rep), rep is own[0], rep is own[-1], begins=rep is own[0])
        if not own:
            yield _Moment(lifted, None, lifted.started, is_first=True, is_last=True, begins=True)


def _span(moments: Sequence[_Moment], first: datetime, last: datetime) -> slice:
    """From the rep that turned at `first` to the one that turned at `last`."""
    begin, end = _nearest(moments, first), _nearest(moments, last)
    if begin is None and first == last:
        return slice(0)
    if begin is None:
        begin = sum(one.at < first for one in moments)
    if end is None:
        end = sum(one.at <= last for one in moments) - 1
    return slice(begin, end + 1)


def _nearest(moments: Sequence[_Moment], at: datetime) -> int | None:
    found = min(range(len(moments)), key=lambda index: abs(moments[index].at - at), default=None)
    return found if found is not None and abs(moments[found].at - at) <= SAME else None


def _groups(moments: Sequence[_Moment]) -> list[tuple[int, list[_Moment]]]:
    """Shown sets with their numbers: as measured, moved by the splits and merges before. What is merged goes on in the
    last set that has reps."""
    groups: list[tuple[int, list[_Moment]]] = []
    moved = 0
    for before, moment in zip([None, *moments], moments, strict=False):
        is_head = before is None or before.lifted is not moment.lifted
        open_group = next((group for _, group in reversed(groups) if group[0].rep is not None), None)
        if moment.begins or open_group is None:
            moved += not is_head
            groups.append((moment.lifted.number + moved, [moment]))
        else:
            moved -= is_head
            open_group.append(moment)
    return groups


def _shown(number: int, group: Sequence[_Moment]) -> ShownSet:
    measured = tuple({moment.lifted.number: moment.lifted for moment in group}.values())
    reps = tuple(_shown_reps(number, group))
    counts = any(one.counts for one in reps) if reps else group[0].counts
    changes = _extent(group) | {"number": number}
    if len(changes) > 1 or not all(moment.counts for moment in group):
        kept = [moment for moment in group if moment.rep is not None and moment.counts]
        pauses = (
            [_pause_s(moment, ends=moment is group[-1]) for moment in kept] if group[0].lifted.top_pauses_s else []
        )
        changes |= {"rep_count": len(kept), "top_pauses_s": pauses}
    if (word := group[0].lifter) is not None:
        changes |= {name: getattr(word.lifter, name) for name in ("athlete", "load_kg", "side", "asked")}
    return ShownSet(group[0].lifted.model_copy(update=changes), measured, reps, counts)


def _extent(group: Sequence[_Moment]) -> dict[str, Any]:
    """How a set lasts that is not as it was measured: from a rep in its midst, to a rep, or into another set."""
    first, last = group[0], group[-1]
    changes: dict[str, Any] = {}
    if not first.is_first and first.rep is not None:
        begin_s = first.rep.turn_s if first.rep.start_s is None else first.rep.start_s
        started = first.rep.time - timedelta(seconds=first.rep.end_s - begin_s)
        changes |= {"start_s": begin_s, "started": started}
    if not last.is_last and last.rep is not None:
        changes |= {"end_s": last.rep.end_s, "ended": last.rep.time, "progress": Progress.ENDED}
    elif last.lifted is not first.lifted:
        changes |= {name: getattr(last.lifted, name) for name in ("end_s", "ended", "progress")}
    return changes


def _shown_reps(set_number: int, group: Sequence[_Moment]) -> Iterator[ShownRep]:
    """Numbered from 1, with the gaps that they had where they were measured."""
    number = 0
    for before, moment in zip([None, *group], group, strict=False):
        if moment.rep is None:
            continue
        if before is not None and before.rep is not None and before.lifted is moment.lifted:
            number += moment.rep.number - before.rep.number
        else:
            number += moment.rep.number if moment.is_first else 1
        changes: dict[str, Any] = dict(moment.flags)
        if changes.get("bounced") is False:
            changes["bounce_cause"] = None
        if (moment.rep.set_number, moment.rep.number) != (set_number, number):
            changes |= {"set_number": set_number, "number": number}
        if moment is group[-1] and not moment.is_last:
            changes["top_pause_s"] = None
        yield ShownRep(moment.rep.model_copy(update=changes), moment.rep, moment.counts)


def _pause_s(moment: _Moment, ends: bool) -> float | None:
    """What ends a set is no pause in it."""
    assert moment.rep is not None
    known = moment.lifted.top_pauses_s
    if ends and not moment.is_last:
        return None
    return known[moment.rep.number - 1] if moment.rep.number <= len(known) else moment.rep.top_pause_s
