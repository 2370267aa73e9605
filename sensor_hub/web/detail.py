"""A session in full: what counts, and beside it what was measured and what was said of it afterwards."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from sensor_hub.coach.corrected import ShownRep, ShownSet, number_at
from sensor_hub.coach.corrections import FLAGS
from sensor_hub.coach.summary import SetSummary, summarise
from sensor_hub.coach.uncounted import set_of
from sensor_hub.messages import MotionMessage, RejectedMessage, RepMessage, SessionMessage, SetMessage
from sensor_hub.web.correcting import Correction
from sensor_hub.web.own import Seen
from sensor_hub.web.review import SessionRecord


class AnalysisDetail(BaseModel):
    """Which engine of another day made these sets and reps of the raw samples."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    made: datetime
    program: str
    """Version of sensor-hub."""


class MeasuredRep(BaseModel):
    """What a shown rep was measured as, where that is something else."""

    set_number: int
    number: int
    measured_set_number: int
    measured_number: int
    bounced: bool | None
    hard_lockout: bool | None
    partial: bool | None


class Said(Correction):
    """about: the shown sets that it is about now."""

    about: list[int]


class Uncounted(RejectedMessage):
    """A stroke that was not counted."""

    set_number: int | None
    """Of the set that it was seen in, or within 15 s of; null between sets."""


class SessionDetail(BaseModel):
    """`sets` and `reps` are what counts. `summaries` has one for each of `sets`, and in it what the set and the load
    add to each of its reps."""

    session: SessionMessage
    sets: list[SetMessage]
    reps: list[RepMessage]
    summaries: list[SetSummary]
    rejected: list[Uncounted]
    analysis: AnalysisDetail | None
    """None for what was measured live; else the version that is shown."""
    discarded_sets: list[SetMessage]
    discarded_reps: list[RepMessage]
    """Of sets that count, and of those that do not."""
    measured: list[MeasuredRep]
    corrections: list[Said]
    """In the order in which they were said. To an athlete's own account: of its own sets, without the reasons, and
    without what names somebody else."""


def detail(record: SessionRecord, seen: Seen, with_reasons: bool) -> SessionDetail:
    """seen: as much of the record as the visitor may see."""
    of_session = seen.session.load_kg
    return SessionDetail(
        session=seen.session,
        sets=seen.sets,
        reps=seen.reps,
        summaries=[
            summarise(
                [rep for rep in seen.reps if rep.set_number == one.number],
                of_session if one.load_kg is None else one.load_kg,
            )
            for one in seen.sets
        ],
        rejected=[_placed_stroke(one, seen.shown) for one in seen.rejected],
        analysis=record.analysis and AnalysisDetail.model_validate(record.analysis),
        discarded_sets=[one.lifted for one in seen.shown if not one.counts],
        discarded_reps=[rep.rep for one in seen.shown for rep in one.reps if not rep.counts],
        measured=[_measured(rep) for one in seen.shown for rep in one.reps if _differs(rep)],
        corrections=list(_said(record, seen, with_reasons)),
    )


def _placed_stroke(stroke: RejectedMessage, shown: Sequence[ShownSet]) -> Uncounted:
    number = set_of(stroke, [one.lifted for one in shown])
    return Uncounted(**stroke.model_dump(by_alias=True), set_number=number)


def placed(motion: Sequence[MotionMessage], record: SessionRecord) -> list[MotionMessage]:
    """Motion in the sets that it is shown in."""
    if not record.corrections:
        return list(motion)
    numbers = [number_at(record.shown, one.set_number, one.start_s) or one.set_number for one in motion]
    return [
        one if one.set_number == number else one.model_copy(update={"set_number": number})
        for one, number in zip(motion, numbers, strict=True)
    ]


def _differs(rep: ShownRep) -> bool:
    return any(getattr(rep.rep, name) != getattr(rep.measured, name) for name in ("set_number", "number", *FLAGS))


def _measured(rep: ShownRep) -> MeasuredRep:
    return MeasuredRep(
        set_number=rep.rep.set_number,
        number=rep.rep.number,
        measured_set_number=rep.measured.set_number,
        measured_number=rep.measured.number,
        **{name: getattr(rep.measured, name) for name in FLAGS},
    )


def _said(record: SessionRecord, seen: Seen, with_reasons: bool) -> Iterator[Said]:
    for one in record.corrections:
        about = about_sets(seen.shown, one.first, one.last)
        if with_reasons or (about and one.lifter.athlete in (None, seen.session.athlete)):
            plain = Correction.model_validate(one).model_dump()
            yield Said(**plain | {"why": one.why if with_reasons else None}, about=about)


def about_sets(shown: Sequence[ShownSet], first: datetime | None, last: datetime | None) -> list[int]:
    """The sets that were under way between two instants."""
    if first is None or last is None:
        return []
    ends = [one.lifted.ended or last for one in shown]
    return [
        one.lifted.number
        for one, ended in zip(shown, ends, strict=True)
        if one.lifted.started <= last and ended >= first
    ]
