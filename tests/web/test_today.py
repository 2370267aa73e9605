"""Today in the gym over HTTP, on a real store; what machines tell of who lifts; and who may see it."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import httpx
import pytest

from sensor_hub.access import Access, AccessFile, Role
from sensor_hub.app.athletes.people import People
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.coach.corrections import Kind, Remark
from sensor_hub.coach.overload import OverloadRules
from sensor_hub.coach.programme import weekly
from sensor_hub.config import HubSettings, Settings
from sensor_hub.messages import LifterMessage, Progress, RepMessage, Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import Lifter, Store, add_correction, correct, take_back
from sensor_hub.web import LiveFeed, create_app
from tests.store.conftest import EVENING
from tests.store.conftest import Lifter as Evening
from tests.web.lifter import Lift, LiftingSet

PASSWORD = "four words in a row"
ASKED = Prescription(sets=2, reps=3, tempo="2.5-0-1-0")
TODAY = EVENING.astimezone().date()


class Gym:
    """It is midnight's last minute; Anna pressed two sets this evening, Ben is still expected, Cleo never was."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime.combine(TODAY, time(23, 59)).astimezone()
        self.store = Store.open(folder / "hub.db")
        self.file = AccessFile(folder)
        self.feed = LiveFeed(lambda: 100.0)
        people = People(self.store, Settings(hub=HubSettings(data_dir=folder)))
        self.coaching = Coaching(self.store, OverloadRules(), lambda: self.now)
        self.app = create_app(
            self.feed, self.store, access=Access(self.file), people=people, coaching=self.coaching
        )
        self.anna, self.ben, self.cleo = (people.add(name, "kg", "de").athlete for name in ("Anna", "Ben", "Cleo"))
        for who in (self.anna, self.ben):
            self.coaching.put_programme(who, weekly("Knee", TODAY - timedelta(days=2), 2, (3, 5), [ASKED]), None)
        self.store.record(Evening(began=self.now - timedelta(hours=2)).whole_session())
        self.give(1, self.anna)
        self.give(2, self.anna)

    def give(self, number: int, athlete: str) -> None:
        with self.store.transaction() as connection:
            correct(connection, "evening", number, Lifter(athlete, 80.0, Side.BOTH, ASKED), EVENING, None)

    @contextlib.asynccontextmanager
    async def logged_in(self, role: Role, athlete: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        self.file.add_account(role.value, role, PASSWORD, athlete)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1") as client:
            answer = await client.post("/api/login", json={"name": role.value, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    made = Gym(tmp_path)
    yield made
    made.store.close()


async def test_today_says_who_lifted_and_who_is_expected(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        today = (await coach.get("/api/today")).json()
        progress = (await coach.get(f"/api/athletes/{gym.anna}/progress")).json()
    assert today["date"] == TODAY.isoformat()
    anna, ben = today["athletes"]
    assert (anna["athlete"], ben["athlete"]) == (gym.anna, gym.ben)
    assert [one["number"] for one in anna["sets"]] == [1, 2]
    assert anna["sets"][0]["judged"] > anna["sets"][0]["kept"] >= 0
    assert anna["due"]["planned"] == TODAY.isoformat()
    assert anna["next_load"] == progress["next_load"] == {"step": "more", "reason": "all_kept", "load_kg": 85.0}
    assert (ben["sets"], ben["next_load"], ben["due"]["late_days"]) == ([], None, 0)


async def test_of_several_gyms_each_has_its_own_day(gym: Gym) -> None:
    before = Evening("before", began=gym.now - timedelta(days=4)).whole_session()
    gym.store.record([one.model_copy(update={"site": "west"}) for one in before])
    with gym.store.transaction() as connection:
        correct(connection, "before", 1, Lifter(gym.ben, 80.0, Side.BOTH, ASKED), EVENING, None)
    async with gym.logged_in(Role.COACH) as coach:
        told = {
            site: [
                (one["athlete"], len(one["sets"]))
                for one in (await coach.get("/api/today", params={"site": site})).json()["athletes"]
            ]
            for site in ("gym", "west", "nowhere") * 2
        }
    assert told == {"gym": [(gym.anna, 2)], "west": [(gym.ben, 0)], "nowhere": []}


async def test_the_day_ends_at_the_gyms_midnight(gym: Gym) -> None:
    gym.now += timedelta(minutes=2)
    async with gym.logged_in(Role.COACH) as coach:
        today = (await coach.get("/api/today")).json()
        progress = (await coach.get(f"/api/athletes/{gym.anna}/progress")).json()
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert (today["date"], progress["today"]) == (tomorrow, tomorrow)
    assert [(one["athlete"], one["sets"]) for one in today["athletes"]] == [(gym.ben, [])]


async def test_a_set_given_to_somebody_else_is_theirs_at_once(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        await coach.get("/api/today")
        gym.give(2, gym.cleo)
        today = (await coach.get("/api/today")).json()
    sets = {one["athlete"]: [each["number"] for each in one["sets"]] for one in today["athletes"]}
    assert sets == {gym.anna: [1], gym.cleo: [2], gym.ben: []}


async def test_what_comes_next_follows_a_correction_of_an_earlier_day(gym: Gym) -> None:
    earlier = Evening("earlier", began=gym.now - timedelta(days=1, hours=2)).whole_session()
    gym.store.record(
        [one.model_copy(update={"rom_m": 1.0}) if isinstance(one, RepMessage) else one for one in earlier]
    )
    with gym.store.transaction() as connection:
        correct(connection, "earlier", 1, Lifter(gym.anna, 80.0, Side.BOTH, ASKED), EVENING, None)
    reasons = []
    async with gym.logged_in(Role.COACH) as coach:
        for reading in range(3):
            today = (await coach.get("/api/today")).json()["athletes"][0]
            progress = (await coach.get(f"/api/athletes/{gym.anna}/progress")).json()
            assert today["next_load"] == progress["next_load"]
            reasons.append(today["next_load"]["reason"])
            with gym.store.transaction() as connection:
                if reading == 0:
                    gone = add_correction(connection, "earlier", Remark(Kind.DISCARD_SET, 1), EVENING, None)
                if reading == 1:
                    take_back(connection, "earlier", gone, EVENING, None)
    assert reasons == ["range_not_kept", "all_kept", "range_not_kept"]


async def test_an_athlete_sees_no_day_and_only_own_figures(gym: Gym) -> None:
    gym.give(2, gym.cleo)
    async with gym.logged_in(Role.LIFTER, gym.cleo) as cleo:
        assert (await cleo.get("/api/today")).status_code == 403
        figures = (await cleo.get("/api/figures", params={"session": ["evening", "nowhere"]})).json()
    assert figures["nowhere"] == []
    assert [(one["number"], one["athlete"]) for one in figures["evening"]] == [(2, gym.cleo)]


async def test_figures_are_of_a_page_of_sessions_at_most(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        assert (await coach.get("/api/figures")).status_code == 422
        many = [f"s{number}" for number in range(101)]
        assert (await coach.get("/api/figures", params={"session": many})).status_code == 422
        assert (await coach.get("/api/figures", params={"session": many[1:]})).status_code == 200


async def test_sessions_of_a_day_are_those_of_the_gyms_day(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        found = {
            day: [one["session"] for one in (await coach.get("/api/sessions", params={"day": day})).json()]
            for day in (TODAY.isoformat(), (TODAY + timedelta(days=1)).isoformat())
        }
        assert list(found.values()) == [["evening"], []]
        assert (await coach.get("/api/sessions", params={"day": "yesterday"})).status_code == 422


async def test_a_machine_says_who_lifts_there_and_how(gym: Gym) -> None:
    lifting = LiftingSet([Lift(2.5, 0.1, 1.0, 0.1), Lift(4.0, 0.1, 1.0, 0.1, bounced=True)])
    heading = lifting.rep(1).model_dump(include={"seq", "time", "site", "machine"})
    for message in lifting.began():
        gym.feed.offer(message)
    nobody = gym.feed.machines()[0]
    gym.feed.offer(LifterMessage(id="l", **heading, athlete=gym.anna, load_kg=80.0, asked=ASKED))
    running = {"athlete": gym.ben, "load_kg": 60.0, "side": Side.LEFT, "asked": ASKED}
    gym.feed.offer(lifting.set_message(Progress.STARTED).model_copy(update=running))
    gym.feed.offer(lifting.rep(1))
    gym.feed.offer(lifting.rep(2))
    during = gym.feed.machines()[0]
    gym.feed.offer(lifting.set_message(Progress.ENDED).model_copy(update=running))
    after = gym.feed.machines()[0]
    assert (nobody.athlete, nobody.judged, nobody.resting_s) == (None, 0, None)
    assert (during.athlete, during.load_kg, during.side) == (gym.ben, 60.0, Side.LEFT)
    assert (during.reps_asked, during.tempo, during.flagged, during.resting_s) == (3, "2.5-0-1-0", 1, None)
    assert (during.judged, during.kept) == (6, 5)
    assert (after.athlete, after.load_kg, after.resting_s) == (gym.anna, 80.0, 0.0)
    assert (after.judged, after.kept, after.flagged) == (0, 0, 0), "the figures are Ben's"
    for asked, figures in ((ASKED, (6, 5, 1)), (ASKED.model_copy(update={"tempo": "4-0-1-0"}), (0, 0, 0))):
        gym.feed.offer(LifterMessage(id="n", **heading, athlete=gym.ben, load_kg=65.0, asked=asked))
        resting = gym.feed.machines()[0]
        assert (resting.athlete, resting.judged, resting.kept, resting.flagged) == (gym.ben, *figures)


async def test_where_nobody_is_named_the_flags_of_the_newest_set_stay(gym: Gym) -> None:
    lifting = LiftingSet([Lift(4.0, 0.1, 1.0, 0.1, bounced=True)])
    for message in (*lifting.began(), lifting.set_message(Progress.STARTED), lifting.rep(1)):
        gym.feed.offer(message)
    gym.feed.offer(lifting.set_message(Progress.ENDED))
    (after,) = gym.feed.machines()
    assert (after.athlete, after.flagged, after.judged) == (None, 1, 0)
