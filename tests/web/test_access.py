"""Who gets in over HTTP, and what each may see and do: on a real server whose visitors must log in."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from sensor_hub.access import Right, Role
from sensor_hub.web import LiveFeed, create_app
from sensor_hub.web.doors import door, for_programs
from sensor_hub.web.pages import load_assets, pages_router
from tests.web.house import PASSWORD, House, house
from tests.web.lifter import SITE, Lift, LiftingSet
from tests.web.memory import MemoryStore

LIFTING = LiftingSet([Lift()])
LIVE = f"/api/live/{SITE}/sled-01"
RAW = "/api/raw/sled-01?start=2026-11-22T10:00:00Z&end=2026-11-22T10:00:01Z"
NEEDS = {
    "/": Right.LIVE,
    "/api/machines": Right.LIVE,
    "/api/openapi.json": Right.LIVE,
    f"/live/{SITE}/sled-01": Right.LIVE,
    "/sessions": Right.SESSIONS,
    "/api/sessions": Right.SESSIONS,
    "/sessions/sled-01-1": Right.REVIEW,
    "/api/sessions/sled-01-1": Right.REVIEW,
    "/api/sessions/sled-01-1/motion": Right.REVIEW,
    RAW: Right.REVIEW,
    "/metrics": Right.METRICS,
    "/pair": Right.HUB,
    "/api/pairing": Right.HUB,
}
MAY = {
    Role.LIFTER: {Right.LIVE, Right.SESSIONS, Right.LIFT},
    Role.COACH: {Right.LIVE, Right.SESSIONS, Right.REVIEW, Right.LIFT, Right.ATHLETES},
    Role.ADMIN: set(Right),
}


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as served:
        served.store.log([LIFTING])
        yield served


async def statuses(client: httpx.AsyncClient) -> dict[str, int]:
    return {path: (await client.get(path)).status_code for path in NEEDS}


async def test_nobody_sees_anything_without_logging_in(gym: House) -> None:
    async with gym.client() as stranger:
        for path in [*NEEDS, LIVE, "/no-such-page", "/api/no-such-thing"]:
            answer = await stranger.get(path)
            if for_programs(path):
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path
                assert "Log in first" in answer.json()["error"]
            else:
                assert answer.status_code == 303, path
                assert answer.headers["location"] == f"/login?next={path}"
        for path in ("/login", "/kiosk", "/assets/login.js", "/assets/icon.svg"):
            assert (await stranger.get(path)).status_code == 200, path
        nobody = {"name": None, "role": None, "rights": [], "only": None, "athlete": None}
        assert (await stranger.get("/api/me")).json() == nobody


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_sees_what_it_may_and_nothing_else(gym: House, role: Role) -> None:
    async with gym.logged_in(role) as person:
        for path, status in (await statuses(person)).items():
            assert status == (200 if NEEDS[path] in MAY[role] else 403), path
        changed = await person.post("/api/pairing/cancel")
        assert changed.status_code == (503 if role is Role.ADMIN else 403)
        assert set((await person.get("/api/me")).json()["rights"]) == MAY[role] - {Right.LIFT, Right.ATHLETES}


@pytest.mark.parametrize("scope", list(Right))
async def test_a_token_opens_its_scope_and_nothing_else(gym: House, scope: Right) -> None:
    async with gym.with_token(scope) as program:
        for path, status in (await statuses(program)).items():
            assert status == (200 if NEEDS[path] is scope else 403), path
        gym.file.remove_token(gym.file.read().tokens[0].id)
        assert (await program.get("/api/machines")).status_code == 401


async def test_a_screen_shows_its_machine_and_nothing_else(gym: House) -> None:
    async with gym.client() as screen:
        entered = await screen.post("/api/kiosk", json={"token": gym.screen_link("sled-01")})
        assert entered.json() == {"path": f"/live/{SITE}/sled-01"}
        assert_kept_safely(entered)
        for path, status in (await statuses(screen)).items():
            assert status == (200 if path == f"/live/{SITE}/sled-01" else 403), path
        for other in (f"/live/{SITE}/sled-02", f"/api/live/{SITE}/sled-02", "/api/live/elsewhere/sled-01"):
            assert (await screen.get(other)).status_code == 403, other
        async with screen.stream("GET", LIVE) as stream:
            assert stream.status_code == 200
        gym.file.remove_token(gym.file.read().tokens[0].id)
        assert (await screen.get(f"/live/{SITE}/sled-01")).status_code == 303
        assert (await screen.post("/api/kiosk", json={"token": "worthless"})).status_code == 401


def assert_kept_safely(answer: httpx.Response, secure: bool = False) -> None:
    (cookie,) = answer.headers.get_list("set-cookie")
    said = {part.strip().lower() for part in cookie.split(";")}
    assert {"httponly", "samesite=strict", "path=/"} <= said
    assert ("secure" in said) is secure


async def test_logging_in_and_out(gym: House) -> None:
    gym.file.add_account("anna", Role.COACH, PASSWORD)
    async with gym.client() as browser:
        wrong = await browser.post("/api/login", json={"name": "anna", "password": "four words in a mow"})
        assert (wrong.status_code, wrong.json()["error"]) == (401, "Name or password is wrong.")
        assert "set-cookie" not in wrong.headers
        right = await browser.post("/api/login", json={"name": "anna", "password": PASSWORD})
        assert_kept_safely(right)
        assert right.json()["name"] == "anna"
        kept = dict(browser.cookies)
        assert (await browser.get("/api/sessions")).status_code == 200
        await browser.post("/api/logout")
        assert not browser.cookies
        stolen = await browser.get(
            "/api/sessions", headers={"Cookie": "; ".join(f"{k}={v}" for k, v in kept.items())}
        )
        assert stolen.status_code == 401


async def test_guessing_is_slowed(gym: House) -> None:
    async with gym.client() as guesser:
        for _ in range(10):
            assert (await guesser.post("/api/login", json={"name": "x", "password": "y"})).status_code == 401
        slowed = await guesser.post("/api/login", json={"name": "x", "password": "y"})
    assert slowed.status_code == 429
    assert 0 < int(slowed.headers["retry-after"]) <= 30


async def test_a_stream_ends_when_its_viewer_is_no_longer_welcome(gym: House) -> None:
    async with gym.logged_in(Role.LIFTER) as lifter, lifter.stream("GET", LIVE) as stream:
        pieces = stream.aiter_raw()
        await anext(pieces)
        gym.file.remove_account("lifter")
        async with asyncio.timeout(3):
            async for _ in pieces:
                pass
    assert gym.feed.viewer_count == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_a_page_elsewhere_changes_nothing_with_its_visitors_cookie(
    gym: House, headers: dict[str, str]
) -> None:
    async with gym.logged_in(Role.ADMIN) as admin:
        for path in ("/api/pairing/cancel", "/api/logout", "/api/login"):
            assert (await admin.post(path, headers=headers)).status_code == 403, path
        own = {"Sec-Fetch-Site": "same-origin", "Origin": gym.url}
        assert (await admin.post("/api/pairing/cancel", headers=own)).status_code == 503


async def test_a_page_elsewhere_may_link_here_and_ask_for_nothing_else(gym: House) -> None:
    async with gym.logged_in(Role.ADMIN) as admin:
        elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        for path in ("/", "/api/machines", LIVE, "/assets/base.css"):
            assert (await admin.get(path, headers=elsewhere)).status_code == 403, path
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        assert (await admin.get("/", headers=link)).status_code == 200
        assert (await admin.post("/api/pairing/cancel", headers=link)).status_code == 403


def test_every_route_has_a_door_of_its_own() -> None:
    """Else it opens for admins alone, which is safe but hardly ever meant."""
    meant = re.compile(r"/pair|/api/pairing(/\w+)?|/api/athletes/[^/]+/erase|/api/erasures")
    pages = {route.path for route in pages_router(load_assets()).routes if isinstance(route, Route)}
    paths = {*create_app(LiveFeed(), MemoryStore()).openapi()["paths"], *pages}
    assert "/sessions/{session_id}" in paths
    forgotten = [path for path in paths if door(path).right is Right.HUB and not meant.fullmatch(path)]
    assert forgotten == []
