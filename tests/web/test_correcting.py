"""Corrections over HTTP, on a real store: a coach's with a reason, a lifter's of what was just done, and who may."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sensor_hub.access import Access, AccessFile, Right, Role
from sensor_hub.app.athletes.people import People
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.config import HubSettings, Settings
from sensor_hub.store import Store
from sensor_hub.web import LiveFeed, create_app
from tests.store.conftest import EVENING
from tests.store.test_erasing import evening_of

PASSWORD = "four words in a row"
SESSION = "/api/sessions/shared"
MACHINE = "/api/machines/gym/press-1/corrections"


class Gym:
    """Anna and Ben shared an evening; it ended a moment ago."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "hub.db")
        self.file = AccessFile(folder)
        self.now = EVENING + timedelta(minutes=20)
        people = People(self.store, Settings(hub=HubSettings(data_dir=folder)))
        correcting = Correcting(self.store, lambda: self.now)
        self.app = create_app(
            LiveFeed(), self.store, access=Access(self.file), people=people, correcting=correcting
        )
        self.anna, self.ben = (people.add(f"{name} Example", "kg", None).athlete for name in ("Anna", "Ben"))
        self.store.record(evening_of(self.anna, self.ben, None, name="shared"))

    @contextlib.asynccontextmanager
    async def logged_in(self, role: Role, athlete: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        self.file.add_account(role.value, role, PASSWORD, athlete)
        async with self.client() as client:
            answer = await client.post("/api/login", json={"name": role.value, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client

    def screen(self, machine: str = "press-1") -> httpx.AsyncClient:
        scopes = frozenset({Right.LIVE, Right.LIFT})
        token = self.file.add_token(f"screen of {machine}", scopes, datetime.now(UTC), ("gym", machine))
        return self.client(Authorization=f"Bearer {token}")

    def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1", headers=headers)


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    made = Gym(tmp_path)
    yield made
    made.store.close()


async def said(client: httpx.AsyncClient, path: str, **saying: Any) -> Any:
    answer = await client.post(path, json=saying)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shown(client: httpx.AsyncClient) -> Any:
    answer = await client.get(SESSION)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_coach_corrects_with_a_reason_and_takes_it_back(gym: Gym) -> None:
    path = f"{SESSION}/corrections"
    async with gym.logged_in(Role.COACH) as coach:
        split = await said(coach, path, kind="split", set_number=1, rep_number=2, why="two lifters")
        assert (split["made_by"], split["why"], split["revoked"]) == ("coach", "two lifters", None)
        lifter = {"athlete": gym.ben, "load_kg": 60, "side": "left"}
        await said(coach, path, kind="lifter", set_number=1, rep_number=3, lifter=lifter, why="Ben's")
        await said(coach, path, kind="flags", set_number=1, rep_number=2, flags={"bounced": False}, why="seen")
        await said(coach, path, kind="discard_set", set_number=3, why="plates were moved")
        detail = await shown(coach)
        assert [(one["number"], one["athlete"]) for one in detail["sets"]] == [
            (1, gym.anna),
            (2, gym.ben),
            (3, gym.ben),
        ]
        assert [len(one["reps"]) for one in detail["summaries"]] == [2, 1, 3]
        assert [one["number"] for one in detail["discarded_sets"]] == [4]
        assert len(detail["discarded_reps"]) == 3
        assert [one["about"] for one in detail["corrections"]] == [[2], [2], [1], [4]]
        measured = {(one["set_number"], one["number"]): one for one in detail["measured"]}
        assert measured[1, 2]["bounced"] is True
        assert (measured[2, 1]["measured_set_number"], measured[2, 1]["measured_number"]) == (1, 3)
        motion = (await coach.get(f"{SESSION}/motion?set=2")).json()
        assert {piece["set_number"] for piece in motion} == {2}
        undone = await said(coach, f"{path}/{split['number']}/revoke")
        assert undone["revoked_by"] == "coach"
        assert [one["number"] for one in (await shown(coach))["sets"]] == [1, 2]
        assert (await coach.post(f"{path}/{split['number']}/revoke")).status_code == 404
        assert [one["kind"] for one in (await coach.get(path)).json()] == [
            "split",
            "lifter",
            "flags",
            "discard_set",
        ]


@pytest.mark.parametrize(
    ("saying", "status"),
    [
        ({"kind": "discard_set", "set_number": 1}, 422),
        ({"kind": "discard_set", "set_number": 1, "why": "  "}, 422),
        ({"kind": "discard_set", "set_number": 1, "why": "a\0b"}, 422),
        ({"kind": "discard_set", "set_number": 9, "why": "x"}, 404),
        ({"kind": "discard_rep", "set_number": 1, "why": "x"}, 422),
        ({"kind": "split", "set_number": 1, "rep_number": 3, "why": "x"}, 422),
        ({"kind": "merge", "set_number": 3, "why": "x"}, 422),
        ({"kind": "flags", "set_number": 1, "rep_number": 1, "why": "x"}, 422),
        ({"kind": "lifter", "set_number": 1, "why": "x", "lifter": {"athlete": "zzzzzzzz"}}, 404),
        ({"kind": "version", "version": 4, "why": "x"}, 404),
    ],
)
async def test_what_does_not_go_is_refused_with_a_sentence(gym: Gym, saying: dict[str, Any], status: int) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        answer = await coach.post(f"{SESSION}/corrections", json=saying)
        assert (answer.status_code, bool(answer.json()["error"].strip())) == (status, True), answer.text
        assert (await coach.get(f"{SESSION}/corrections")).json() == []


async def test_at_the_machine_a_set_is_discarded_or_given_away_without_a_reason(gym: Gym) -> None:
    async with gym.screen() as screen:
        gone = await said(screen, MACHINE, session="shared", set_number=3, kind="discard_set")
        assert (gone["made_by"], gone["why"]) == ("screen of press-1", None)
        lifter = {"athlete": gym.anna, "load_kg": 62.5}
        await said(screen, MACHINE, session="shared", set_number=2, kind="lifter", lifter=lifter)
        record = gym.store.session("shared")
        assert record is not None
        assert [(one.number, one.athlete, one.load_kg) for one in record.sets] == [
            (1, gym.anna, None),
            (2, gym.anna, 62.5),
        ]
        assert (await screen.post(f"{MACHINE}/{gone['number']}/revoke")).status_code == 200
        for wrong in ({"session": "nowhere", "set_number": 1}, {"session": "shared", "set_number": 9}):
            assert (await screen.post(MACHINE, json={**wrong, "kind": "discard_set"})).status_code == 404
        refused = await screen.post(MACHINE, json={"session": "shared", "set_number": 1, "kind": "split"})
        assert refused.status_code == 422
        assert (await screen.post(f"{SESSION}/corrections", json={})).status_code == 403
        gym.now += timedelta(hours=1)
        late = await screen.post(MACHINE, json={"session": "shared", "set_number": 1, "kind": "discard_set"})
        assert (late.status_code, "A coach can" in late.json()["error"]) == (404, True)
    async with gym.screen("press-2") as other:
        assert (await other.post(MACHINE, json={})).status_code == 403
        path = MACHINE.replace("press-1", "press-2")
        wrong = {"session": "shared", "set_number": 1, "kind": "discard_set"}
        assert (await other.post(path, json=wrong)).status_code == 404
    async with gym.logged_in(Role.COACH) as coach:
        gym.now -= timedelta(hours=1)
        assert (await coach.post(f"{MACHINE}/{gone['number'] + 1}/revoke")).status_code == 404, (
            "the screen said it"
        )


async def test_who_else_was_taken_for_the_lifter_is_not_told_to_an_athlete(gym: Gym) -> None:
    path = f"{SESSION}/corrections"
    async with gym.logged_in(Role.COACH) as coach:
        for athlete in (gym.ben, gym.anna):
            await said(coach, path, kind="lifter", set_number=1, lifter={"athlete": athlete}, why="seen")
        assert len((await shown(coach))["corrections"]) == 2
    async with gym.logged_in(Role.LIFTER, gym.anna) as anna:
        answer = await anna.get(SESSION)
        assert [one["lifter"]["athlete"] for one in answer.json()["corrections"]] == [gym.anna]
        assert gym.ben not in answer.text


async def test_an_athletes_own_account_speaks_of_its_own_sets_and_reads_no_reasons(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        await said(
            coach, f"{SESSION}/corrections", kind="discard_rep", set_number=1, rep_number=3, why="Ben's foot"
        )
        await said(
            coach, f"{SESSION}/corrections", kind="discard_rep", set_number=2, rep_number=3, why="Ben's foot"
        )
    async with gym.logged_in(Role.LIFTER, gym.anna) as anna:
        detail = await shown(anna)
        assert [(one["about"], one["why"]) for one in detail["corrections"]] == [([1], None)]
        assert [one["number"] for one in detail["discarded_reps"]] == [3]
        for number, kind, lifter, status in (
            (1, "lifter", {"load_kg": 85, "athlete": gym.anna}, 200),
            (3, "lifter", {"athlete": gym.anna}, 200),
            (1, "lifter", {"athlete": gym.ben}, 403),
            (2, "discard_set", None, 403),
            (1, "discard_set", None, 200),
        ):
            saying = {"session": "shared", "set_number": number, "kind": kind, "lifter": lifter}
            assert (await anna.post(MACHINE, json=saying)).status_code == status, saying
        for path in (f"{SESSION}/corrections", f"{SESSION}/corrections/1/revoke"):
            assert (await anna.post(path, json={})).status_code == 403
