"""Athletes over HTTP, on a real store: who may see, pick, correct, take along and erase whom."""

import contextlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sensor_hub.access import Access, AccessFile, Right, Role
from sensor_hub.app.athletes.people import People
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.bus import BrokerAddress, Caller, Subscriber, filters_of
from sensor_hub.config import HubSettings, Settings
from sensor_hub.messages import AssignMessage, Kind, Message, Side
from sensor_hub.store import Store, add_athlete
from sensor_hub.web import LiveFeed, create_app
from tests.conftest import wait_for
from tests.store.conftest import EVENING
from tests.store.test_erasing import evening_of

PASSWORD = "four words in a row"


class Gym:
    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "hub.db")
        self.file = AccessFile(folder)
        self.people = People(self.store, Settings(hub=HubSettings(data_dir=folder)))
        self.app = create_app(
            LiveFeed(), self.store, access=Access(self.file), people=self.people, correcting=Correcting(self.store)
        )
        self.anna = self.people.add("Anna Example", "kg", "de").athlete
        self.ben = self.people.add("Ben Example", "lb", None).athlete
        lifting = [*evening_of(self.anna, self.ben, name="shared"), *evening_of(self.ben, name="bens", days=1)]
        self.store.record(lifting)

    @contextlib.asynccontextmanager
    async def logged_in(self, role: Role, athlete: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        self.file.add_account(role.value, role, PASSWORD, athlete)
        async with self.client() as client:
            answer = await client.post("/api/login", json={"name": role.value, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client

    def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1", headers=headers)


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    made = Gym(tmp_path)
    yield made
    made.store.close()


async def names(client: httpx.AsyncClient, path: str = "/api/athletes") -> list[str | None]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()]


async def test_a_coach_keeps_the_registry_and_erases_nobody(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        made = (await coach.post("/api/athletes", json={"name": "Carla", "language": "en"})).json()
        assert await names(coach) == ["Anna Example", "Ben Example", "Carla"]
        changed = await coach.put(f"/api/athletes/{made['athlete']}", json={"name": None, "unit": "lb"})
        assert (changed.json()["name"], changed.json()["unit"]) == (None, "lb")
        assert (await coach.put("/api/athletes/zzzzzzzz", json={})).status_code == 404
        for name in ("", "x" * 101):
            assert (await coach.post("/api/athletes", json={"name": name})).status_code == 422
        assert (await coach.post(f"/api/athletes/{gym.anna}/erase")).status_code == 403
        assert (await coach.get("/api/erasures")).status_code == 403


async def test_athletes_are_looked_for_by_name_and_number_at_most_a_hundred(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        assert await names(coach, "/api/athletes?find=") == ["Anna Example", "Ben Example"]
        assert await names(coach, "/api/athletes?find=aNNa") == ["Anna Example"]
        assert await names(coach, f"/api/athletes?find={gym.ben[2:6]}") == ["Ben Example"]
        assert await names(coach, "/api/athletes?find=100%25_") == []
        (found,) = (await coach.get("/api/athletes?find=anna")).json()
        assert found["last_lifted"] is not None
        with gym.store.transaction() as connection:
            for number in range(120):
                add_athlete(connection, EVENING, f"Guest {number}")
        assert len(await names(coach, "/api/athletes?find=guest")) == 100
        assert len(await names(coach)) == 122
    async with gym.logged_in(Role.LIFTER, gym.anna) as anna:
        (own,) = (await anna.get("/api/athletes?find=ben")).json()
        assert (own["name"], own["last_lifted"]) == ("Anna Example", found["last_lifted"])


async def test_a_lifter_without_a_name_picks_at_the_machine_and_sees_no_registry(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER) as lifter:
        assert await names(lifter, "/api/machines/gym/press-1/athletes") == ["Anna Example", "Ben Example"]
        for path in ("/api/athletes", "/api/sessions/shared", f"/api/athletes/{gym.anna}/export"):
            assert (await lifter.get(path)).status_code == 403, path


async def test_an_athletes_account_sees_that_athlete_and_nobody_else(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER, gym.anna) as anna:
        assert await names(anna) == ["Anna Example"] == await names(anna, "/api/machines/gym/press-1/athletes")
        for query in ({}, {"athlete": gym.ben}):
            listed = (await anna.get("/api/sessions", params=query)).json()
            assert [one["session"] for one in listed] == ["shared"]
        detail = (await anna.get("/api/sessions/shared")).json()
        assert [one["number"] for one in detail["sets"]] == [1]
        assert {one["set_number"] for one in detail["reps"]} == {1}
        assert [one["set_number"] for one in detail["rejected"]] == [1]
        assert len(detail["summaries"]) == 1
        assert (detail["session"]["set_count"], detail["session"]["rep_count"]) == (1, 3)
        motion = (await anna.get("/api/sessions/shared/motion")).json()
        assert {one["set_number"] for one in motion} == {1}
        assert (await anna.get("/api/sessions/shared/motion", params={"set": 2})).json() == []
        assert gym.ben not in json.dumps(detail)
        for path in ("/api/sessions/bens", "/api/sessions/bens/motion"):
            assert (await anna.get(path)).status_code == 404, path
        refused = {
            "GET": ["/api/raw/press-1", "/api/sessions/shared/corrections", f"/api/athletes/{gym.ben}/export"],
            "POST": ["/api/athletes", "/api/sessions/shared/corrections", f"/api/athletes/{gym.anna}/erase"],
            "PUT": [f"/api/athletes/{gym.anna}"],
        }
        for method, paths in refused.items():
            for path in paths:
                answer = await anna.request(method, path, json=None if method == "GET" else {})
                assert answer.status_code == 403, (path, answer.text)
        taken = await anna.get(f"/api/athletes/{gym.anna}/export")
        assert taken.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
            assert json.loads(archive.read("athlete.json"))["athlete"]["name"] == "Anna Example"


async def test_a_screen_picks_for_its_own_machine(gym: Gym) -> None:
    scopes = frozenset({Right.LIVE, Right.LIFT})
    token = gym.file.add_token("screen", scopes, datetime.now(UTC), ("gym", "press-1"))
    async with gym.client(Authorization=f"Bearer {token}") as screen:
        assert await names(screen, "/api/machines/gym/press-1/athletes") == ["Anna Example", "Ben Example"]
        assert "write:lifter" in (await screen.get("/api/me")).json()["rights"]
        for path in ("/api/machines/gym/press-2/athletes", "/api/athletes"):
            assert (await screen.get(path)).status_code == 403, path


async def test_the_loads_of_late_are_told_each_once_the_latest_first(gym: Gym) -> None:
    soon = People(gym.store, Settings(), utc=lambda: EVENING + timedelta(days=2))
    gym.app = create_app(
        LiveFeed(), gym.store, access=Access(gym.file), people=soon, correcting=Correcting(gym.store)
    )
    async with gym.logged_in(Role.COACH) as coach:
        for number, load_kg in ((1, 60), (2, 80), (1, 62.5)):
            lifter = {"athlete": gym.anna, "load_kg": load_kg}
            said = {"kind": "lifter", "set_number": number, "lifter": lifter, "why": "forgotten"}
            await coach.post("/api/sessions/shared/corrections", json=said)
    gym.file.add_account("anna", Role.LIFTER, PASSWORD, gym.anna)
    async with gym.logged_in(Role.LIFTER) as lifter:
        path = "/api/machines/{}/press-1/athletes/{}/loads"
        assert (await lifter.get(path.format("gym", gym.anna))).json() == [80, 62.5]
        assert (await lifter.get(path.format("gym", gym.ben))).json() == []
        assert (await lifter.get(path.format("elsewhere", gym.anna))).json() == []
        assert (await lifter.get(path.format("gym", "zzzzzzzz"))).status_code == 404
    async with gym.client() as client:
        await client.post("/api/login", json={"name": "anna", "password": PASSWORD})
        assert (await client.get(path.format("gym", gym.ben))).status_code == 403


async def test_an_admin_erases_and_sees_how_far_it_is(gym: Gym) -> None:
    gym.file.add_account("anna", Role.LIFTER, PASSWORD, gym.anna)
    async with gym.logged_in(Role.ADMIN) as admin:
        record = (await admin.post(f"/api/athletes/{gym.anna}/erase")).json()
        assert (record["athlete"], record["asked_by"], record["counts"]["sets"]) == (gym.anna, "admin", 1)
        assert {part["part"]: bool(part["done"]) for part in record["parts"]} == {
            "database file": True,
            "copies in the data folder": True,
        }
        assert (await admin.get("/api/erasures")).json() == [record]
        assert (await admin.post(f"/api/athletes/{gym.anna}/erase")).status_code == 404
        assert await names(admin) == ["Ben Example"]
        assert [one["number"] for one in (await admin.get("/api/sessions/shared")).json()["sets"]] == [2]
    assert [one.name for one in gym.file.read().accounts] == ["admin"]


async def test_who_lifts_is_said_to_the_hub_by_an_id_and_never_by_a_name(
    gym: Gym, embedded: BrokerAddress, tmp_path: Path
) -> None:
    heard: list[Message] = []

    def hear(message: Message, ack: Any) -> None:
        heard.append(message)

    listener = Subscriber(embedded, "listener", filters_of(Kind), hear, durable=False)
    caller = Caller(embedded, "calls")
    listener.start()
    caller.start()
    wait_for(lambda: listener.connected and caller.connected, 10)
    settings = Settings(hub=HubSettings(data_dir=tmp_path))
    people = People(gym.store, settings, caller)
    gym.app = create_app(LiveFeed(), gym.store, access=Access(gym.file), people=people)
    try:
        async with gym.logged_in(Role.LIFTER, gym.anna) as anna:
            path = "/api/machines/gym/press-1/lifter"
            mine = {"athlete": gym.anna, "load_kg": 80, "side": "left"}
            assert (await anna.post(path, json=mine)).status_code == 200
            assert (await anna.post(path, json={"athlete": gym.ben})).status_code == 403
        wait_for(lambda: len(heard) > 0, 10)
    finally:
        caller.stop()
        listener.stop()
    (said,) = heard
    assert isinstance(said, AssignMessage)
    assert (said.athlete, said.load_kg, said.side, said.machine) == (gym.anna, 80.0, Side.LEFT, "press-1")
    assert abs(said.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert "Anna" not in said.model_dump_json()


async def test_without_a_broker_it_is_said_so(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        answer = await coach.post("/api/machines/gym/press-1/lifter", json={"athlete": gym.anna})
        assert (answer.status_code, "No broker" in answer.json()["error"]) == (503, True)
