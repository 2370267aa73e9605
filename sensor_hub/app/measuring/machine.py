"""One machine: its sensor's link events go into the journal, through the engine, and leave as messages.

Time comes in as data. A machine that is given the journal of a hub that died goes on where that one was: what it
had told is not told again, the session runs on, and the sensor is asked for what it measured meanwhile.
"""

import logging
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from sensor_hub.app.measuring.battery import Battery
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.course import Course
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import (
    Anchored,
    Assigned,
    Began,
    Entry,
    Journal,
    Missed,
    SensorIdentity,
    Took,
)
from sensor_hub.app.measuring.naming import moment_id
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.errors import StoreError
from sensor_hub.link import Health, LinkEvent, Missing, Received, StateChanged
from sensor_hub.messages import LinkState, SensorMessage
from sensor_hub.store import Lifter

STOPPED = "The hub was stopped. Start it again to go on."
TAKEN_OFF = "The sensor was taken off this machine."
LENT = "The sensor is being paired or made to blink. It comes back by itself."
IDLE_JOURNAL_S = 600.0
"""Between sessions the journal grows to this length."""
KEPT_S = 120.0
"""And is then cut to this: enough to know the rail again, and a set that is about to be told."""
CLOCK_STEP = timedelta(milliseconds=10)
"""The computer's clock is followed in steps of this size."""
MOST_EARLY_S = 0.25
"""Clocks that were measured against each other are not off by more."""
MOST_LATE_S = 1.0
"""What comes later was kept by the sensor: it says nothing about the date."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Memory:
    """What a machine keeps on disk. journal, batteries: None keeps nothing of it."""

    profile: MachineProfile
    journal: Journal | None = None
    batteries: Path | None = None
    """Folder of what is known of each sensor's battery."""
    is_all_told: bool = True
    """False where what the journal's hub told may be lost: its reps, sets and sessions are told again."""

    def battery(self, address: str) -> Battery:
        return Battery(self.batteries and self.batteries / f"{address.replace(':', '-').lower()}.json")


class Machine:
    """Takes link events in order. Call `tick` every few seconds, `finish` at the end. host: the hub's clock now.

    Raises StoreError where the journal cannot be read.
    """

    def __init__(self, desk: Desk, sensor: SensorIdentity, host: HostClock, memory: Memory) -> None:
        self.sensor = sensor
        self._desk = desk
        self._profile = memory.profile
        self._journal = memory.journal
        self._battery = memory.battery(sensor.address)
        self._ahead_s = 0.0
        """Added to the hub's monotonic clock gives that of the hub which began the journal."""
        self._link = StateChanged(LinkState.SEARCHING)
        self._health: Health | None = None
        self.left_to_sensor = False
        """Whether it went on from a moment ago, and the sensor sends again what came since: a rep at most."""
        self._journal_fails = False
        """Until it can begin anew, between sessions: what is on disk is not what happened."""
        self._went_on = False
        """Whether the journal is another hub's, and no sample has shown yet that the date is right."""
        self._charge: dict[str, float | None] = {}
        self._profile_problem: str | None = None
        self._charge_warning: str | None = None
        """The battery as it was last told. Within a set nobody is told."""
        self._trouble: str | None = None
        desk.before_counting = self._secure
        if self._journal is None or not self._go_on(self._journal, host, memory.is_all_told):
            self._begin(host)
            self._course.tell_lifter(host.host_s)

    @property
    def bookmark(self) -> str | None:
        """Where the sensor's stream was, for another link to go on from."""
        return self._course.bookmark

    @property
    def session(self) -> str | None:
        """The running session's id."""
        return self._course.session

    @property
    def rep_count(self) -> int:
        """Reps of the running session."""
        return self._course.rep_count

    @property
    def clock_error_ppm(self) -> float | None:
        """How much faster the sensor's clock runs than the hub's; None until that can be told."""
        return self._course.clock.rate_error_ppm

    @property
    def battery_h(self) -> float | None:
        """Hours of use until the sensor's battery is empty; None until that can be told."""
        return self._charge.get("battery_h")

    def warn(self, trouble: str | None, host_s: float) -> None:
        """What is wrong with the hub itself, told where something about the sensor is not more urgent."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._send_sensor(host_s + self._ahead_s)

    def handle(self, event: LinkEvent, host_s: float) -> None:
        """host_s: the hub's monotonic clock, now."""
        if self._went_on and isinstance(event, Received):
            self._set_date_right(event)
        host_s += self._ahead_s
        match event:
            case Received(samples, arrival_s):
                self._take(Took(samples, arrival_s + self._ahead_s, host_s, event.bookmark), host_s)
            case Missing(gap):
                self._take(Missed(gap, host_s), host_s)
            case StateChanged():
                self._link = event
                self._send_sensor(host_s)
            case Health():
                self._health = event
                self._watch_battery(event.battery_percent, host_s)
                self._send_sensor(host_s)

    def tick(self, now: HostClock) -> None:
        """Ends a session in which nothing happens any more; between sessions follows the computer's clock."""
        host = HostClock(now.utc, now.host_s + self._ahead_s)
        if self._course.idle(host.host_s):
            self._course.close(host.host_s)
            self._begin(host)
        if self._course.in_session:
            return
        if abs(self._course.clock.host.at(host.host_s) - host.utc) > CLOCK_STEP:
            self._take(Anchored(host), host.host_s)
        if host.host_s - self._since_s > IDLE_JOURNAL_S:
            self._shorten(host)

    def begin_anew(self, now: HostClock) -> None:
        """After a fault: what was begun is forgotten. Whoever knows what was told of the session ends it."""
        self._begin(HostClock(now.utc, now.host_s + self._ahead_s))
        self._course.tell_lifter(now.host_s + self._ahead_s)

    def assign(self, lifter: Lifter, host_s: float) -> None:
        """Who lifts from the next set on, or in the running one where nobody was known for it."""
        host_s += self._ahead_s
        self._take(Assigned(lifter, host_s), host_s)

    def concerns(self, athlete: str, sessions: Collection[str]) -> bool:
        """Whether the athlete lifts, or has lifted in the running session, or that is one of these."""
        return self._course.lifted(athlete) or self._course.session in sessions

    def finish(self, host_s: float, note: str = STOPPED) -> None:
        """The hub stops, or the machine is given up: the running set and session end here, and nobody listens."""
        self._course.close(host_s + self._ahead_s)
        self._link = StateChanged(LinkState.LOST, note)
        self._send_sensor(host_s + self._ahead_s)
        if self._journal is not None:
            self._journal.discard()
            self._journal = None

    def _take(self, entry: Entry, host_s: float) -> None:
        self._write(lambda journal: journal.add(entry))
        before = self._course.notice.text
        self._course.take(entry)
        if self._course.notice.text != before:
            self._send_sensor(host_s)

    def _begin(self, host: HostClock) -> None:
        """Nothing of what was matters any more: a new engine, no session, an empty journal."""
        self._went_on = False
        self._since_s = host.host_s
        entries: list[Entry] = [Anchored(host), self._engine_begins()]
        self._journal_fails = False
        self._write(lambda journal: journal.begin(self.sensor, entries))
        self._course = self._relived(entries)

    def _shorten(self, host: HostClock) -> None:
        """Between sessions: the engine knows only what the journal holds, so that both stay the same. Not where so
        short a past would have begun a set, which nobody was told."""
        self._since_s = oldest_s = host.host_s - KEPT_S
        if not (known := self._read()):
            return
        recent = [entry for entry in known if isinstance(entry, Took | Missed) and entry.host_s >= oldest_s]
        said = [] if self._course.lifter == Lifter() else [Assigned(self._course.lifter, host.host_s)]
        entries = [Anchored(host), self._engine_begins(), *said, *recent]
        course = self._relived(entries)
        if not course.in_session:
            self._write(lambda journal: journal.begin(self.sensor, entries))
            self._course = course

    def _relived(self, entries: Iterable[Entry], is_all_told: bool = True) -> Course:
        """What these entries make of the machine; nothing is told but what may be lost."""
        remaining = iter(entries)
        first = next(remaining)
        assert isinstance(first, Anchored)
        course = Course(self._desk, self.sensor, first.host, self._profile)
        with self._desk.muted(counted_too=is_all_told):
            for entry in remaining:
                course.take(entry)
        return course

    def _go_on(self, journal: Journal, host: HostClock, is_all_told: bool) -> bool:
        """Whether there was anything to go on from. An entry is written before it is acted on: all but the last are
        known to have been told. What came after the last bookmark is forgotten: the sensor's stream gives it again, but
        for what people said."""
        anchor, newest_s, count, marked = host, -math.inf, 0, 0
        said: Assigned | None = None
        for count, entry in enumerate(journal.entries(), 1):
            match entry:
                case Anchored(anchor):
                    newest_s = max(newest_s, anchor.host_s)
                case Took(host_s=host_s) | Missed(host_s=host_s):
                    newest_s = max(newest_s, host_s)
                case Assigned():
                    said = entry
            if isinstance(entry, Took) and entry.bookmark:
                marked, said = count, None
        if not count:
            return False
        self.left_to_sensor = 0 < marked < count
        if self.left_to_sensor:
            self._write(lambda journal: journal.cut(marked))
        self._since_s = host_s = max(newest_s, anchor.host_s + (host.utc - anchor.utc).total_seconds())
        self._ahead_s, self._went_on = host_s - host.host_s, True
        _, self._profile_problem = self._profile.load()
        kept = journal.entries(marked or count)
        self._course = self._relived(islice(kept, (marked or count) - 1), is_all_told)
        self._course.take(next(kept))
        if self._course.bookmark is None:
            self._course.close(host_s)
            self._begin(HostClock(host.utc, host_s))
        elif said is not None:
            self._take(said, host_s)
        return True

    def _set_date_right(self, event: Received) -> None:
        """A computer without a clock of its own may have begun with a date from before the last hub's end. No sample
        arrives before it was taken; the first that arrives in time shows that the date is right."""
        arrival_s = event.arrival_s + self._ahead_s
        early_s = self._course.clock.early_s(float(event.samples.time_s[-1]), arrival_s)
        if early_s > MOST_EARLY_S:
            self._ahead_s += early_s
        elif early_s > -MOST_LATE_S:
            self._went_on = False

    def _watch_battery(self, percent: int | None, host_s: float) -> None:
        if percent is not None:
            self._battery.observe(percent, host_s)
        if not self._course.in_set:
            self._charge = {"battery_percent": percent, "battery_h": self._battery.hours_left}
            self._charge_warning = self._battery.warning

    def _engine_begins(self) -> Began:
        profile, self._profile_problem = self._profile.load()
        return Began(profile)

    def _read(self) -> list[Entry]:
        """Nothing where there is no journal, or none any more."""
        entries: list[Entry] = []
        self._write(lambda journal: entries.extend(journal.entries()))
        return [] if self._journal_fails else entries

    def _secure(self) -> None:
        """What is about to be told can be told again under the same name, even after a power cut."""
        self._write(lambda journal: journal.sync())

    def _write(self, write: Callable[[Journal], None]) -> None:
        """A disk that fails costs the journal, not the set. Nobody may go on from half a journal: a rep would get the
        number of another."""
        if self._journal is not None and not self._journal_fails:
            try:
                write(self._journal)
            except StoreError as error:
                log.error("%s: %s", self._desk.machine, error, extra={"machine": self._desk.machine})
                self._journal_fails = True
                self._journal.discard()

    @property
    def _note(self) -> str | None:
        own = self._link.note or self._course.notice.text
        return own or self._trouble or self._charge_warning or self._profile_problem

    def _send_sensor(self, host_s: float) -> None:
        health = {} if self._health is None else asdict(self._health)
        fields = {
            "sensor": self.sensor.address,
            "name": self.sensor.name,
            "family": self.sensor.family,
            "state": self._link.state,
            "behind_s": self._link.behind_s,
            "note": self._note,
            "clock_error_ppm": self.clock_error_ppm,
            **health,
            **self._charge,
        }
        identity = moment_id(self._desk.machine, "sensor", at_s=host_s)
        self._desk.send(SensorMessage, identity, self._course.clock.host.at(host_s), fields)
