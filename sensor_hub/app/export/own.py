"""Of sessions that several people shared, what one of them did."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sensor_hub.app.export.document import ExportedSession, Measured, exported, shown
from sensor_hub.app.keeping.archiving import all_samples
from sensor_hub.coach.corrected import ShownSet, number_at
from sensor_hub.coach.uncounted import set_of
from sensor_hub.messages import SetMessage
from sensor_hub.store import Store, StoredSamples

AROUND = timedelta(seconds=5)
"""Of raw samples, so much before and after a set."""


def exported_of(store: Store, session: str, athlete: str | None, version: int | None = None) -> ExportedSession:
    """athlete: whose sets alone; None for everybody's. version, errors: as of `exported`."""
    one = exported(store, session, version)
    return one if athlete is None else own_part(one, athlete)


def samples_of(
    store: Store, session: str, athlete: str | None, archive: str | None = None
) -> Iterator[StoredSamples]:
    """Raw samples, of an athlete those from around the own sets. archive: the url of one that may have them."""
    samples = all_samples(store, session, archive)
    if athlete is None:
        yield from samples
        return
    own = exported_of(store, session, athlete, 0)
    spans = [(one.started - AROUND, (one.ended or one.started) + AROUND) for one in (own.measured or own).sets]
    yield from (one for one in samples if any(first <= one.time <= last for first, last in spans))


def own_part(one: ExportedSession, athlete: str) -> ExportedSession:
    """The athlete's sets of a session, and what belongs to them."""
    parts = shown(one)
    own = [part for part in parts if is_own(part.lifted, one.session.athlete, athlete)]
    sets, numbers = [part.lifted for part in own if part.counts], {part.lifted.number for part in own}
    reps = [rep for rep in one.reps if rep.set_number in numbers]
    session = one.session.model_copy(update={"athlete": athlete, "set_count": len(sets), "rep_count": len(reps)})
    return one.model_copy(
        update={
            "session": session,
            "sets": sets,
            "reps": reps,
            "rejected": [
                each for each in one.rejected if set_of(each, [part.lifted for part in parts]) in numbers
            ],
            "phases": [each for each in one.phases if number_at(parts, each.set_number, each.start_s) in numbers],
            "motion": [each for each in one.motion if number_at(parts, each.set_number, each.start_s) in numbers],
            "measured": one.measured and _measured(own),
            "corrections": [],
        }
    )


def _measured(own: Sequence[ShownSet]) -> Measured:
    """Also what was discarded; of a set that was shared, the own part."""
    reps = [
        each.measured.model_copy(update={"set_number": each.rep.set_number, "number": each.rep.number})
        for part in own
        for each in part.reps
    ]
    return Measured(sets=[part.lifted for part in own], reps=reps)


def is_own(lifted: SetMessage, of_session: str | None, athlete: str) -> bool:
    """of_session: the session's athlete, who counts where nobody said anything of its sets."""
    return (lifted.athlete or of_session) == athlete
