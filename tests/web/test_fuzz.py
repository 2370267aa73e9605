"""Every operation of our OpenAPI, called with what fits its schema, what almost fits, and what does not, on a real
store and a real workshop: never a 500, and never an answer that its description does not know."""

import asyncio
import json
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_hub.access import Access, AccessFile
from sensor_hub.app.athletes.people import People
from sensor_hub.app.floor.workshop import Workshop
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.app.review.gyms import Gyms
from sensor_hub.coach.overload import OverloadRules
from sensor_hub.config import HubSettings, Settings
from sensor_hub.errors import LinkError
from sensor_hub.link import Found, Radio
from sensor_hub.messages import Message
from sensor_hub.store import Store
from sensor_hub.web import LiveFeed, create_app
from tests.web.lifter import Lift, LiftingSet
from tests.web.memory import MemoryStore

LIFTED = "sled-01-1"
LINKS = "/api/shared"
"""Opens to the holder of a link alone, and not to whoever sits at the computer."""
KNOWN = {200, 400, 401, 404, 409, 413, 422, 429, 503}
INSTANTS = [
    "2026-11-22T10:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999-14:00",
    "9999-12-31T23:59:59Z",
    "2026-11-22T10:00:00",
    "-1",
    "1e400",
    "253402300800",
    "NaN",
]
NUMBERS = [0, 1, -1, 50, 500, 501, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**400]
NAMES = [
    "sled-01",
    "home",
    "sled-01-1",
    "",
    "A",
    "..",
    "%2e%2e",
    "a/b",
    "x" * 64,
    "x" * 3000,
    "\x00",
    "é",
    "' or 1=1 --",
    "*",
    "nul\n",
]

JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.floats() | st.text() | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.sampled_from([*INSTANTS, *map(str, NUMBERS), *NAMES]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=40
)


def fitting(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a JSON schema, as far as ours use it, one in some replaced by junk."""
    if "$ref" in schema:
        return fitting(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema:
        return st.one_of([fitting(one, components) for one in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | JUNK
    match schema.get("type"):
        case "object":
            fields = {name: fitting(one, components) for name, one in schema.get("properties", {}).items()}
            required = {name: value for name, value in fields.items() if name in schema.get("required", ())}
            optional = {name: value for name, value in fields.items() if name not in required}
            return st.fixed_dictionaries(required, optional=optional) | JUNK
        case "boolean":
            return st.booleans() | JUNK
        case "null":
            return st.none()
        case "integer" | "number":
            return st.sampled_from(NUMBERS) | JUNK
        case _:
            return WORDS | JUNK


def as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Silent:
    """A hub whose radio is not ready."""

    @property
    def radio(self) -> Radio:
        raise LinkError("The radio is not ready.")

    def in_use(self) -> Sequence[Found]:
        return ()

    async def borrow(self, address: str) -> None:
        raise AssertionError("no sensor was ever heard")

    def give_back(self, address: str) -> None:
        raise AssertionError("no sensor was ever heard")

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        raise AssertionError("no sensor was ever heard")


class Deaf:
    """A broker that nobody listens to."""

    def call(self, message: Message) -> None:
        assert message.site


class Hub:
    """The application in a loop of its own, for hypothesis knows no asynchronous tests."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.store = Store.open(folder / "hub.db")
        lifting = LiftingSet([Lift()])
        self.store.record([*lifting.began(), *(message for _, message in lifting.messages())])
        feed = LiveFeed()
        feed.close()  # or a stream would have no end
        workshop = Workshop(Silent(), Settings(), folder)
        self._people = People(self.store, Settings(hub=HubSettings(data_dir=folder)), Deaf())
        self.app = create_app(
            feed,
            self.store,
            workshop,
            Access(AccessFile(folder), trusting=True),
            people=self._people,
            coaching=Coaching(self.store, OverloadRules()),
            correcting=Correcting(self.store),
            gyms=Gyms(self.store),
        )
        self.api: dict[str, Any] = self.app.openapi()
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    def call(self, method: str, path: str, query: dict[str, str], body: bytes | None) -> httpx.Response:
        kind = {"Content-Type": "application/json"} if body is not None else {}
        request = self.client.request(method, path, params=query, content=body, headers=kind)
        return self.loop.run_until_complete(request)

    def athlete(self) -> str:
        """One that there is, also after an erasure."""
        known = self._people.all() or [self._people.add("Anna Example", "kg", "de")]
        return known[0].athlete

    def close(self) -> None:
        self.loop.run_until_complete(self.client.aclose())
        self.store.close()
        self.loop.close()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made = Hub(tmp_path_factory.mktemp("fuzzed"))
    yield made
    made.close()


OPERATIONS = [
    (method, path)
    for path, methods in create_app(LiveFeed(), MemoryStore()).openapi()["paths"].items()
    for method in methods
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_one_of_those_described(
    method: str, path: str, hub: Hub, data: st.DataObject
) -> None:
    operation = hub.api["paths"][path][method]
    query: dict[str, str] = {}
    for parameter in operation.get("parameters", ()):
        known = st.sampled_from([hub.athlete() if parameter["name"] == "athlete" else LIFTED, "sled-01", "1"])
        value = as_text(data.draw(known | WORDS | fitting(parameter["schema"], hub.api["components"]["schemas"])))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(value.encode(errors="replace"), safe=""))
        elif parameter["required"] or data.draw(st.booleans()):
            query[parameter["name"]] = value.encode(errors="replace").decode()
    body = None
    if (wanted := operation.get("requestBody")) is not None:
        schema = wanted["content"]["application/json"]["schema"]
        value = data.draw(fitting(schema, hub.api["components"]["schemas"]))
        body = (
            data.draw(st.binary(max_size=30))
            if data.draw(st.booleans()) and not value
            else json.dumps(value).encode()
        )
    answer = hub.call(method.upper(), path, query, body)
    expected = KNOWN | ({403} if path == LINKS else set())
    assert answer.status_code in expected, (path, query, body, answer.text)
    if answer.status_code != 200 and answer.url.path.startswith("/api/"):
        assert answer.json()["error"].strip()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:30:00+14:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:30:00Z"),
        ("9999-12-31T23:10:00-14:00", "9999-12-31T23:40:00-14:00"),
        ("9999-12-31T23:10:00Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_the_first_and_the_last_instants_there_are_can_be_asked_for(start: str, end: str, hub: Hub) -> None:
    raw = hub.call("GET", "/api/raw/sled-01", {"start": start, "end": end}, None)
    assert raw.status_code in (200, 422), raw.text
    for before in (start, end):
        assert hub.call("GET", "/api/sessions", {"before": before}, None).status_code in (200, 422)
