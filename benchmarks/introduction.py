"""Asks Home Assistant's own schemas what they think of the payload that introduces a machine.

    python3.13 -m venv /somewhere && /somewhere/bin/pip install homeassistant       (3 minutes, 600 MB)
    python -m benchmarks.introduction /somewhere/bin/python [--record]

Home Assistant needs a Python of its own, newer than ours, so it is no part of the tests. --record keeps what its
schemas allow, and what it shows of the examples, in tests/vectors/homeassistant.json; the tests hold every payload
against that.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "homeassistant.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", type=Path, nargs="?", help="interpreter that has the package homeassistant")
    parser.add_argument("--record", action="store_true", help="keep what the schemas allow")
    arguments = parser.parse_args()
    if arguments.python is None:
        print(json.dumps(asyncio.run(judge(json.load(sys.stdin)))))
        return 0
    from sensor_hub.bus import discovery, discovery_topic, encode, topic_of
    from sensor_hub.bus.examples import examples

    asked = {
        "topic": discovery_topic("gym", "press-1"),
        "payload": json.loads(discovery("gym", "press-1")),
        "messages": {topic_of(one): encode(one).decode() for one in examples().values()},
    }
    answer = subprocess.run(
        [arguments.python, __file__], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        print(answer.stderr[-3000:], file=sys.stderr)
        return 1
    found = json.loads(answer.stdout)
    print(
        f"Home Assistant {found['version']} takes the device and its {len(found['shown'])} entities. "
        "It shows of the examples:"
    )
    for name, state in found["shown"].items():
        print(f"  {name:10} {state}")
    if arguments.record:
        VECTORS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    return 0


async def judge(asked: dict[str, Any]) -> dict[str, Any]:
    """In Home Assistant's Python: what its schemas allow, and what it shows of messages. Raises where one refuses."""
    from homeassistant.components.binary_sensor import BinarySensorDeviceClass
    from homeassistant.components.mqtt import binary_sensor, discovery, schemas, sensor
    from homeassistant.components.sensor import DEVICE_CLASS_STATE_CLASSES, DEVICE_CLASS_UNITS
    from homeassistant.const import __version__
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import frame, template

    home = HomeAssistant("/nonexistent")
    frame.async_setup(home)

    platforms = {"sensor": sensor, "binary_sensor": binary_sensor}
    strict = {name: module.PLATFORM_SCHEMA_MODERN for name, module in platforms.items()}
    payload = asked["payload"]
    _, _, below = asked["topic"].partition("/")
    assert discovery.TOPIC_MATCHER.match(below), below
    schemas.DEVICE_DISCOVERY_SCHEMA(payload)
    for entity in payload["components"].values():
        own = {name: value for name, value in entity.items() if name != "platform"}
        strict[entity["platform"]]({**own, "availability": payload["availability"], "qos": payload["qos"]})
        template.Template(entity["value_template"], home).ensure_valid()
    shown = {
        name: template.Template(entity["value_template"], home).async_render_with_possible_json_value(
            asked["messages"][entity["state_topic"]], parse_result=False
        )
        for name, entity in payload["components"].items()
    }
    return {
        "version": __version__,
        "shown": shown,
        "topic": discovery.TOPIC_MATCHER.pattern,
        "payload": keys(schemas.DEVICE_DISCOVERY_SCHEMA),
        "device": keys(schemas.MQTT_ENTITY_DEVICE_INFO_SCHEMA),
        "origin": keys(schemas.MQTT_ORIGIN_INFO_SCHEMA),
        "entity": {name: keys(schema) for name, schema in strict.items()},
        "units": {str(name): sorted(map(str, units)) for name, units in DEVICE_CLASS_UNITS.items()},
        "state_classes": {str(name): sorted(map(str, some)) for name, some in DEVICE_CLASS_STATE_CLASSES.items()},
        "binary_sensor": sorted(map(str, BinarySensorDeviceClass)),
    }


def keys(schema: Any) -> list[str]:
    """Of a voluptuous schema, or of the first within an `All` that has any."""
    if isinstance(getattr(schema, "schema", None), dict):
        return sorted(map(str, schema.schema))
    return next(found for one in schema.validators if (found := keys(one) if has_keys(one) else []))


def has_keys(schema: Any) -> bool:
    return hasattr(schema, "validators") or isinstance(getattr(schema, "schema", None), dict)


if __name__ == "__main__":
    sys.exit(main())
