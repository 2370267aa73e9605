"""Writes what others need to speak with the hub: a JSON Schema per kind, and docs/mqtt.md.

`python -m sensor_hub.bus.reference` in a checkout brings both up to date; a test says when they are not.
"""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sensor_hub.bus.examples import examples
from sensor_hub.bus.topics import RETAINED, encode, topic_of
from sensor_hub.messages import MODELS, Kind

_CHECKOUT = Path(__file__).parents[2]
_INTRODUCTION = """\
# MQTT

Made by `python -m sensor_hub.bus.reference` from `sensor_hub/messages.py`; edit that.

Everything the hub knows goes to `legpress/<site>/<machine>/<kind>`, as JSON in UTF-8. It speaks MQTT 3.1.1 and
takes any broker: `mqtt://`, `mqtts://`, `ws://` or `wss://` in `[mqtt] url` of the settings. Without one it runs a
broker of its own (NATS, on a loopback port), whose login is in the data folder under `broker/`.

- Every payload has `schema`, `id`, `seq`, `time`, `site` and `machine`.
- `id` is made from what the message is about. A resend has the same id, so keep what you store by id and QoS 1
  counts nothing twice.
- `seq` counts the durable messages of one machine.
- `time` is UTC. Names ending in `_s` without a date are seconds on the sensor's clock.
- What cannot be known is `null`, never a guess.
- `sensor` and `status` are retained: whoever subscribes gets the latest at once. `status` is also the last will,
  so `"online": false` means that nobody watches the machine.
- A consumer that must not miss anything connects with a client id of its own and a persistent session
  (`clean_session=False`), and acknowledges when it has stored.
- The recorder answers on `stored` what is committed; until then the hub keeps reps, sets and sessions, and sends them
  again to a recorder that comes back. Who may write there can make a hub forget: leave that right to the recorder.
- Home Assistant, at the same broker, shows every machine by itself: reps, tempo, range, velocity, phase, in use, and
  its sensor's state, battery and signal. The hub introduces each machine, retained, on
  `homeassistant/device/legpress_<site>_<machine>/config`, and takes that back when the machine is no more;
  `[mqtt] discovery` names another first level, or none.
- The number in `schema` grows with every change of a kind's fields; take only numbers that you know.
"""


def schema_of(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind's payload."""
    schema = MODELS[kind].model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": schema_file(kind)} | schema


def schema_file(kind: Kind) -> str:
    return f"{kind}-1.json"


def schema_texts() -> Mapping[str, str]:
    """The content of each file in sensor_hub/schemas, by name."""
    return {schema_file(kind): json.dumps(schema_of(kind), indent=2, sort_keys=True) + "\n" for kind in Kind}


def page() -> str:
    """The content of docs/mqtt.md."""
    made = examples()
    rows = [
        f"| `{topic_of(made[kind])}` | {0 if kind is Kind.LIVE else 1} | {'yes' if kind in RETAINED else ''} "
        f"| {_meaning(kind)} | [{schema_file(kind)}](../sensor_hub/schemas/{schema_file(kind)}) |"
        for kind in Kind
    ]
    table = "\n".join(["| topic, for example | QoS | retained | what | schema |", "|---|---|---|---|---|", *rows])
    shown = [f"### {kind}\n\n```json\n{_pretty(encode(made[kind]))}\n```" for kind in Kind]
    return "\n".join([_INTRODUCTION, "## Topics\n", table, "\n## Examples\n", "\n\n".join(shown), ""])


def write(checkout: Path = _CHECKOUT) -> None:
    """Bring the files of a checkout up to date."""
    for name, text in schema_texts().items():
        (checkout / "sensor_hub" / "schemas" / name).write_text(text)
    (checkout / "docs" / "mqtt.md").write_text(page())


def _meaning(kind: Kind) -> str:
    return inspect.cleandoc(MODELS[kind].__doc__ or "").replace("\n", " ")


def _pretty(payload: bytes) -> str:
    content = json.loads(payload)
    lines = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    write()
