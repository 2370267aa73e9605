"""The gyms over HTTP, on a real store; who may see them; and what is asked of one gym's hub alone."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sensor_hub.access import Access, AccessFile, Role
from sensor_hub.app.athletes.people import People
from sensor_hub.app.review.gyms import GONE, Gyms
from sensor_hub.bus.examples import examples
from sensor_hub.config import HubSettings, Settings
from sensor_hub.messages import HubMessage, Kind, SessionMessage
from sensor_hub.store import Store
from sensor_hub.web import LiveFeed, create_app
from tests.store.conftest import EVENING, Lifter

PASSWORD = "four words in a row"
ANNA = "k7m2p9xd"
NOW = EVENING + timedelta(hours=2)


def told(site: str, at: datetime = NOW, machines: Sequence[str] = ("press-1",), **changes: Any) -> HubMessage:
    example = examples()[Kind.HUB]
    assert isinstance(example, HubMessage)
    one = example.machines[0].model_copy(update={"site": site, "heard": at, "firmware": "1.0.0"})
    sensors = [one.model_copy(update={"machine": name} | changes.pop(name, {})) for name in machines]
    place = {"site": site, "time": at, "id": f"hub-1.hub.{at}", "machines": sensors, "version": "9.9.9"}
    return example.model_copy(update=place | changes)


class Chain:
    """Two gyms whose hubs tell of themselves, an old one, and one of which nothing was heard for months."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.store = Store.open(folder / "hub.db")
        self.file = AccessFile(folder)
        people = People(self.store, Settings(hub=HubSettings(data_dir=folder)))
        self.gyms = Gyms(self.store, lambda: self.now)
        self.app = create_app(LiveFeed(), self.store, access=Access(self.file), people=people, gyms=self.gyms)
        for site, days in (("north", 0), ("south", -1), ("old", 0), ("gone", -70)):
            self.lifted(site, days)
        self.store.record([told("north", machines=("press-1", "press-2"), **{"press-2": {"battery_percent": 9}})])
        self.store.record([told("south", settings={"store.keep_raw": "30 days"}, version="9.8.0")])
        self.store.record([told("gone", NOW - GONE - timedelta(days=1))])

    def lifted(self, site: str, days: float) -> None:
        name = f"{site}{days}"
        whole = Lifter(session=name, site=site, began=EVENING + timedelta(days=days)).whole_session()
        self.store.record(
            [one.model_copy(update={"athlete": ANNA}) if isinstance(one, SessionMessage) else one for one in whole]
        )

    @contextlib.asynccontextmanager
    async def logged_in(self, role: Role) -> AsyncIterator[httpx.AsyncClient]:
        self.file.add_account(role.value, role, PASSWORD)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1") as client:
            answer = await client.post("/api/login", json={"name": role.value, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(tmp_path)
    yield made
    made.store.close()


async def test_the_gym_that_needs_somebody_most_comes_first(chain: Chain) -> None:
    async with chain.logged_in(Role.ADMIN) as admin:
        gyms = (await admin.get("/api/gyms")).json()
    assert [one["site"] for one in gyms] == ["north", "old", "south"]
    north, old, south = gyms
    assert [(need["kind"], need["machine"], need["amount"]) for need in north["needs"]] == [
        ("battery", "press-2", 9.0)
    ]
    assert [(need["kind"], need["text"], need["newest"]) for need in old["needs"]] == [
        ("tells_little", "0.1.0", "9.9.9")
    ]
    assert [need["kind"] for need in south["needs"]] == ["version"]
    assert [(one["hubs"], one["machines"], one["sessions"], one["reps"]) for one in gyms] == [
        (1, 2, 1, 6),
        (1, 1, 1, 6),
        (1, 1, 0, 0),
    ]
    assert (old["versions"], south["versions"]) == (["0.1.0"], ["9.8.0"])


async def test_a_gyms_page_has_hubs_sensors_use_and_stops(chain: Chain) -> None:
    async with chain.logged_in(Role.ADMIN) as admin:
        north = (await admin.get("/api/gyms/north")).json()
        old = (await admin.get("/api/gyms/old")).json()
        assert (await admin.get("/api/gyms/nowhere")).status_code == 404
        assert (await admin.get("/api/gyms/gone")).status_code == 404
    (hub,) = north["hubs"]
    assert (hub["name"], hub["version"], hub["disk_days"]) == ("hub-1", "9.9.9", 870)
    assert [one["machine"] for one in hub["machines"]] == ["press-1", "press-2"]
    (used,) = north["use"]
    assert (used["sets"], used["reps"], used["under_load_s"]) == (2, 6, 60.0)
    assert sum(map(sum, used["minutes"])) == pytest.approx(0.25)
    (worn,) = north["wear"]
    assert (sum(worn["reps"]), sum(worn["hits"]), worn["clear"]) == (6, 0, None)
    assert [one["battery_percent"] for one in north["sensors"]] == [82, 9]
    assert old["hubs"] == []
    assert [(one["name"], one["online"], one["version"]) for one in old["old_hubs"]] == [("hub-1", True, "0.1.0")]
    assert [(one["machine"], one["battery_percent"]) for one in old["unreported"]] == [("press-1", 80)]


async def test_settings_that_most_hubs_have_otherwise_are_told(chain: Chain) -> None:
    chain.store.record([told("old"), told("fourth")])
    async with chain.logged_in(Role.ADMIN) as admin:
        south = (await admin.get("/api/gyms/south")).json()
        north = (await admin.get("/api/gyms/north")).json()
    assert south["hubs"][0]["unusual"] == {"store.keep_raw": "90 days"}
    assert north["hubs"][0]["unusual"] == {}


async def test_who_trains_in_two_gyms_is_the_coachs_to_see(chain: Chain) -> None:
    async with chain.logged_in(Role.COACH) as coach:
        visits = (await coach.get("/api/visits")).json()
        assert (await coach.get("/api/gyms")).status_code == 403
    assert [(one["athlete"], one["site"], one["sessions"]) for one in visits] == [
        (ANNA, "north", 1),
        (ANNA, "old", 1),
        (ANNA, "south", 1),
    ]
    async with chain.logged_in(Role.LIFTER) as lifter:
        assert [(await lifter.get(path)).status_code for path in ("/api/visits", "/api/gyms/north", "/gyms")] == [
            403
        ] * 3


async def test_without_a_store_it_says_where_to_ask(tmp_path: Path) -> None:
    app = create_app(LiveFeed(), Store.open(tmp_path / "hub.db"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/api/gyms")
    assert (answer.status_code, answer.json()["error"]) == (
        503,
        "Nothing is known of gyms here: ask the hub that keeps the store.",
    )
