"""The API is as its description says, by schemathesis: a real server, asked for what fits, nearly fits and does not, by
an admin, and again by those who have no business there.

Beside test_fuzz.py, for each finds what the other does not: this one found answers that nobody had described and values
that nobody meant to take, that one finds the crashes which awkward numbers and instants provoke.
"""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from prometheus_client.parser import text_string_to_metric_families
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import allow_header_conformance, positive_data_acceptance

from sensor_hub.access import SCREEN_RIGHTS, Access, AccessFile, Right, Shared
from sensor_hub.app.athletes.people import People
from sensor_hub.app.floor.workshop import Workshop
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.app.review.gyms import Gyms
from sensor_hub.coach.overload import OverloadRules
from sensor_hub.config import HubSettings, Settings
from sensor_hub.store import Store
from sensor_hub.web import LiveFeed, create_app, serve
from sensor_hub.web.doors import door
from tests.web.lifter import SITE, Lift, LiftingSet
from tests.web.memory import MemoryStore
from tests.web.test_fuzz import Deaf, Silent

EXAMPLES = 5
NOT_OURS = [not_a_server_error, allow_header_conformance, positive_data_acceptance]
"""503 is an answer of ours; the router tells one route's methods at a time; a schema cannot say that an end comes after
its start."""
SHUT = {400, 401, 403}
"""400: not even a request."""
MOST_SERIES = 600
"""Routes, methods and statuses there are; what was asked are thousands of addresses."""
API = schemathesis.openapi.from_dict(create_app(LiveFeed(), MemoryStore()).openapi())


@dataclass
class Gym:
    url: str
    store: Store
    admin: dict[str, str]
    strangers: list[dict[str, str]]
    """The headers of nobody, and of the screen at another machine."""
    holder: dict[str, str]
    """Of who was sent a link to the session."""


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gym]:
    folder = tmp_path_factory.mktemp("described")
    store, file, feed, now = Store.open(folder / "hub.db"), AccessFile(folder), LiveFeed(), datetime.now(UTC)
    lifting = LiftingSet([Lift()])
    store.record([*lifting.began(), *(message for _, message in lifting.messages())])
    feed.close()  # or a stream would have no end
    admin = file.add_token("admin", frozenset(Right), now)
    screen = file.add_token("screen", SCREEN_RIGHTS, now, (SITE, "another"))
    shared = Shared(store.sessions()[0].session, None, False, now + timedelta(days=1))
    _, link = file.add_share(shared, [], now, None)
    here = Settings(hub=HubSettings(data_dir=folder))
    people, coaching = People(store, here, Deaf()), Coaching(store, OverloadRules())
    desks = {"people": people, "coaching": coaching, "correcting": Correcting(store), "gyms": Gyms(store)}
    app = create_app(feed, store, Workshop(Silent(), here, folder), Access(file), **desks)
    loop, url = asyncio.new_event_loop(), Future[str]()
    serving = loop.create_task(serve(app, port=0, ready=url.set_result))
    thread = threading.Thread(target=finish, args=(loop, serving))
    thread.start()
    yield Gym(url.result(5), store, bearer(admin), [{}, bearer(screen)], bearer(link))
    loop.call_soon_threadsafe(serving.cancel)
    thread.join(5)
    store.close()


def finish(loop: asyncio.AbstractEventLoop, serving: asyncio.Task[None]) -> None:
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(serving)
    loop.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@API.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_is_as_described_and_shut_to_others(case: schemathesis.Case, gym: Gym) -> None:
    wanted = door(case.operation.path)
    who = gym.holder if wanted.link else gym.admin
    answer = case.call_and_validate(base_url=gym.url, headers=who, excluded_checks=NOT_OURS, timeout=10)
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    if wanted.link or wanted.right is not None:
        for headers in gym.strangers:
            assert case.call(base_url=gym.url, headers=headers, timeout=10).status_code in SHUT


def test_nothing_has_grown(gym: Gym) -> None:
    assert [one.machine for one in gym.store.machines()] == ["sled-01"]
    text = httpx.get(f"{gym.url}/metrics", headers=gym.admin, trust_env=False).text
    series = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert 20 < len(series) < MOST_SERIES
