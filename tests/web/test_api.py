"""What the JSON API answers, and that every answer keeps the rules."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sensor_hub.errors import StoreError
from sensor_hub.messages import LinkState
from sensor_hub.store import Analysis
from sensor_hub.web import LiveFeed, create_app
from tests.web.lifter import Lift, LiftingSet
from tests.web.memory import MemoryStore

LIFTS = [Lift(), Lift(bounced=True), Lift(known=False)]


@pytest.fixture
def feed() -> LiveFeed:
    return LiveFeed()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def web(feed: LiveFeed, store: MemoryStore) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(feed, store), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_machines_are_those_heard_and_those_logged(
    web: httpx.AsyncClient, feed: LiveFeed, store: MemoryStore
) -> None:
    heard = LiftingSet(LIFTS, machine="sled-02")
    feed.offer(heard.sensor(LinkState.LOST, battery=11))
    feed.offer(heard.live(LIFTS[0], 1.0, heard.start_s, 0))
    store.log([LiftingSet(LIFTS, machine="sled-01")])
    logged, seen = (await web.get("/api/machines")).json()
    assert (logged["machine"], logged["state"], logged["rep_count"]) == ("sled-01", None, None)
    assert (seen["machine"], seen["state"], seen["battery_percent"]) == ("sled-02", "lost", 11)
    assert (seen["phase"], seen["rep_count"], seen["set_number"]) == ("eccentric", 0, 1)


async def test_sessions_are_listed_newest_first_by_pages(web: httpx.AsyncClient, store: MemoryStore) -> None:
    first = datetime(2026, 11, 1, tzinfo=UTC)
    for day in range(5):
        store.log([LiftingSet(LIFTS, session=f"s{day}", started=first + timedelta(days=day))])
    page = (await web.get("/api/sessions", params={"limit": 2})).json()
    assert [session["session"] for session in page] == ["s4", "s3"]
    rest = (await web.get("/api/sessions", params={"before": page[-1]["started"]})).json()
    assert [session["session"] for session in rest] == ["s2", "s1", "s0"]
    assert (await web.get("/api/sessions", params={"machine": "sled-07"})).json() == []
    assert (await web.get("/api/sessions", params={"site": "elsewhere"})).json() == []


async def test_a_session_has_its_sets_and_reps_with_null_for_the_unknown(
    web: httpx.AsyncClient, store: MemoryStore
) -> None:
    store.log([LiftingSet(LIFTS), LiftingSet(LIFTS[:1], number=2, start_s=90.0)])
    detail = (await web.get("/api/sessions/sled-01-1")).json()
    assert [one["number"] for one in detail["sets"]] == [1, 2]
    assert [rep["rom_m"] for rep in detail["reps"]] == [0.421, 0.421, None, 0.421]
    assert [rep["bounced"] for rep in detail["reps"]] == [False, True, None, False]
    assert detail["reps"][0]["uncertainty"]["rom_m"] == 0.003
    assert min(detail["reps"][0]["trace"]["position_m"]) == pytest.approx(-0.421, abs=0.005)


async def test_each_set_has_a_summary_and_in_it_what_the_set_and_the_load_add_to_its_reps(
    web: httpx.AsyncClient, store: MemoryStore
) -> None:
    tiring = [Lift(), Lift(concentric_s=1.5)]
    store.log([LiftingSet(LIFTS), LiftingSet(tiring, number=2, start_s=90.0)], load_kg=100.0)
    first, second = (await web.get("/api/sessions/sled-01-1")).json()["summaries"]
    assert len(first["reps"]) == 3
    assert first["time_under_tension_s"] is None
    assert (second["tempo"], second["tempo_notation"]) == ("3.1-0.4-1.4-0.8", "3-0-1-1")
    assert second["time_under_tension_s"] == pytest.approx(2 * 3.5 + 1.2 + 1.5)
    assert second["velocity_loss"] == pytest.approx(0.2)
    assert [rep["velocity_loss"] for rep in second["reps"]] == [0.0, pytest.approx(0.2)]
    assert second["reps"][0]["mean_power_w"] == pytest.approx(100 * 6.9 * 0.421 / 1.2)


async def test_what_was_not_counted_is_told_with_the_set_it_was_seen_in(
    web: httpx.AsyncClient, store: MemoryStore
) -> None:
    lifting = LiftingSet(LIFTS)
    session = store.log([lifting, LiftingSet(LIFTS[:1], number=2, start_s=90.0)])
    assert (await web.get(f"/api/sessions/{session}")).json()["rejected"] == []
    strokes = [lifting.rejected(after_s) for after_s in (-30.0, 3.0, 40.0, 85.0)]
    store.records[session].rejected += strokes
    told = (await web.get(f"/api/sessions/{session}")).json()["rejected"]
    assert [one["set_number"] for one in told] == [None, 1, None, 2]
    assert [one["start_s"] for one in told] == [one.start_s for one in strokes]
    assert (told[0]["reason"], told[0]["gates"]["least_range_m"]) == ("short", 0.105)


async def test_motion_is_of_the_session_or_of_one_set(web: httpx.AsyncClient, store: MemoryStore) -> None:
    store.log([LiftingSet(LIFTS), LiftingSet(LIFTS[:1], number=2, start_s=90.0)])
    whole = (await web.get("/api/sessions/sled-01-1/motion")).json()
    assert {piece["set_number"] for piece in whole} == {1, 2}
    second = (await web.get("/api/sessions/sled-01-1/motion", params={"set": 2})).json()
    assert second == [piece for piece in whole if piece["set_number"] == 2]


async def test_raw_acceleration_comes_in_columns(web: httpx.AsyncClient) -> None:
    span = {"start": "2026-11-13T17:05:00Z", "end": "2026-11-13T17:05:02+00:00"}
    raw = (await web.get("/api/raw/sled-01", params=span)).json()
    assert raw["time_s"][:3] == [0.0, 0.02, 0.04]
    assert len(raw["ax"]) == len(raw["ay"]) == len(raw["az"]) == 100


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/sessions/none", 404, "no session 'none'"),
        ("/api/sessions/none/motion", 404, "no session 'none'"),
        ("/api/nothing", 404, "nothing at this address"),
        ("/api/sessions?limit=0", 422, "limit: "),
        ("/api/sessions?before=yesterday", 422, "before: "),
        ("/api/sessions?before=2026-11-13T17:05:00", 422, "timezone"),
        ("/api/raw/sled-01", 422, "start: "),
        ("/api/raw/sled-01?start=2026-11-13T17:05:00Z&end=2026-11-13T17:04:00Z", 422, "end must be after"),
        ("/api/raw/sled-01?start=2026-11-13T17:05:00Z&end=2026-11-13T19:05:00Z", 422, "one hour"),
        ("/api/live/Not A Site/x", 422, "site: "),
    ],
)
async def test_errors_are_sentences(web: httpx.AsyncClient, path: str, status: int, says: str) -> None:
    answer = await web.get(path)
    assert answer.status_code == status
    assert says in answer.json()["error"]
    assert answer.json()["error"].endswith(".")


async def test_a_store_that_fails_is_named_and_a_bug_is_not_shown(
    web: httpx.AsyncClient, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(error: Exception) -> None:
        def sessions(*_: object) -> None:
            raise error

        monkeypatch.setattr(store, "sessions", sessions)

    fail(StoreError("The database is locked. Stop the other hub."))
    answer = await web.get("/api/sessions")
    assert (answer.status_code, answer.json()) == (503, {"error": "The database is locked. Stop the other hub."})
    fail(ZeroDivisionError("secret detail"))
    answer = await web.get("/api/sessions")
    assert answer.status_code == 500
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/", "/live/home/sled-01", "/sessions", "/sessions/any", "/assets/live.js"])
async def test_pages_and_assets_are_served_once(web: httpx.AsyncClient, path: str) -> None:
    first = await web.get(path)
    assert first.status_code == 200
    again = await web.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/nothing", "/live/home/No+Name", "/assets/%2e%2e/api.py", "/assets/nothing.js"])
async def test_a_wrong_address_gets_a_page_that_leads_on(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/api/machines", "/api/sessions/none", "/assets/uplot/uPlot.js"]
)
async def test_every_answer_is_locked_to_this_origin(web: httpx.AsyncClient, path: str) -> None:
    headers = (await web.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"


async def test_pages_hold_no_inline_script_or_style(web: httpx.AsyncClient) -> None:
    for path in ("/", "/live/home/sled-01", "/sessions", "/sessions/any", "/nothing"):
        text = (await web.get(path)).text
        assert "style=" not in text
        assert "<style" not in text
        assert "onclick" not in text
        assert text.count("<script") == text.count("<script src=") + text.count('<script type="module" src=')


async def test_openapi_describes_all_of_it(web: httpx.AsyncClient) -> None:
    api = (await web.get("/api/openapi.json")).json()
    assert set(api["paths"]) == {
        "/health",
        "/health/live",
        "/metrics",
        "/api/machines",
        "/api/live/{site}/{machine}",
        "/api/sessions",
        "/api/sessions/{session_id}",
        "/api/sessions/{session_id}/motion",
        "/api/raw/{machine}",
        "/api/pairing",
        "/api/pairing/sensors",
        "/api/pairing/attend",
        "/api/pairing/identify",
        "/api/pairing/again",
        "/api/pairing/confirm",
        "/api/pairing/cancel",
        "/api/pairing/undo",
        "/api/athletes",
        "/api/athletes/{athlete}",
        "/api/athletes/{athlete}/export",
        "/api/athletes/{athlete}/erase",
        "/api/erasures",
        "/api/live/{site}/{machine}/address.svg",
        "/api/machines/{site}/{machine}/athletes",
        "/api/machines/{site}/{machine}/athletes/{athlete}/due",
        "/api/machines/{site}/{machine}/athletes/{athlete}/loads",
        "/api/athletes/{athlete}/progress",
        "/api/figures",
        "/api/today",
        "/api/gyms",
        "/api/gyms/{site}",
        "/api/visits",
        "/api/athletes/{athlete}/programme",
        "/api/notes",
        "/api/notes/{note}/drop",
        "/api/machines/{site}/{machine}/lifter",
        "/api/sessions/{session_id}/corrections",
        "/api/sessions/{session_id}/corrections/{number}/revoke",
        "/api/sessions/{session_id}/analyses",
        "/api/sessions/{session_id}/analyses/{number}/changes",
        "/api/machines/{site}/{machine}/corrections",
        "/api/machines/{site}/{machine}/corrections/{number}/revoke",
        "/api/sessions/{session_id}/export",
        "/api/sessions/{session_id}/shared",
        "/api/compare/athletes",
        "/api/compare/sessions",
        "/api/shared",
        "/api/shares",
        "/api/shares/{share}/end",
        "/api/me",
        "/api/login",
        "/api/logout",
        "/api/kiosk",
    }
    assert {"RepMessage", "SetMessage", "SessionMessage", "MotionMessage", "Problem"} <= set(
        api["components"]["schemas"]
    )
    assert "text/event-stream" in api["paths"]["/api/live/{site}/{machine}"]["get"]["responses"]["200"]["content"]


async def test_a_session_says_which_version_it_shows(web: httpx.AsyncClient, store: MemoryStore) -> None:
    session = store.log([LiftingSet(LIFTS)])
    assert (await web.get(f"/api/sessions/{session}")).json()["analysis"] is None
    made = datetime(2026, 3, 4, tzinfo=UTC)
    store.records[session].analysis = Analysis(2, made, "0.1.0")
    shown = (await web.get(f"/api/sessions/{session}")).json()["analysis"]
    assert shown == {"number": 2, "made": "2026-03-04T00:00:00Z", "program": "0.1.0"}
