"""Home Assistant learns of a machine by itself, and what it would show is what the messages say."""

import json
import re
import threading
from pathlib import Path
from typing import Any

import jinja2
import paho.mqtt.client as mqtt
import pytest

from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.bus import BrokerAddress, discovery, discovery_topic, encode, parse_topic
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind

SITE, MACHINE = "gym", "press-1"
PAYLOAD: dict[str, Any] = json.loads(discovery(SITE, MACHINE))
ENTITIES: dict[str, dict[str, Any]] = PAYLOAD["components"]
REAL: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "homeassistant.json").read_text())
"""What Home Assistant's own schemas allow and show, as benchmarks/introduction.py has asked them."""


def shown(template: str, kind: Kind) -> str:
    """What Home Assistant makes of a kind's example message."""
    message = json.loads(encode(examples()[kind]))
    return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(template).render(value_json=message)


def test_the_device_has_what_the_format_demands() -> None:
    assert PAYLOAD.keys() <= {*REAL["payload"]}
    assert PAYLOAD["device"].keys() <= {*REAL["device"]}
    assert PAYLOAD["origin"].keys() <= {*REAL["origin"]}
    assert PAYLOAD["device"]["identifiers"] == ["legpress.gym.press-1"]
    assert len({entity["unique_id"] for entity in ENTITIES.values()}) == len(ENTITIES)
    assert discovery_topic(SITE, MACHINE) == "homeassistant/device/legpress-gym/press-1/config"
    assert re.match(REAL["topic"], discovery_topic(SITE, MACHINE).removeprefix("homeassistant/"))


@pytest.mark.parametrize("name", ENTITIES)
def test_every_entity_is_of_a_kind_home_assistant_knows(name: str) -> None:
    entity, platform = ENTITIES[name], ENTITIES[name]["platform"]
    kind, unit, state = (entity.get(key) for key in ("device_class", "unit_of_measurement", "state_class"))
    assert entity.keys() - {"platform"} <= {*REAL["entity"][platform]}
    if platform == "binary_sensor":
        assert kind in REAL["binary_sensor"]
    elif kind is not None:
        assert kind == "enum" or unit in REAL["units"][kind]
        assert state is None or state in REAL["state_classes"][kind]
    assert ("options" in entity) == (kind == "enum")
    assert parse_topic(entity["state_topic"])[:2] == (SITE, MACHINE)


def test_home_assistant_itself_was_asked_about_every_entity() -> None:
    """Where this fails, run benchmarks/introduction.py --record with a Python that has Home Assistant."""
    shown_of = {name: parse_topic(entity["state_topic"]).kind for name, entity in ENTITIES.items()}
    assert REAL["shown"] == {
        name: shown(ENTITIES[name]["value_template"], kind) for name, kind in shown_of.items()
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reps", "3"),
        ("tempo", "3.5-0.7-1.2-?"),
        ("range", "42.8"),
        ("phase", "concentric"),
        ("in_use", "OFF"),
        ("link", "streaming"),
        ("battery", "82"),
        ("signal", "-61"),
    ],
)
def test_every_template_reads_its_message(name: str, expected: str) -> None:
    entity = ENTITIES[name]
    assert shown(entity["value_template"], parse_topic(entity["state_topic"]).kind) == expected


def test_what_is_not_known_is_none_to_home_assistant() -> None:
    template = ENTITIES["range"]["value_template"]
    rendered = jinja2.Environment().from_string(template).render(value_json={"rom_m": None})
    assert rendered == "None"


def test_availability_follows_the_machines_status() -> None:
    (availability,) = PAYLOAD["availability"]
    assert parse_topic(availability["topic"]).kind is Kind.STATUS
    assert shown(availability["value_template"], Kind.STATUS) == "online"


class Listener:
    """Hears one topic at a broker."""

    def __init__(self, address: BrokerAddress, topic: str) -> None:
        self.heard: list[bytes] = []
        self.changed = threading.Event()
        self.listening = threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(address.user, address.password)
        self._client.on_connect = lambda client, *rest: client.subscribe(topic, qos=1)
        self._client.on_subscribe = lambda *rest: self.listening.set()
        self._client.on_message = self._on_message
        self._client.connect(address.host, address.port)
        self._client.loop_start()
        assert self.listening.wait(30.0)

    def _on_message(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        self.heard.append(message.payload)
        self.changed.set()

    def wait(self) -> bytes:
        assert self.changed.wait(30.0)
        self.changed.clear()
        return self.heard[-1]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.mark.parametrize("for_good", [False, True])
async def test_a_machine_is_introduced_for_as_long_as_it_exists(
    embedded: BrokerAddress, tmp_path: Path, for_good: bool
) -> None:
    early = Listener(embedded, discovery_topic(SITE, MACHINE))
    outlet = BrokerOutlet(embedded, tmp_path / "outlet", "hub", SITE, MACHINE, "homeassistant")
    assert early.wait() == discovery(SITE, MACHINE)
    await outlet.close(for_good=for_good)
    late = Listener(embedded, discovery_topic(SITE, MACHINE))
    if for_good:
        assert early.wait() == b""
        assert late.heard == []
    else:
        assert late.wait() == discovery(SITE, MACHINE)
    early.close()
    late.close()
