"""Nothing that comes over MQTT crashes, bloats or deceives whoever listens, and nothing wrong is stored.

benchmarks/fuzz.py mqtt does the same for as long as one likes, led by what the bytes reach.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_hub.bus import decode, encode, topic_of
from sensor_hub.bus.examples import examples
from sensor_hub.bus.topics import LARGEST_PAYLOAD
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind
from sensor_hub.store import parked_rows
from sensor_hub.web.feed import MAX_MACHINES
from tests.bus.torture import Consumers, received, seeds

TORTURE = settings(
    max_examples=80,
    deadline=timedelta(seconds=5),
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
MOST = 1000
GOOD = [(topic, json.loads(payload)) for topic, payload in seeds()]
NEVER = object()
ODD: list[Any] = [
    None,
    True,
    "",
    "1",
    "x" * 5000,
    "\0",
    "\u202e gym",
    0,
    -1,
    1.5,
    2**31,
    2**63,
    2**70,
    1e308,
    float("nan"),
    float("inf"),
    [],
    [None],
    {},
    "2026-03-02T12:00:00",
    "9999-12-31T23:59:59-23:00",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    1772452800,
    NEVER,
]


@pytest.fixture(scope="module")
def consumers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consumers]:
    """One life for all examples, as long as a hub's."""
    made = Consumers(tmp_path_factory.mktemp("consumers"))
    yield made
    made.close()


topics = st.one_of(
    st.sampled_from([topic for topic, _ in GOOD]),
    st.sampled_from([b"", b"legpress", b"legpress/a/b/c", b"legpress/Gym/press-1/rep", b"legpress/\xff/x/rep"]),
    st.binary(max_size=40),
)


@st.composite
def near_misses(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A good message with one to three of its values made odd, or with a name too many."""
    topic, good = draw(st.sampled_from(GOOD))
    content = dict(good)
    for name in draw(st.lists(st.sampled_from([*content, "surprise"]), min_size=1, max_size=3)):
        value = draw(st.one_of(st.sampled_from(ODD), st.floats(), st.integers(), st.text(max_size=30)))
        if value is NEVER:
            content.pop(name, None)
        else:
            content[name] = (
                [value, value] if isinstance(content.get(name), list) and draw(st.booleans()) else value
            )
    return topic, json.dumps(content).encode()


@TORTURE
@given(topic=topics, payload=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
def test_bytes(consumers: Consumers, topic: bytes, payload: bytes) -> None:
    consumers.take(topic, payload)


@TORTURE
@given(messages=st.lists(near_misses(), min_size=1, max_size=5), retained=st.booleans())
def test_near_misses(consumers: Consumers, messages: list[tuple[bytes, bytes]], retained: bool) -> None:
    for topic, payload in messages:
        consumers.take(topic, payload, retained)
        consumers.obey()
    consumers.settle()


@TORTURE
@given(data=st.data())
def test_cut_spliced_and_turned(consumers: Consumers, data: st.DataObject) -> None:
    topic, payload = data.draw(st.sampled_from(list(seeds())))
    at = data.draw(st.integers(0, len(payload)))
    _, other = data.draw(st.sampled_from(list(seeds())))
    turned = bytearray(payload)
    turned[at % len(turned)] ^= data.draw(st.integers(1, 255))
    for spoilt in (payload[:at], payload[:at] + other[at:], bytes(turned), payload + payload):
        consumers.take(topic, spoilt)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b'"' + b"x" * (LARGEST_PAYLOAD + 1),
        b"9" * 5000,
        b"{" + b'"id":"x",' * 20_000 + b'"id":"y"}',
    ],
    ids=["deep lists", "deep objects", "huge", "digits", "one name again and again"],
)
def test_monsters(consumers: Consumers, kind: Kind, payload: bytes) -> None:
    before = consumers.invalid
    consumers.take(topic_of(examples()[kind]).encode(), payload)
    assert consumers.invalid == before + 1


@pytest.mark.parametrize("kind", Kind)
def test_another_versions_message_is_parked_whole_with_words_that_say_so(consumers: Consumers, kind: Kind) -> None:
    message = examples()[kind]
    content = json.loads(encode(message)) | {"schema": f"legpress/{kind}/7", "new": 1}
    payload = json.dumps(content).encode()
    with pytest.raises(BusError, match=f"legpress/{kind}/7 is not known to this program. Update it"):
        decode(topic_of(message), payload)
    consumers.take(topic_of(message).encode(), payload)
    consumers.settle()
    with consumers.store.transaction() as connection:
        assert payload.decode() in [one.content for one in parked_rows(connection)]


@pytest.mark.parametrize("instant", [one for one in ODD if isinstance(one, str) and one[4:5] == "-"])
def test_instants_that_no_calendar_or_database_holds_are_refused(consumers: Consumers, instant: str) -> None:
    for topic, good in GOOD:
        for name in [name for name in good if name in ("time", "started", "ended")]:
            consumers.take(topic, json.dumps({**good, name: instant}).encode())
            assert consumers.taken == []


def test_a_flood_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensor_hub.app.keeping.recorder.MOST_WAITING", MOST)
    consumers = Consumers(tmp_path)
    try:
        rep = json.loads(encode(examples()[Kind.REP]))
        for number in range(MOST + 500):
            name = f"m{number}"
            body = {**rep, "id": name, "machine": name} if number % 3 else {"not": number}
            message = received(f"legpress/gym/{name}/rep".encode(), json.dumps(body).encode(), False)
            consumers._recorder._subscriber._on_message(consumers._recorder._subscriber._client, None, message)
            if number < 3 * MAX_MACHINES:
                consumers.take(f"legpress/gym/{name}/rep".encode(), json.dumps(body).encode())
        assert consumers._recorder.waiting <= MOST
        assert consumers._recorder._arrivals.overflowed > 0
        assert len(consumers.feed.machines()) <= MAX_MACHINES
    finally:
        consumers.close()


def test_what_cannot_be_used_is_parked_once_however_often_it_comes(tmp_path: Path) -> None:
    consumers = Consumers(tmp_path)
    try:
        for _ in range(5):
            consumers.take(b"legpress/gym/press-1/status", b"poison\0\xff", True)
            consumers.settle()
            consumers.reconnect()
        with consumers.store.transaction() as connection:
            (parked,) = parked_rows(connection)
        assert parked.content == "poison\\x00\\xff"
        assert "legpress/gym/press-1/status" in parked.reason
        consumers.take(*next(iter(seeds())))
        assert len(consumers.taken) == 1
    finally:
        consumers.close()
