import json
from collections.abc import Callable

import pytest

from sensor_hub.bus import decode, encode, filters_of, parse_topic, topic_of
from sensor_hub.bus.examples import examples
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, PhaseMessage

Make = Callable[..., PhaseMessage]


def test_a_message_comes_back_from_its_topic_and_payload(phase: Make) -> None:
    message = phase(3)
    assert topic_of(message) == "legpress/gym/press-1/phase"
    assert decode(topic_of(message), encode(message)) == message
    assert json.loads(encode(message))["schema"] == "legpress/phase/1"


def test_a_topic_names_site_machine_and_kind() -> None:
    assert parse_topic("legpress/gym/press-1/rep") == ("gym", "press-1", Kind.REP)


@pytest.mark.parametrize(
    "topic", ["", "legpress/gym/rep", "legpress/a/b/c", "other/gym/press-1/rep", "legpress/a/b/rep/x"]
)
def test_foreign_topics_are_refused(topic: str) -> None:
    with pytest.raises(BusError, match="not a topic"):
        parse_topic(topic)


def test_filters_stand_for_every_machine() -> None:
    assert filters_of([Kind.REP, Kind.SET], site="gym") == ["legpress/gym/+/rep", "legpress/gym/+/set"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"machine": "press-2"}, "speaks of gym/press-2"),
        ({"phase": "sideways"}, "phase: Input should be"),
        ({"start_s": "NaN"}, "start_s"),
        ({"extra": 1}, "extra"),
        ({"schema": "legpress/phase/2"}, "legpress/phase/2 is not known"),
        ({"schema": "legpress/rep/1"}, "schema"),
    ],
)
def test_a_payload_must_be_what_its_topic_promises(phase: Make, change: dict[str, object], said: str) -> None:
    payload = json.loads(encode(phase(1))) | change
    with pytest.raises(BusError, match=said):
        decode("legpress/gym/press-1/phase", json.dumps(payload).encode())


@pytest.mark.parametrize("kind", [Kind.REP, Kind.LIVE])
def test_a_message_of_the_number_before_is_read_and_what_it_lacks_is_null(kind: Kind) -> None:
    message = examples()[kind]
    earlier = json.loads(encode(message)) | {"schema": f"legpress/{kind}/1"}
    del earlier["bounce_cause"]
    assert decode(topic_of(message), json.dumps(earlier).encode()) == message
    earlier["schema"] = f"legpress/{kind}/9"
    with pytest.raises(BusError, match=f"legpress/{kind}/9 is not known"):
        decode(topic_of(message), json.dumps(earlier).encode())


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"[]", b"null", b'{"id":', b"[" * 100_000])
def test_garbage_is_refused(payload: bytes) -> None:
    with pytest.raises(BusError):
        decode("legpress/gym/press-1/phase", payload)


@pytest.mark.parametrize("name", ["time", "started"])
def test_an_instant_without_its_time_zone_is_no_message(name: str) -> None:
    """No store could order it; one that got that far would be tried again for ever."""
    session = examples()[Kind.SESSION]
    payload = json.loads(encode(session)) | {name: "2026-03-02T17:30:00"}
    with pytest.raises(BusError, match=f"{name}: Input should have timezone info"):
        decode(topic_of(session), json.dumps(payload).encode())
