"""What a broker keeps of a machine that is no more, and of one that another hub has taken over."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.floor.voice import Voice, durable_name, left_behind
from sensor_hub.bus import BrokerAddress, discovery_topic, former_topics
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind
from tests.conftest import wait_for

STATUS, SENSOR = "legpress/gym/press-1/status", "legpress/gym/press-1/sensor"
DEVICE = discovery_topic("gym", "press-1")
(FORMER,) = former_topics("gym", "press-1")
PREFIX = "homeassistant"


class Kept:
    """What the broker hands to a newcomer."""

    def __init__(self, address: BrokerAddress) -> None:
        self.payloads: dict[str, bytes] = {}
        self.history: list[bytes] = []
        """Of the status."""
        self._granted = threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.client.username_pw_set(address.user, address.password)
        self.client.on_connect = lambda client, *_: client.subscribe([("legpress/#", 1), (f"{PREFIX}/#", 1)])
        self.client.on_subscribe = lambda *_: self._granted.set()
        self.client.on_message = lambda client, userdata, message: self._take(message)
        self.client.connect(address.host, address.port)
        self.client.loop_start()
        assert self._granted.wait(10)

    def _take(self, message: mqtt.MQTTMessage) -> None:
        self.payloads[message.topic] = bytes(message.payload)
        self.history += [bytes(message.payload)] if message.topic == STATUS else []
        if not message.payload:
            del self.payloads[message.topic]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def kept(embedded: BrokerAddress) -> Iterator[Kept]:
    with ExitStack() as stack:
        found = Kept(embedded)
        stack.callback(found.close)
        yield found


def outlet(address: BrokerAddress, folder: Path, hub: str = "hub-1") -> BrokerOutlet:
    return BrokerOutlet(address, folder, hub, "gym", "press-1", PREFIX)


async def test_nothing_is_kept_of_a_machine_that_is_no_more(
    embedded: BrokerAddress, kept: Kept, tmp_path: Path
) -> None:
    kept.client.publish(FORMER, b"{}", qos=1, retain=True)
    wait_for(lambda: FORMER in kept.payloads, 10)
    one = outlet(embedded, tmp_path)
    one.append(examples()[Kind.SENSOR])
    wait_for(lambda: {STATUS, SENSOR, DEVICE} <= kept.payloads.keys() and FORMER not in kept.payloads, 10)
    await one.close(for_good=True)
    wait_for(lambda: kept.payloads == {}, 10, lambda: str(kept.payloads))
    assert list(left_behind(tmp_path, [])) == []


async def test_a_hub_that_stops_takes_nothing_back(embedded: BrokerAddress, kept: Kept, tmp_path: Path) -> None:
    one = outlet(embedded, tmp_path)
    wait_for(lambda: STATUS in kept.payloads and DEVICE in kept.payloads, 10)
    await one.close()
    wait_for(lambda: b'"online":false' in kept.payloads.get(STATUS, b""), 10)
    assert DEVICE in kept.payloads
    assert list(left_behind(tmp_path, [])) == [("gym", "press-1")]
    assert list(left_behind(tmp_path, [("gym", "press-1")])) == []


async def test_what_was_forgotten_while_no_hub_ran_is_taken_back_at_the_next_start(
    embedded: BrokerAddress, kept: Kept, tmp_path: Path
) -> None:
    one = outlet(embedded, tmp_path)
    wait_for(lambda: {STATUS, DEVICE} <= kept.payloads.keys(), 10)
    await one.close()
    heard = kept.payloads
    Voice(embedded, tmp_path, "hub-1", "gym", "press-1", PREFIX).fall_silent()
    wait_for(lambda: heard == {}, 10)
    assert list(left_behind(tmp_path, [])) == []
    again = outlet(embedded, tmp_path)
    wait_for(lambda: DEVICE in heard, 10)
    assert list(left_behind(tmp_path, [])) == [("gym", "press-1")]
    await again.close()


async def test_another_hubs_machine_is_left_alone(embedded: BrokerAddress, kept: Kept, tmp_path: Path) -> None:
    first = outlet(embedded, tmp_path / "first")
    wait_for(lambda: b'"hub":"hub-1"' in kept.payloads.get(STATUS, b""), 10)
    second = outlet(embedded, tmp_path / "second", "hub-2")
    wait_for(lambda: b'"hub":"hub-2"' in kept.payloads.get(STATUS, b""), 10)
    await first.close(for_good=True)
    newcomer = Kept(embedded)
    wait_for(
        lambda: STATUS in newcomer.payloads and DEVICE in newcomer.payloads,
        10,
        lambda: str(newcomer.payloads)[:400],
    )
    newcomer.close()
    assert b'"hub":"hub-2"' in newcomer.payloads[STATUS]
    assert b'"online":true' in newcomer.payloads[STATUS]
    await second.close()


async def test_a_hub_that_is_there_insists_on_it(embedded: BrokerAddress, kept: Kept, tmp_path: Path) -> None:
    one = outlet(embedded, tmp_path)
    wait_for(lambda: {STATUS, DEVICE} <= kept.payloads.keys(), 10)
    gone = kept.payloads[STATUS].replace(b'"online":true', b'"online":false').replace(b"hub-1", b"hub-2")
    for denial in (b"", gone):
        before = len(kept.history)
        kept.client.publish(STATUS, denial, qos=1, retain=True)
        wait_for(lambda before=before, denial=denial: denial in kept.history[before:-1], 5)
        wait_for(lambda: b'"online":true' in kept.history[-1], 5)
    await one.close()


async def test_last_words_are_sent_before_the_machine_is_taken_back(
    embedded: BrokerAddress, kept: Kept, tmp_path: Path
) -> None:
    reps: list[bytes] = []
    kept.client.message_callback_add(
        "legpress/gym/press-1/rep", lambda c, u, message: reps.append(message.payload)
    )
    voice = Voice(embedded, tmp_path, "hub-1", "gym", "press-1", PREFIX)
    box = voice.open()
    box.append(examples()[Kind.REP])
    box.close()
    voice.fall_silent(patience_s=1.0)
    wait_for(lambda: len(reps) == 1, 10)
    assert list(left_behind(tmp_path, [])) == [("gym", "press-1")], "no recorder has confirmed it"


def test_no_two_machines_share_an_id(embedded: BrokerAddress, tmp_path: Path) -> None:
    places = [("a-b", "c"), ("a", "b-c"), ("a_b", "c"), ("a", "b_c")]
    voices = [Voice(embedded, tmp_path, "hub", *place, PREFIX) for place in places]
    for ids in (
        {voice.client_id for voice in voices},
        {discovery_topic(*place) for place in places},
        {dict(voice.introductions())[discovery_topic(voice.site, voice.machine)] for voice in voices},
    ):
        assert len(ids) == len(places)


def test_a_renamed_hub_keeps_its_sessions_at_the_broker(tmp_path: Path) -> None:
    name = durable_name(tmp_path, "recorder")
    assert durable_name(tmp_path, "recorder", "hub-2-recorder") == name
    (tmp_path / "other").mkdir()
    assert durable_name(tmp_path / "other", "recorder") != name
    (tmp_path / "old").mkdir()
    assert durable_name(tmp_path / "old", "recorder", "hub-recorder") == "hub-recorder"
