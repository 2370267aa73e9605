"""Links to a session: what they show, to whom, how long, and that they open nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sensor_hub.access import Access, Role
from sensor_hub.store import Lifter as Whose
from sensor_hub.store import correct
from sensor_hub.web import LiveFeed, create_app
from tests.web.test_people import Gym
from tests.web.test_people import gym as gym


async def made(coach: httpx.AsyncClient, **wish: Any) -> tuple[dict[str, Any], str]:
    answer = await coach.post("/api/shares", json={"session": "shared"} | wish)
    assert (answer.status_code, answer.headers.get("cache-control")) == (200, "no-store"), answer.text
    return answer.json()["share"], answer.json()["token"]


def holder(gym: Gym, token: str) -> httpx.AsyncClient:
    return gym.client(Authorization=f"Bearer {token}")


async def test_a_link_shows_its_session_without_saying_whose_it_is(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        share, token = await made(coach)
    async with holder(gym, token) as stranger:
        answer = await stranger.get("/api/shared")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["referrer-policy"] == "no-referrer"
    shown = answer.json()
    assert [one["number"] for one in shown["sets"]] == [1, 2]
    assert (len(shown["reps"]), len(shown["summaries"])) == (6, 2)
    assert {one["set_number"] for one in shown["motion"]} == {1, 2}
    assert (shown["expires"], shown["session"]["sensor"]) == (share["expires"], "")
    for told in (gym.anna, gym.ben, "Anna", "Ben", "coach"):
        assert told not in answer.text


async def test_one_athletes_sets_and_the_name_are_shown_where_the_coach_says_so(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        _, token = await made(coach, athlete=gym.anna, named=True)
        looked_at = await coach.get(f"/api/sessions/shared/shared?athlete={gym.anna}&named=true")
        assert (await coach.post("/api/shares", json={"session": "bens", "athlete": gym.anna})).status_code == 404
    async with holder(gym, token) as stranger:
        answer = await stranger.get("/api/shared")
    shown = answer.json()
    assert [one["number"] for one in shown["sets"]] == [1] == sorted({one["set_number"] for one in shown["reps"]})
    assert {one["set_number"] for one in shown["motion"]} == {1}
    assert shown["athletes"] == [{"athlete": gym.anna, "name": "Anna Example", "unit": "kg"}]
    assert gym.ben not in answer.text
    assert looked_at.json() == shown | {"expires": None}


async def test_loads_are_read_in_the_unit_of_who_lifted_though_nobody_is_named(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        _, token = await made(coach, athlete=gym.ben)
    async with holder(gym, token) as stranger:
        shown = (await stranger.get("/api/shared")).json()
    assert (shown["unit"], shown["athletes"]) == ("lb", [])


async def test_a_link_ends_by_itself_by_hand_and_in_the_file(gym: Gym) -> None:
    now = datetime.now(UTC)
    clock = [now]
    gym.app = create_app(LiveFeed(), gym.store, access=Access(gym.file, utc=lambda: clock[0]), people=gym.people)
    async with gym.logged_in(Role.COACH) as coach:
        (day, first), (_, second) = await made(coach, days=1), await made(coach, named=True)
        assert datetime.fromisoformat(day["expires"]) == now + timedelta(days=1)
        listed = (await coach.get("/api/shares", params={"session": "shared"})).json()
        assert [(one["made_by"], one["named"]) for one in listed] == [("coach", False), ("coach", True)]
        assert (await coach.get("/api/shares?session=bens")).json() == []
        assert first not in str(listed) + gym.file.path.read_text()
        clock[0] = now + timedelta(days=1, seconds=1)
        async with holder(gym, first) as one, holder(gym, second) as other:
            assert (await one.get("/api/shared")).status_code == 401
            assert (await other.get("/api/shared")).status_code == 200
            ended = await coach.post(f"/api/shares/{listed[1]['id']}/end")
            assert (ended.status_code, ended.json()) == (200, listed[1])
            assert (await other.get("/api/shared")).status_code == 401
        assert (await coach.post(f"/api/shares/{listed[1]['id']}/end")).status_code == 404
        assert (await coach.get("/api/shares")).json() == []
        for wrong in ({"days": 0}, {"days": 365}, {"session": "none"}):
            assert (await coach.post("/api/shares", json={"session": "shared"} | wrong)).status_code in (404, 422)
        await made(coach)
    assert len(gym.file.read().shares) == 1


@pytest.mark.parametrize("role", [Role.LIFTER, Role.COACH, Role.ADMIN])
async def test_who_may_make_links(gym: Gym, role: Role) -> None:
    async with gym.logged_in(role, gym.anna if role is Role.LIFTER else None) as person:
        may = 403 if role is Role.LIFTER else 200
        assert (await person.post("/api/shares", json={"session": "shared"})).status_code == may
        assert (await person.get("/api/shares")).status_code == may
        assert (await person.get("/api/shared")).status_code == 403


async def test_erasing_an_athlete_ends_the_links_that_showed_them(gym: Gym) -> None:
    async with gym.logged_in(Role.ADMIN) as admin:
        everybody, of_ben, of_bens = (
            await made(admin),
            await made(admin, athlete=gym.ben),
            await made(admin, session="bens"),
        )
        later = (await made(admin, session="bens", named=True))[1]
        with gym.store.transaction() as connection:
            correct(connection, "shared", 2, Whose(gym.anna), datetime.now(UTC), None)
        assert (await admin.post(f"/api/athletes/{gym.anna}/erase")).status_code == 200
        for (_, token), status in ((everybody, 401), (of_ben, 401), (of_bens, 200)):
            async with holder(gym, token) as stranger:
                assert (await stranger.get("/api/shared")).status_code == status
        assert gym.anna not in gym.file.path.read_text()
        assert (await admin.post(f"/api/athletes/{gym.ben}/erase")).status_code == 200
    async with holder(gym, later) as stranger:
        assert (await stranger.get("/api/shared")).status_code == 401
    assert gym.file.read().shares == ()


async def test_a_link_to_a_session_that_is_gone_says_so(gym: Gym) -> None:
    now = datetime.now(UTC)
    async with gym.logged_in(Role.COACH) as coach:
        _, token = await made(coach, athlete=gym.ben)
        with gym.store.transaction() as connection:
            correct(connection, "shared", 2, Whose(gym.anna), now, None)
    async with holder(gym, token) as stranger:
        answer = await stranger.get("/api/shared")
    assert (answer.status_code, answer.json()["error"]) == (404, "This session is no longer there.")
