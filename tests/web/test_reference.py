"""The tables of the pages are current, and who may ask for what is so: every address, asked for as every visitor."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from sensor_hub.access import Right, Role
from sensor_hub.web.doors import door
from sensor_hub.web.reference import LINK, SCREEN, STRANGER, VISITORS, may_ask, routes, write
from tests.web.house import House, house
from tests.web.lifter import SITE, Lift, LiftingSet

DOCS = Path(__file__).parents[2] / "docs"
FIX = "run: python -m sensor_hub.web.reference"
SECURITY = (DOCS / "security.md").read_text(encoding="utf-8")
VALUES = {"site": SITE, "machine": "sled-01", "session_id": "sled-01-1", "name:path": "base.css"}
SPAN = {"start": "2026-11-22T10:00:00Z", "end": "2026-11-22T10:00:01Z"}


def told() -> dict[tuple[str, str], dict[str, bool]]:
    """What the page says: who may ask for each address."""
    table = SECURITY.partition("<!-- addresses")[2].partition("<!-- end")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line[:3] == "| `"]
    return {
        (row[0].strip("`").split()[0], row[0].strip("`").split()[1]): {
            visitor: mark == "yes" for visitor, mark in zip(VISITORS, row[2:], strict=True)
        }
        for row in rows
    }


def test_the_pages_are_current(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    pages = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("security.md", "operation.md")}
    for name, text in pages.items():
        emptied = re.sub(r"(<!-- \w+: made by .*?-->\n).*?(<!-- end)", r"\1\2", text, flags=re.DOTALL)
        assert len(emptied) < len(text)
        (tmp_path / "docs" / name).write_text(emptied, encoding="utf-8")
    write(tmp_path)
    assert {name: (tmp_path / "docs" / name).read_text(encoding="utf-8") for name in pages} == pages, FIX


def test_every_address_is_in_the_table_and_strangers_see_hardly_any() -> None:
    assert list(told()) == routes()
    assert {path for (_, path), may in told().items() if may[LINK] and not may[STRANGER]} == {"/api/shared"}
    open_ones = {path for (_, path), may in told().items() if may[STRANGER]}
    accounts = {"/login", "/kiosk", "/shared", "/api/login", "/api/logout", "/api/kiosk", "/api/me"}
    assert open_ones == {*accounts, "/assets/{name:path}", "/health", "/health/live"}
    assert {path for (_, path), may in told().items() if may[SCREEN] and not may[STRANGER]} == {
        "/live/{site}/{machine}",
        "/api/live/{site}/{machine}",
        "/api/live/{site}/{machine}/address.svg",
        "/api/machines/{site}/{machine}/corrections",
        "/api/machines/{site}/{machine}/corrections/{number}/revoke",
        "/api/machines/{site}/{machine}/athletes",
        "/api/machines/{site}/{machine}/athletes/{athlete}/due",
        "/api/machines/{site}/{machine}/athletes/{athlete}/loads",
        "/api/machines/{site}/{machine}/lifter",
    }


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as served:
        served.store.log([LiftingSet([Lift()])])
        yield served


async def refused(client: httpx.AsyncClient, method: str, path: str) -> bool:
    """Whether the guard turns this visitor away. That a request makes no sense is not for it to say."""
    for name, value in VALUES.items():
        path = path.replace(f"{{{name}}}", value)
    async with client.stream(method, path, params=SPAN if "/raw/" in path else None) as answer:
        to_the_login = answer.headers.get("location", "").startswith("/login?next=")
        return answer.status_code in (401, 403) or to_the_login


async def asked(client: httpx.AsyncClient) -> dict[tuple[str, str], bool]:
    """Every address, the way out last."""
    order = sorted(routes(), key=lambda route: route[1] == "/api/logout")
    return {route: not await refused(client, *route) for route in order}


async def test_who_may_ask_for_what_is_as_the_table_says(gym: House) -> None:
    async with AsyncExitStack() as stack:
        screen = gym.client()
        visitors = {
            STRANGER: await stack.enter_async_context(gym.client()),
            LINK: await stack.enter_async_context(gym.holder("sled-01-1")),
            SCREEN: await stack.enter_async_context(screen),
        }
        assert (await screen.post("/api/kiosk", json={"token": gym.screen_link("sled-01")})).status_code == 200
        for role in Role:
            visitors[role.value] = await stack.enter_async_context(gym.logged_in(role))
        for visitor, client in visitors.items():
            wrong = {
                route: may for route, may in (await asked(client)).items() if may is not told()[route][visitor]
            }
            assert wrong == {}, visitor


@pytest.mark.parametrize("scope", list(Right))
async def test_a_token_opens_what_its_scope_says_and_no_more(gym: House, scope: Right) -> None:
    async with gym.with_token(scope) as program:
        for (method, path), may in (await asked(program)).items():
            needed = door(path)
            assert may is (needed.right in (None, scope) and not needed.link), (method, path)


async def test_a_screen_for_another_machine_opens_nothing_more_than_a_stranger_may(gym: House) -> None:
    async with gym.client() as screen:
        await screen.post("/api/kiosk", json={"token": gym.screen_link("sled-02")})
        for (method, path), may in (await asked(screen)).items():
            assert may is may_ask(path)[STRANGER], (method, path)
