"""Comparing over HTTP: who may compare what, and that an athlete's account compares its own sets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sensor_hub.access import Role
from tests.web.test_coaching import Gym


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    made = Gym(tmp_path)
    yield made
    made.store.close()


async def test_a_coach_compares_sessions_and_athletes(gym: Gym) -> None:
    async with gym.logged_in(Role.COACH) as coach:
        same = (await coach.get("/api/compare/sessions?a=evening&b=evening")).json()
        assert same["effort"] == {"load_kg": 80.0, "side": "both"}
        eccentric = same["contrasts"]["eccentric_s"]
        assert (eccentric["a"]["count"], eccentric["difference"], eccentric["clear"]) == (6, 0.0, False)
        assert (await coach.get("/api/compare/sessions?a=evening&b=none")).status_code == 404
        assert (await coach.get("/api/compare/sessions?a=evening")).status_code == 422
        both = (await coach.get(f"/api/compare/athletes?a={gym.anna}&b={gym.ben}")).json()
        assert set(both["contrasts"]) >= {"tempo_kept", "eccentric_s"}
        assert both["contrasts"]["tempo_kept"]["clear"] is None
        assert (await coach.get(f"/api/compare/athletes?a={gym.anna}&b=zzzzzzzz")).status_code == 404


async def test_an_athletes_account_compares_its_own_sets_alone(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER, gym.anna) as anna:
        answer = await anna.get(f"/api/compare/sessions?a=evening&b=evening&athlete={gym.ben}")
        assert answer.json()["contrasts"]["rom_m"]["a"]["count"] == 6


async def test_an_athletes_account_compares_nobody_elses(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER, gym.ben) as ben:
        assert (await ben.get("/api/compare/sessions?a=evening&b=evening")).status_code == 404
        assert (await ben.get(f"/api/compare/athletes?a={gym.anna}&b={gym.ben}")).status_code == 403


async def test_a_lifter_without_a_name_compares_nothing(gym: Gym) -> None:
    async with gym.logged_in(Role.LIFTER) as lifter:
        for path in ("/compare", "/api/compare/sessions?a=evening&b=evening"):
            assert (await lifter.get(path)).status_code == 403, path
