"""How each part of a running hub does, since when, and what to do: what /health says.

| part | poor | bad |
|---|---|---|
| bluetooth | an adapter cannot listen | none can, or none is open yet |
| sensors | one that belongs here sends nothing | |
| enrolment | it was changed and cannot be used; the one before it counts | |
| engine | a machine's engine failed within the last hour; the event loop is late again and again | |
| broker | | a connection is down, or the outbox cannot be written |
| outbox | it fills, or nobody tells that what it sent is stored | |
| recorder | it is behind by more than half a minute | nothing can be recorded |
| store | | it cannot be read, or not be changed |
| centre | it fetches nothing, or lacks what had no room here | |
| disk | little room, or soon full | nearly none, or read-only |
| sinks | one takes nothing; all is kept for it | |
| checkup | | nobody has looked for so long: something hangs |
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import UTC, datetime, timedelta

from sensor_hub.app.keeping.disk import examine_disk
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.measuring.tally import Tally
from sensor_hub.app.running.works import Works
from sensor_hub.errors import LinkError, StoreError
from sensor_hub.pairing import Finding, Grade
from sensor_hub.web import Part

log = logging.getLogger(__name__)

LOOK_S = 2.0
STALE = timedelta(seconds=30)
"""Longer than a busy database may take."""
LATE_S = 0.5
BEHIND_S = 30.0
FAULT_TOLD = timedelta(hours=1)


class Condition:
    """`run` looks every few seconds; `parts` may be asked from any thread."""

    def __init__(self, works: Works, utc: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._works = works
        self._utc = utc
        self._began = self._looked = utc()
        self._parts: dict[str, Part] = {}

    async def run(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.look)
            except Exception:  # of whatever part: it shows as a checkup that hangs, and ends no hub
                log.exception("The hub could not be looked over.")
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        now = self._utc()
        parts = {}
        for finding in _findings(self._works, now):
            before = self._parts.get(finding.topic)
            since = before.since if before is not None and before.grade is finding.grade else now
            parts[finding.topic] = Part(
                part=finding.topic, grade=finding.grade, since=since, sentence=finding.sentence
            )
        self._parts, self._looked = parts, now

    def parts(self) -> list[Part]:
        known = list(self._parts.values())
        if not known:
            known = [Part(part="checkup", grade=Grade.BAD, since=self._began, sentence="The hub is starting.")]
        elif self._utc() - self._looked > STALE:
            sentence = "Some part hangs: what the others say here is old. The log may tell; else restart the hub."
            known.append(Part(part="checkup", grade=Grade.BAD, since=self._looked, sentence=sentence))
        return known


def _findings(works: Works, now: datetime) -> Iterator[Finding]:
    if works.hub is not None:
        yield _bluetooth(works)
        yield judge_sensors(works.tallies)
        yield judge_enrolment(works.hub.enrolment.problem)
        yield judge_engine(works.tallies, works.pulse.usual_lag_s, now)
    yield judge_broker(works.connections)
    if works.hub is not None:
        yield judge_outbox({outlet.problem for _, outlet in works.open_outlets})
    if works.recorder is not None:
        yield judge_recorder(works.recorder.problem, works.recorder.lag_s)
    if works.store is not None:
        yield _store(works)
    if works.centre is not None:
        yield works.centre.finding()
    yield _disk(works)
    if works.sinks:
        yield judge_sinks({name: sink.problem for name, sink in works.sinks.items()})


def _bluetooth(works: Works) -> Finding:
    assert works.hub is not None
    try:
        troubles = works.hub.radio.lookout.troubles
    except LinkError as error:
        return Finding("bluetooth", Grade.BAD, str(error))
    return judge_bluetooth(troubles)


def judge_bluetooth(troubles: Mapping[str, str | None]) -> Finding:
    """troubles: of each adapter, None where it has none."""
    told = [f"{name}: {trouble}" for name, trouble in troubles.items() if trouble is not None]
    if not told:
        return Finding("bluetooth", Grade.GOOD, f"{_count(len(troubles), 'adapter')} can be used.")
    return Finding("bluetooth", Grade.POOR if len(told) < len(troubles) else Grade.BAD, " ".join(told))


def judge_sensors(tallies: Mapping[Place, Tally]) -> Finding:
    away = {place.machine: tally for place, tally in tallies.items() if not tally.streams}
    if not tallies:
        return Finding("sensors", Grade.GOOD, "No sensor has been heard yet, and none is enrolled.")
    if not away:
        return Finding("sensors", Grade.GOOD, f"{_count(len(tallies), 'sensor')} streaming.")
    told = [f"{machine}: {_why(tally)}" for machine, tally in sorted(away.items())]
    return Finding("sensors", Grade.POOR, f"{len(away)} of {len(tallies)} send nothing. {' '.join(told)}")


def _why(tally: Tally) -> str:
    if tally.link is None:
        return "not heard yet; wake it, charge it, bring it nearer."
    return tally.link.note or f"{tally.link.state}."


def judge_enrolment(problem: str | None) -> Finding:
    if problem is not None:
        return Finding("enrolment", Grade.POOR, f"It stays as it was: {problem}")
    return Finding("enrolment", Grade.GOOD, "It can be used.")


def judge_engine(tallies: Mapping[Place, Tally], lag_s: float, now: datetime) -> Finding:
    failed = {
        place.machine: tally.failed
        for place, tally in tallies.items()
        if tally.failed is not None and now - tally.failed < FAULT_TOLD
    }
    if failed:
        told = ", ".join(f"{machine} ({at:%H:%M} UTC)" for machine, at in sorted(failed.items()))
        sentence = f"Failed and began anew: {told}. It counts again; please report the fault that the log shows."
        return Finding("engine", Grade.POOR, sentence)
    if lag_s > LATE_S:
        sentence = f"This computer is too slow by {lag_s:.1f} s: give it fewer sensors, or less else to do."
        return Finding("engine", Grade.POOR, sentence, round(lag_s, 2), "s", LATE_S)
    return Finding("engine", Grade.GOOD, "It keeps up.")


def judge_broker(connections: Mapping[str, tuple[bool, str | None]]) -> Finding:
    """connections: of each client, whether it is up and its problem."""
    problems = {problem for _, problem in connections.values() if problem is not None}
    waiting = [name for name, (up, problem) in connections.items() if not up and problem is None]
    if problems:
        return Finding("broker", Grade.BAD, " ".join(sorted(problems)))
    if waiting:
        return Finding("broker", Grade.BAD, f"Not connected yet: {', '.join(sorted(waiting))}.")
    return Finding("broker", Grade.GOOD, "Connected.")


def judge_outbox(problems: Set[str | None]) -> Finding:
    told = sorted(problem for problem in problems if problem is not None)
    if told:
        return Finding("outbox", Grade.POOR, " ".join(told))
    return Finding("outbox", Grade.GOOD, "It has room.")


def judge_recorder(problem: str | None, lag_s: float) -> Finding:
    if problem is not None:
        return Finding("recorder", Grade.BAD, f"{problem} Messages wait at the broker.")
    if lag_s > BEHIND_S:
        sentence = f"It is {lag_s:.0f} s behind: is the disk slow, or the database busy?"
        return Finding("recorder", Grade.POOR, sentence, round(lag_s), "s", BEHIND_S)
    return Finding("recorder", Grade.GOOD, "Everything that has come is stored.")


def judge_sinks(problems: Mapping[str, str | None]) -> Finding:
    told = [problem for problem in problems.values() if problem is not None]
    if told:
        return Finding("sinks", Grade.POOR, f"{' '.join(told)} Everything is kept and passed on later.")
    return Finding("sinks", Grade.GOOD, "They take what they are sent.")


def _store(works: Works) -> Finding:
    assert works.store is not None
    try:
        works.store.check()
    except StoreError as error:
        return Finding("store", Grade.BAD, str(error))
    return Finding("store", Grade.GOOD, "The database can be read and changed.")


def _disk(works: Works) -> Finding:
    finding = examine_disk(works.folder)
    warning = None if works.keeper is None else works.keeper.warning
    if finding.grade is Grade.GOOD and warning is not None:
        return Finding("disk", Grade.POOR, warning)
    return finding


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
