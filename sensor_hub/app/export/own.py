"""Of sessions that several people shared, what one of them did."""

from collections.abc import Iterator
from datetime import timedelta

from sensor_hub.app.export.document import ExportedSession, exported
from sensor_hub.messages import SetMessage
from sensor_hub.store import Store, StoredSamples

AROUND = timedelta(seconds=5)
"""Of raw samples, so much before and after a set."""


def exported_of(store: Store, session: str, athlete: str | None, version: int | None = None) -> ExportedSession:
    """athlete: whose sets alone; None for everybody's. version, errors: as of `exported`."""
    one = exported(store, session, version)
    return one if athlete is None else own_part(one, athlete)


def samples_of(store: Store, session: str, athlete: str | None) -> Iterator[StoredSamples]:
    """Raw samples, of an athlete those from around the own sets."""
    if athlete is None:
        yield from store.samples(session)
        return
    own = exported_of(store, session, athlete, 0)
    spans = [(one.started - AROUND, (one.ended or one.started) + AROUND) for one in own.sets]
    yield from (one for one in store.samples(session) if any(first <= one.time <= last for first, last in spans))


def own_part(one: ExportedSession, athlete: str) -> ExportedSession:
    """The athlete's sets of a session, and what belongs to them."""
    sets = [lifted for lifted in one.sets if is_own(lifted, one.session.athlete, athlete)]
    numbers = {lifted.number for lifted in sets}
    reps = [rep for rep in one.reps if rep.set_number in numbers]
    session = one.session.model_copy(update={"athlete": athlete, "set_count": len(sets), "rep_count": len(reps)})
    return one.model_copy(
        update={
            "session": session,
            "sets": sets,
            "reps": reps,
            "phases": [phase for phase in one.phases if phase.set_number in numbers],
            "motion": [motion for motion in one.motion if motion.set_number in numbers],
        }
    )


def is_own(lifted: SetMessage, of_session: str | None, athlete: str) -> bool:
    """of_session: the session's athlete, who counts where nobody said anything of its sets."""
    return (lifted.athlete or of_session) == athlete
