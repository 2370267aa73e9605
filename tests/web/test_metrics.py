"""/metrics, read by Prometheus's own parser."""

from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sensor_hub.web import LiveFeed, create_app, metrics
from sensor_hub.web.metrics import FAMILIES, Kind, Reading, render
from tests.web.memory import MemoryStore

AWKWARD = 'a "name"\nwith \\ all'


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    measures = [lambda: [Reading(metrics.REPS, 7, ("gym", "press-1"))]]
    app = create_app(LiveFeed(), MemoryStore(), measures=measures)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Value by name and the values of the labels."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_was_asked_is_counted_by_route_and_status(web: httpx.AsyncClient) -> None:
    for path in ("/api/machines", "/api/machines", "/api/sessions/a", "/api/sessions/b", "/no-such", "/none/such"):
        await web.get(path)
    await web.request("BREW", "/api/machines")
    await web.get("/api/machines", headers={"Sec-Fetch-Site": "cross-site"})
    answer = await web.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = samples(answer.text)
    asked = {labels: value for (name, labels), value in told.items() if name == metrics.REQUESTS.name}
    assert asked == {
        ("GET", "/api/machines", "200"): 2,
        ("GET", "/api/sessions/{session_id}", "404"): 2,
        ("GET", "other", "404"): 2,
        ("other", "/api/machines", "405"): 1,
        ("GET", "other", "403"): 1,
    }
    assert told["sensor_hub_reps_total", ("gym", "press-1")] == 7


def test_every_family_can_be_read_and_keeps_to_the_conventions() -> None:
    readings = [Reading(family, 1.5, tuple(AWKWARD for _ in family.labels)) for family in FAMILIES]
    read = list(text_string_to_metric_families(render(reversed(readings))))
    assert [one.documentation for one in read] == [one.meaning for one in FAMILIES]
    for family, one in zip(FAMILIES, read, strict=True):
        (sample,) = one.samples
        assert (sample.name, one.type, sample.value) == (family.name, family.kind, 1.5)
        assert sample.labels == dict.fromkeys(family.labels, AWKWARD)
        assert family.name.endswith("_total") is (family.kind is Kind.COUNTER)
        assert family.meaning.endswith(".")


def test_a_family_stays_together() -> None:
    reps = [Reading(metrics.REPS, number, ("gym", f"press-{number}")) for number in range(3)]
    text = render([reps[0], Reading(metrics.LOOP_LAG, 0.0), *reps[1:]])
    assert [line.split("{")[0].split()[0] for line in text.splitlines() if line[0] != "#"] == [
        *["sensor_hub_reps_total"] * 3,
        "sensor_hub_event_loop_lag_seconds",
    ]
