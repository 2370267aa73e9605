"""Which reps a correction is about, when somebody names a set and a rep as they were measured."""

from collections.abc import Sequence
from datetime import datetime

from sensor_hub.coach.corrected import ShownSet, turn_of
from sensor_hub.coach.corrections import Kind
from sensor_hub.errors import MissingError, UnfitError
from sensor_hub.messages import RepMessage

Span = tuple[datetime, datetime]


def aim(shown: Sequence[ShownSet], kind: Kind, set_number: int, rep_number: int | None) -> Span:
    """The turns of the first and the last rep. set_number, rep_number: as measured; without a rep, the first shown set
    that the measured one is in. Raises MissingError, and UnfitError where the kind does not go there."""
    one = _find(shown, set_number, rep_number)
    turns = [turn_of(rep.measured) for rep in one.reps]
    if kind in (Kind.DISCARD_SET, Kind.LIFTER):
        return (turns[0], turns[-1]) if turns else (one.lifted.started, one.lifted.started)
    if kind is Kind.MERGE:
        return _next_set(shown, one)
    if rep_number is None:
        raise UnfitError("Name the rep, too.")
    index = next(i for i, rep in enumerate(one.reps) if _is(rep.measured, set_number, rep_number))
    if kind is Kind.SPLIT:
        if index + 1 == len(turns):
            raise UnfitError("After the last rep there is nothing to split off. Choose an earlier rep.")
        index += 1
    return turns[index], turns[index]


def _find(shown: Sequence[ShownSet], set_number: int, rep_number: int | None) -> ShownSet:
    for one in shown:
        if rep_number is None and any(each.number == set_number for each in one.measured):
            return one
        if any(_is(rep.measured, set_number, rep_number) for rep in one.reps):
            return one
    what = f"set {set_number}" if rep_number is None else f"rep {rep_number} in set {set_number}"
    raise MissingError(f"There is no {what} in this session.")


def _next_set(shown: Sequence[ShownSet], one: ShownSet) -> Span:
    later = [each for each in shown[shown.index(one) + 1 :] if each.reps]
    if not later or not one.reps:
        raise UnfitError("There is no later set to merge it with.")
    turn = turn_of(later[0].reps[0].measured)
    return turn, turn


def _is(rep: RepMessage, set_number: int, rep_number: int | None) -> bool:
    return (rep.set_number, rep.number) == (set_number, rep_number)
