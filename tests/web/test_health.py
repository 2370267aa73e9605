"""/health: what it says to whom, and with which status."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sensor_hub.access import Access, AccessFile, Right, Role
from sensor_hub.pairing import Grade
from sensor_hub.web import LiveFeed, Part, create_app
from tests.web.memory import MemoryStore

SINCE = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def part(name: str, grade: Grade) -> Part:
    return Part(part=name, grade=grade, since=SINCE, sentence=f"About {name}.")


@asynccontextmanager
async def asking(*parts: Part, access: Access | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(LiveFeed(), MemoryStore(), access=access, examine=lambda: parts)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("grades", "status", "code"),
    [
        ([Grade.GOOD, Grade.GOOD], "good", 200),
        ([Grade.GOOD, Grade.POOR], "poor", 200),
        ([Grade.BAD, Grade.POOR, Grade.GOOD], "bad", 503),
        ([Grade.UNKNOWN, Grade.GOOD], "unknown", 200),
    ],
)
async def test_the_hub_is_as_well_as_its_worst_part(grades: list[Grade], status: str, code: int) -> None:
    parts = [part(f"part-{number}", grade) for number, grade in enumerate(grades)]
    async with asking(*parts) as owner:
        answer = await owner.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (code, status)
        assert answer.json()["parts"][0] == {
            "part": "part-0",
            "grade": grades[0],
            "since": "2026-11-22T10:00:00Z",
            "sentence": "About part-0.",
        }
        assert (await owner.get("/health/live")).status_code == 200


async def test_a_stranger_is_told_one_word(tmp_path: Path) -> None:
    file = AccessFile(tmp_path)
    broken = part("broker", Grade.BAD)
    async with asking(broken, access=Access(file)) as stranger:
        answer = await stranger.get("/health")
        assert (answer.status_code, answer.json()) == (503, {"status": "bad"})
        assert (await stranger.get("/health/live")).json() == {"status": "good"}
        assert (await stranger.get("/metrics")).status_code == 401
    async with asking(broken, access=Access(file, trusting=True), **{"X-Forwarded-For": "192.0.2.1"}) as passed_on:
        assert (await passed_on.get("/health")).json() == {"status": "bad"}


@pytest.mark.parametrize("right", list(Right))
async def test_who_looks_after_the_hub_is_told_all(right: Right, tmp_path: Path) -> None:
    file = AccessFile(tmp_path)
    token = file.add_token("home assistant", frozenset({right}), datetime.now(UTC) - timedelta(days=1))
    async with asking(part("sinks", Grade.POOR), access=Access(file), Authorization=f"Bearer {token}") as program:
        told = (await program.get("/health")).json()
    assert ("parts" in told) is (right is Right.METRICS)
    assert ("version" in told) is (right is Right.METRICS)


async def test_a_lifter_is_told_no_more_than_a_stranger(tmp_path: Path) -> None:
    file = AccessFile(tmp_path)
    file.add_account("anna", Role.LIFTER, "four words in a row")
    access = Access(file)
    login = access.log_in("anna", "four words in a row", "127.0.0.1")
    async with asking(part("sinks", Grade.POOR), access=access, Cookie=f"sensor-hub-login={login}") as lifter:
        assert (await lifter.get("/health")).json() == {"status": "poor"}
