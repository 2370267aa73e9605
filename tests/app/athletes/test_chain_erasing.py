"""Who asks a chain or one of its gyms to be forgotten is forgotten in all, though a line may be down."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest
from sqlalchemy import delete

from sensor_hub.app.athletes.at_centre import ROUND, AtCentre
from sensor_hub.app.athletes.eraser import Eraser
from sensor_hub.app.athletes.erasing import CENTRE, STREAM, Erasing
from sensor_hub.app.athletes.in_gym import InGym
from sensor_hub.app.athletes.people import People
from sensor_hub.app.keeping.forgetting import Unwanted
from sensor_hub.app.keeping.graves import GRAVES
from sensor_hub.bus import decode, encode, topic_of
from sensor_hub.config import HubSettings, Settings
from sensor_hub.config.sections import ChainSettings
from sensor_hub.errors import UnfitError
from sensor_hub.messages import (
    WHOLE_GYM,
    ErasedMessage,
    ErasedSet,
    EraseMessage,
    ForgottenMessage,
    Message,
    SetMessage,
)
from sensor_hub.store import (
    CHAIN,
    Erasure,
    Lifter,
    Store,
    correct,
    erase_athlete,
    make_cursors,
    note_forgotten,
    tables,
)
from tests.store.test_erasing import BEN, evening_of, mentions

EMPTY = "empty.db"
ANNA = "k7m2p9xd"
GYMS = ("gym-a", "gym-b")
NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


class Line:
    """Between the gyms and the centre. What a gym's broker has taken goes over it when it is up, in its order; what the
    centre says goes to whoever is there."""

    def __init__(self) -> None:
        self.cut: set[str] = set()
        self.waiting: list[Message] = []
        """In the gyms' brokers."""
        self.stream: list[Message] = []
        self.gyms_there: dict[str, Gym] = {}
        self.answers: list[Message] = []

    def gyms(self) -> frozenset[str]:
        return frozenset(self.gyms_there)

    def call(self, message: Message) -> None:
        self.say([message])

    def say(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.site not in self.cut and message.site in self.gyms_there:
                self.gyms_there[message.site].side.hear(carried(message), lambda: None)

    def take_out(self, machines: Iterable[tuple[str, str]], unwanted: Unwanted) -> tuple[int, int]:
        before = len(self.stream)
        for message in self.stream:
            unwanted.learn(message)
        self.stream = [one for one in self.stream if not unwanted.holds(one)]
        return before - len(self.stream), 0


def carried(message: Message) -> Message:
    return decode(topic_of(message), encode(message))


class Place:
    """A store and what keeps it."""

    eraser: Eraser

    def __init__(self, folder: Path, clock: Clock, chain: ChainSettings, site: str) -> None:
        folder.mkdir()
        copyfile(folder.parent / EMPTY, folder / "hub.db")
        self.clock = clock
        self.store = Store.open(folder / "hub.db")
        self.settings = Settings(hub=HubSettings(data_dir=folder, site=site), chain=chain)
        self.people = People(self.store, self.settings, utc=clock)
        self.erasing = Erasing(self.store, self.settings, clock)
        self.folder = folder

    def erasure(self, athlete: str = ANNA) -> Erasure | None:
        return next((one for one in self.people.erasures() if one.athlete == athlete), None)

    def open_parts(self) -> set[str]:
        found = self.erasure()
        assert found is not None
        return {part.part for part in found.parts if part.done is None}

    def sessions(self) -> set[str]:
        return {one.session for one in self.store.sessions()}


class Gym(Place):
    """call: its recorder speaks to its broker. Its hub answers at once, unless it is off."""

    def __init__(self, folder: Path, clock: Clock, line: Line, site: str) -> None:
        chain = ChainSettings(urls=(f"tls://{site}@centre.example:7422",), password="secret")
        super().__init__(folder, clock, chain, site)
        self.site, self.line = site, line
        self.hub_is_on = True
        self.side = InGym(self.store, self.erasing, self, site, clock)
        self.eraser = Eraser(self.store, folder, self, utc=clock, beyond=self.side)
        line.gyms_there[site] = self

    def call(self, message: Message) -> None:
        match message:
            case ForgottenMessage():
                self.line.waiting.append(carried(message))
            case EraseMessage() if self.hub_is_on:
                place = message.model_dump(include={"site", "machine", "id", "seq", "athlete"})
                self.store.record([ErasedMessage(**place, time=self.clock.now, messages=0)])

    def lift(self, messages: Sequence[Message]) -> None:
        own = [message.model_copy(update={"site": self.site}) for message in messages]
        self.store.record(own)
        self.line.waiting += own


class Chain:
    def __init__(self, folder: Path) -> None:
        self.clock, self.line = Clock(), Line()
        self.centre = Place(folder / "centre", self.clock, ChainSettings(), "centre")
        with self.centre.store.transaction() as connection:
            make_cursors(connection, CHAIN, ["0"])
        side = AtCentre(self.centre.store, self.centre.erasing, self.line, self.clock)  # type: ignore[arg-type]
        self.centre.eraser = Eraser(self.centre.store, self.centre.folder, self.line, utc=self.clock, beyond=side)
        self.a, self.b = (Gym(folder / site, self.clock, self.line, site) for site in GYMS)
        for gym, name in ((self.a, "at-a"), (self.b, "at-b")):
            gym.people.add("Annabella Musterfrau", "kg", None, ANNA)
            gym.lift([*evening_of(ANNA, name=name), *evening_of(BEN, name=f"bens-{name}", days=1)])
        self.work()

    def work(self) -> None:
        """A worker takes what came over the line, whatever is said twice."""
        over = [one for one in self.line.waiting if one.site not in self.line.cut]
        self.line.waiting = [one for one in self.line.waiting if one.site in self.line.cut]
        self.line.stream += over
        self.centre.store.record([one for one in over if not isinstance(one, ForgottenMessage)])
        for one in over:
            if isinstance(one, ForgottenMessage):
                for _ in range(2):
                    with self.centre.store.transaction() as connection:
                        note_forgotten(connection, one)

    def minutes(self, count: int) -> None:
        for _ in range(count):
            self.clock.now += timedelta(minutes=1, seconds=1)
            for place in (self.a, self.b, self.centre):
                place.eraser.look()
                self.work()

    def knowing(self) -> dict[str, set[str]]:
        """Tables that have the number, but for its tombstones."""
        places = {"centre": self.centre, "gym-a": self.a, "gym-b": self.b}
        found = {name: mentions(place.store, ANNA) - {"erasure", "erasure_part"} for name, place in places.items()}
        return {name: tables for name, tables in found.items() if tables}

    def close(self) -> None:
        for place in (self.centre, self.a, self.b):
            place.store.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To open what has the tables already costs a hundredth."""
    path = tmp_path_factory.mktemp("empty") / EMPTY
    Store.open(path).close()
    return path


@pytest.fixture
def chain(tmp_path: Path, empty: Path) -> Iterator[Chain]:
    copyfile(empty, tmp_path / EMPTY)
    made = Chain(tmp_path)
    yield made
    made.close()


def all_done(chain: Chain) -> bool:
    return not (chain.centre.open_parts() | chain.a.open_parts() | chain.b.open_parts())


def test_who_asks_the_centre_is_forgotten_in_all_gyms_and_in_the_stream(chain: Chain) -> None:
    assert set(chain.knowing()) == {"centre", "gym-a", "gym-b"}
    chain.centre.people.add("Anna", "kg", None, ANNA)
    chain.line.cut.add("gym-b")
    chain.centre.people.erase(ANNA, "admin")
    chain.minutes(5)
    assert set(chain.knowing()) == {"gym-b"}
    assert chain.centre.open_parts() == {"gym gym-b", STREAM}
    chain.line.cut.clear()
    chain.minutes(5)
    assert chain.knowing() == {}
    assert all_done(chain)
    assert chain.a.sessions() | chain.b.sessions() == {"bens-at-a", "bens-at-b"} == chain.centre.sessions()
    assert not [one for one in chain.line.stream if isinstance(one, SetMessage) and one.athlete == ANNA]
    assert {one.session for one in chain.line.stream if isinstance(one, SetMessage)} == {"bens-at-a", "bens-at-b"}


def test_who_asks_a_gym_without_a_line_is_forgotten_there_at_once_and_elsewhere_later(chain: Chain) -> None:
    chain.line.cut = {*GYMS}
    chain.a.people.erase(ANNA, "admin")
    chain.minutes(30)
    assert set(chain.knowing()) == {"centre", "gym-b"}
    assert chain.a.open_parts() == {CENTRE}
    chain.line.cut.clear()
    chain.minutes(5)
    assert chain.knowing() == {}
    assert all_done(chain)


def test_what_comes_late_or_again_brings_nothing_back(chain: Chain) -> None:
    late = [one.model_copy(update={"site": "gym-b"}) for one in evening_of(ANNA, BEN, name="late")]
    again = [*chain.line.stream]
    chain.a.people.erase(ANNA, None)
    chain.minutes(5)
    chain.b.lift(late)
    chain.line.waiting += again
    chain.minutes(5)
    assert chain.knowing() == {}
    record = chain.centre.store.session("late")
    assert record is not None
    assert [one.athlete for one in record.sets] == [BEN]


def test_a_gym_that_came_back_from_a_backup_is_told_within_the_hour(chain: Chain, tmp_path: Path) -> None:
    chain.a.people.erase(ANNA, None)
    chain.minutes(5)
    chain.b.store.close()
    restored = Gym(tmp_path / "another-computer", chain.clock, chain.line, "gym-b")
    restored.people.add("Annabella Musterfrau", "kg", None, ANNA)
    restored.store.record([one.model_copy(update={"site": "gym-b"}) for one in evening_of(ANNA, name="at-b")])
    chain.b = restored
    assert set(chain.knowing()) == {"gym-b"}
    chain.minutes(int(ROUND.total_seconds() // 60))
    assert chain.knowing() == {}
    assert restored.sessions() == set()


def test_a_centre_that_came_back_from_a_backup_hears_it_again_from_the_stream(chain: Chain) -> None:
    before = [*chain.line.stream]
    chain.a.people.erase(ANNA, None)
    chain.minutes(5)
    chain.line.waiting = [*before, *(one for one in chain.line.stream if isinstance(one, ForgottenMessage))]
    with chain.centre.store.transaction() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            if table not in (tables.cursor, tables.counter):
                connection.execute(delete(table))
    (chain.centre.folder / GRAVES).unlink()
    chain.line.stream = []
    chain.minutes(5)
    assert chain.knowing() == {}
    assert all_done(chain)


def test_whose_a_set_was_by_a_word_in_one_store_alone_is_told_to_the_other(chain: Chain) -> None:
    chain.a.lift(evening_of(None, BEN, None, name="shared", days=2))
    chain.work()
    with chain.a.store.transaction() as connection:
        correct(connection, "shared", 1, Lifter(ANNA), NOON, "coach")
    with chain.centre.store.transaction() as connection:
        correct(connection, "shared", 3, Lifter(ANNA), NOON, "coach")
    chain.a.people.erase(ANNA, None)
    chain.minutes(7)
    for place in (chain.a, chain.centre):
        record = place.store.session("shared")
        assert record is not None
        assert [one.number for one in record.sets] == [2]
    assert all_done(chain)


def test_a_set_that_is_somebody_elses_by_the_centres_word_stays_there(chain: Chain) -> None:
    chain.a.lift(evening_of(None, None, name="shared", days=2))
    chain.work()
    for place, lifter in ((chain.a, ANNA), (chain.centre, BEN)):
        with place.store.transaction() as connection:
            correct(connection, "shared", 1, Lifter(lifter), NOON, "coach")
    chain.a.people.erase(ANNA, None)
    chain.minutes(7)
    numbers = [
        [one.number for one in record.sets]
        for place in (chain.a, chain.centre)
        if (record := place.store.session("shared"))
    ]
    assert numbers == [[2], [1, 2]]
    assert all_done(chain)


def test_no_gym_has_another_gyms_sets_erased(chain: Chain) -> None:
    chain.b.lift(evening_of(None, BEN, name="not-yours", days=3))
    chain.work()
    times = {"started": NOON, "ended": NOON + timedelta(hours=1)}
    place = {"site": "gym-a", "machine": WHOLE_GYM, "id": "forged", "seq": 0, "time": NOON}
    forged = ForgottenMessage(
        **place,
        athlete="zzzzzzzz",
        asked=NOON,
        sets=[ErasedSet(session="not-yours", number=0, **times)],
        outstanding=[],
    )
    chain.line.waiting.append(forged)
    chain.minutes(3)
    record = chain.centre.store.session("not-yours")
    assert record is not None
    assert len(record.sets) == 2


def test_a_gym_says_what_it_has_not_reached_until_it_has(chain: Chain) -> None:
    chain.a.hub_is_on = False
    chain.b.people.erase(ANNA, None)
    chain.minutes(5)
    (waiting,) = [part for part in chain.centre.people.erasures()[0].parts if part.part == "gym gym-a"]
    assert waiting.note == "Not reached there yet: hub of gym-a/press-1."
    chain.a.hub_is_on = True
    chain.minutes(5)
    assert all_done(chain)


def test_a_gym_in_which_nobody_knows_the_athlete_only_notes_the_number(chain: Chain) -> None:
    chain.line.cut.add("gym-b")
    with chain.b.store.transaction() as connection:
        erase_athlete(connection, ANNA, NOON)
    before = mentions(chain.b.store, ANNA)
    chain.a.people.erase(ANNA, None)
    chain.line.cut.clear()
    chain.minutes(5)
    assert before == set()
    known = chain.b.erasure()
    assert known is not None
    assert [part.part for part in known.parts] == [CENTRE]
    assert all_done(chain)


def test_a_number_from_another_gym_is_taken_once_and_never_again_when_erased(chain: Chain) -> None:
    for number, why in ((ANNA, "somebody's here"), ("anna", "no athlete's number")):
        with pytest.raises(UnfitError, match=why):
            chain.a.people.add("Anna", "kg", None, number)
    chain.a.people.erase(ANNA, None)
    with pytest.raises(UnfitError, match="was erased"):
        chain.a.people.add("Anna", "kg", None, ANNA)
