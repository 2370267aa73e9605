"""What an athlete's own account sees: of each session its own sets, as if there were no others."""

from dataclasses import dataclass

from fastapi import Request

from sensor_hub.access import Visitor
from sensor_hub.coach.corrected import ShownSet
from sensor_hub.coach.uncounted import set_of
from sensor_hub.messages import RejectedMessage, RepMessage, SessionMessage, SetMessage
from sensor_hub.web.review import SessionRecord


@dataclass(frozen=True, slots=True)
class Seen:
    session: SessionMessage
    sets: list[SetMessage]
    reps: list[RepMessage]
    rejected: list[RejectedMessage]
    shown: list[ShownSet]
    """Also what does not count."""


def only_athlete(request: Request) -> str | None:
    """The only one whose sessions are shown; None for all."""
    visitor: Visitor | None = request.state.visitor
    return None if visitor is None else visitor.only_athlete


def seen_by(record: SessionRecord | None, athlete: str | None) -> Seen | None:
    """None where there is nothing to see, and nobody is told whether there is more. athlete: of `only_athlete`."""
    if record is None:
        return None
    if athlete is None:
        return Seen(
            record.session, list(record.sets), list(record.reps), list(record.rejected), list(record.shown)
        )
    of_session = record.session.athlete
    sets = [one for one in record.sets if (one.athlete or of_session) == athlete]
    numbers = {one.number for one in sets}
    reps = [one for one in record.reps if one.set_number in numbers]
    counts = {"set_count": len(sets), "rep_count": len(reps), "athlete": athlete}
    shown = [one for one in record.shown if (one.lifted.athlete or of_session) == athlete]
    own, everybodys = {one.lifted.number for one in shown}, [one.lifted for one in record.shown]
    rejected = [one for one in record.rejected if set_of(one, everybodys) in own]
    return Seen(record.session.model_copy(update=counts), sets, reps, rejected, shown) if shown else None
