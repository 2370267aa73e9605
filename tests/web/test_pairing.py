"""Pairing over HTTP where there is no hub, and from pages that have no business here."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sensor_hub.web import LiveFeed, create_app
from tests.web.memory import MemoryStore


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(LiveFeed(), MemoryStore()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_without_a_hub_the_page_says_where_to_pair(web: httpx.AsyncClient) -> None:
    state = (await web.get("/api/pairing")).json()
    assert (state["available"], state["pairing"]) == (False, None)
    assert state["kinds"][0] == {"kind": "leg-press-45", "title": "Leg press, 45°", "clip_on": "the sled"}
    for answer in (await web.get("/api/pairing/sensors"), await web.post("/api/pairing/cancel")):
        assert answer.status_code == 503
        assert "Sensors are paired where the hub runs" in answer.json()["error"]


@pytest.mark.parametrize("action", ["identify", "again", "confirm", "cancel", "undo"])
async def test_a_page_of_another_origin_changes_nothing(web: httpx.AsyncClient, action: str) -> None:
    answer = await web.post(
        f"/api/pairing/{action}", json={"address": "A"}, headers={"Origin": "http://elsewhere.test"}
    )
    assert answer.status_code == 403
    own = await web.post(f"/api/pairing/{action}", json={"address": "A"}, headers={"Origin": "http://127.0.0.1"})
    assert own.status_code == 503
