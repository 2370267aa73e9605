"""The whole way without hardware: simulated lifters, the hub, the pages; in the end a look at the truth."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sensor_hub.app.demonstration.comparison import Comparison, compare
from sensor_hub.app.demonstration.simulator import Simulator, scenario, simulator
from sensor_hub.app.floor.enrolment import Enrolment, EnrolmentFile
from sensor_hub.app.keeping.database import open_store
from sensor_hub.app.measuring.naming import machine_name
from sensor_hub.app.running.site import Site
from sensor_hub.app.telling.rep_words import in_words
from sensor_hub.config import Settings, data_dir
from sensor_hub.messages import LinkState, Live, Message, Progress, RepMessage, SensorMessage, SetMessage
from sensor_hub.store import Store

SCENARIOS = ("demo", "demo-two")

Say = Callable[[str], None]


@dataclass(slots=True)
class Narrator:
    """Tells in words what passes by; called from the subscriber's thread. What the broker kept from before is old."""

    say: Say
    began: datetime
    newest_s: dict[str, float] = field(default_factory=dict)
    """Device time of each machine's newest live message."""
    _states: dict[str, LinkState] = field(default_factory=dict)

    def hear(self, message: Message) -> None:
        if message.time < self.began:
            return
        name = message.machine
        match message:
            case Live():
                self.newest_s[name] = message.at_s
            case SensorMessage() if self._states.get(name) is not message.state:
                self._states[name] = message.state
                self.say(f"{name}: {message.state}{f'. {message.note}' if message.note else ''}")
            case SetMessage() if message.progress is Progress.ENDED:
                self.say(f"{name}: set {message.number} is over, {message.rep_count} reps")
            case RepMessage():
                self.say(f"{name}: set {message.set_number}, rep {message.number}: {in_words(message)}")


async def show(settings: Settings, say: Say, duration_s: float | None = None) -> list[Comparison]:
    """Runs the demo for so long, or until cancelled; then compares what was stored with what was simulated.

    say: hears progress in words, from any thread. Raises a SensorHubError that says what to do.
    """
    began = datetime.now(UTC)
    narrator = Narrator(say, began)
    _let_everyone_in(settings, began)
    with TemporaryDirectory(prefix="sensor-hub-") as folder:
        say(f"Starting {len(SCENARIOS)} simulated lifters.")
        files = [scenario(name) for name in SCENARIOS]
        async with simulator(["run", *files, "--truth", folder]) as lifters:
            end = asyncio.create_task(_tell_the_end(lifters, say))
            try:
                await _run_hub(_on(lifters, settings), narrator, duration_s)
            finally:
                end.cancel()
        return _compare(settings, lifters.sensors, Path(folder), narrator, began)


def _let_everyone_in(settings: Settings, now: datetime) -> None:
    """Whoever was paired in an earlier demo would keep the others out."""
    file = EnrolmentFile(data_dir(settings))
    if file.read():
        file.write(Enrolment(), "Everyone taken off for the demo.", now)


async def _run_hub(settings: Settings, narrator: Narrator, duration_s: float | None) -> None:
    site = Site(settings, listeners=[narrator.hear])

    def ready(url: str) -> None:
        narrator.say(f"Open {url} in a browser. Ctrl-C ends the demo.")

    try:
        async with asyncio.timeout(duration_s):
            await site.run(ready)
    except TimeoutError:
        narrator.say("Time is up; ending the sessions.")


async def _tell_the_end(lifters: Simulator, say: Say) -> None:
    await lifters.finished.wait()
    say("The lifters are done. Their sessions are under Sessions; Ctrl-C ends the demo.")


def _on(lifters: Simulator, settings: Settings) -> Settings:
    """The settings with the simulated radio as the adapter."""
    bluetooth = settings.bluetooth.model_copy(update={"adapters": (lifters.adapter,)})
    return settings.model_copy(update={"bluetooth": bluetooth})


def _compare(
    settings: Settings, sensors: Sequence[str], truths: Path, narrator: Narrator, began: datetime
) -> list[Comparison]:
    store = open_store(settings)
    try:
        return [
            compare(
                sensor,
                json.loads((truths / f"{name}.truth.json").read_text(encoding="utf-8")),
                _stored_reps(store, machine_name(sensor), began),
                narrator.newest_s.get(machine_name(sensor), 0.0),
            )
            for name, sensor in zip(SCENARIOS, sensors, strict=True)
        ]
    finally:
        store.close()


def _stored_reps(store: Store, machine: str, began: datetime) -> list[RepMessage]:
    sessions = [one for one in store.sessions(machine=machine) if one.started >= began]
    records = [store.session(one.session) for one in reversed(sessions)]
    return [rep for record in records if record is not None for rep in record.reps]
