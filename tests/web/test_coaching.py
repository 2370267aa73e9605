"""The coach's desk over HTTP, on a real store: progress, programmes, what is due, notes, and who may."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sensor_hub.access import Access, AccessFile, Role
from sensor_hub.app.athletes.people import People
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.coach.overload import OverloadRules
from sensor_hub.coach.programme import weekly
from sensor_hub.config import HubSettings, Settings
from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import Lifter, Store, correct
from sensor_hub.web import LiveFeed, create_app
from tests.store.conftest import EVENING
from tests.store.conftest import Lifter as Evening

PASSWORD = "four words in a row"
ASKED = Prescription(sets=2, reps=3, tempo="4-1-2-0")
KNEE = weekly("Knee", EVENING.astimezone().date(), 2, (1, 3), [ASKED])


class Gym:
    """Anna pressed two sets on one evening; it is the next day."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "hub.db")
        self.file = AccessFile(folder)
        people = People(self.store, Settings(hub=HubSettings(data_dir=folder)))
        coaching = Coaching(self.store, OverloadRules(), lambda: EVENING + timedelta(days=1))
        self.app = create_app(
            LiveFeed(),
            self.store,
            access=Access(self.file),
            people=people,
            coaching=coaching,
            correcting=Correcting(self.store),
        )
        self.anna = people.add("Anna Example", "kg", "de").athlete
        self.ben = people.add("Ben Example", "lb", None).athlete
        self.store.record(Evening().whole_session())
        with self.store.transaction() as connection:
            for number in (1, 2):
                correct(connection, "evening", number, Lifter(self.anna, 80.0, Side.BOTH, ASKED), EVENING, None)

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


async def asked(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_coach_sees_what_became_of_the_prescription(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        report = await asked(coach, f"/api/athletes/{gym.anna}/progress")
        assert [(one["session"], one["number"], one["load_kg"]) for one in report["sets"]] == [
            ("evening", 1, 80.0),
            ("evening", 2, 80.0),
        ]
        assert 0.0 <= report["sets"][0]["tempo_kept"] <= 1.0
        assert report["load_velocity"]["missing"] == "loads"
        assert report["next_load"]["load_kg"] is not None
        later = datetime.now(UTC).date()
        assert (await asked(coach, f"/api/athletes/{gym.anna}/progress?since={later}"))["sets"] == []
        assert (await coach.get("/api/athletes/zzzzzzzz/progress")).status_code == 404


async def test_a_programme_is_put_read_and_ended(gym: Gym) -> None:
    path = f"/api/athletes/{gym.anna}/programme"
    async with gym.logged_in(Role.COACH) as coach:
        assert await asked(coach, path) is None
        put = await coach.put(path, json=KNEE.model_dump(mode="json"))
        assert put.status_code == 200, put.text
        assert await asked(coach, path) == KNEE.model_dump(mode="json")
        due = await asked(coach, f"/api/machines/home/press-1/athletes/{gym.anna}/due")
        assert (due["number"], due["late_days"]) == (2, 0), "one training day is done, the next is in a day"
        assert due["training_day"]["exercises"][0]["tempo"] == "4-1-2-0"
        assert await asked(coach, f"/api/machines/home/press-1/athletes/{gym.ben}/due") is None
        wrong = KNEE.model_dump(mode="json") | {"days": []}
        assert (await coach.put(path, json=wrong)).status_code == 422
        assert (
            await coach.put(path, content=b"null", headers={"content-type": "application/json"})
        ).json() is None
        assert await asked(coach, path) is None
        assert (await coach.put("/api/athletes/zzzzzzzz/programme", json=None)).status_code in (404, 422)


async def test_notes_are_written_read_and_dropped_by_coaches(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        answer = await coach.post("/api/notes", json={"athlete": gym.anna, "text": "left knee tender"})
        made = answer.json()
        assert (made["made_by"], made["text"]) == ("coach", "left knee tender")
        assert await asked(coach, f"/api/notes?athlete={gym.anna}") == [made]
        assert await asked(coach, f"/api/notes?athlete={gym.ben}") == []
        assert (await coach.post("/api/notes", json={"athlete": "zzzzzzzz", "text": "who"})).status_code == 404
        assert (await coach.post(f"/api/notes/{made['note']}/drop")).json() == []
        assert (await coach.post(f"/api/notes/{made['note']}/drop")).status_code == 404


async def test_an_athletes_own_account_sees_its_own_progress_and_changes_nothing(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER, gym.anna) as anna:
        assert len((await asked(anna, f"/api/athletes/{gym.anna}/progress"))["sets"]) == 2
        assert await asked(anna, f"/api/athletes/{gym.anna}/programme") is None
        for path in (f"/api/athletes/{gym.ben}/progress", f"/api/athletes/{gym.ben}/programme", "/api/notes"):
            assert (await anna.get(path)).status_code == 403
        put = await anna.put(f"/api/athletes/{gym.anna}/programme", json=KNEE.model_dump(mode="json"))
        assert put.status_code == 403
        assert (await anna.get(f"/api/machines/home/press-1/athletes/{gym.ben}/due")).status_code == 403


async def test_a_lifter_without_a_name_is_told_what_is_due_and_nothing_else(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER) as lifter:
        assert await asked(lifter, f"/api/machines/home/press-1/athletes/{gym.anna}/due") is None
        for path in (f"/api/athletes/{gym.anna}/progress", f"/api/athletes/{gym.anna}/programme", "/api/notes"):
            assert (await lifter.get(path)).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/athletes/{anna}/progress?since=0001-01-01", None),
        ("GET", "/api/athletes/{anna}/progress?since=9999-12-31", None),
        ("PUT", "/api/athletes/{anna}/programme", KNEE.model_dump(mode="json") | {"starts": "0001-01-01"}),
        ("POST", f"/api/notes/{2**63}/drop", {}),
        ("GET", "/api/notes?session=%00", None),
        ("GET", "/api/sessions/%00/corrections", None),
        ("POST", "/api/notes", {"text": "  ", "session": "evening"}),
        ("POST", "/api/notes", {"text": "a\0b", "session": "evening"}),
        ("POST", "/api/notes", {"text": "of nobody"}),
        ("POST", "/api/athletes", {"name": "a\0b"}),
    ],
)
async def test_what_no_database_could_keep_is_refused_and_said(
    gym: Gym, method: str, path: str, body: object
) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        answer = await coach.request(method, path.format(anna=gym.anna), json=body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"].strip()
