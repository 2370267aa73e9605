"""Writes what others need to speak with the hub: a JSON Schema per kind, docs/mqtt.md, config/mosquitto.acl.

`python -m sensor_hub.bus.reference` in a checkout brings them up to date; a test says when they are not.
"""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sensor_hub.bus.examples import examples
from sensor_hub.bus.rights import mosquitto_acl
from sensor_hub.bus.topics import RETAINED, encode, topic_of
from sensor_hub.messages import MODELS, Kind

_CHECKOUT = Path(__file__).parents[2]
MADE = "<!-- From here on: made by `make docs`. -->\n"
"""What is above it in docs/mqtt.md is written by people."""


def schema_of(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind's payload."""
    schema = MODELS[kind].model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": schema_file(kind)} | schema


def schema_file(kind: Kind) -> str:
    """Named after the number in `schema`. One that a release had stays beside its successor."""
    number = str(MODELS[kind].model_fields["schema_"].default).rpartition("/")[2]
    return f"{kind}-{number}.json"


def contract(text: str) -> Any:
    """What a schema's text demands, without the words that explain it."""
    return _without_words(json.loads(text))


def schema_texts() -> Mapping[str, str]:
    """The content of each file in sensor_hub/schemas, by name."""
    return {schema_file(kind): json.dumps(schema_of(kind), indent=2, sort_keys=True) + "\n" for kind in Kind}


def page(written: str) -> str:
    """The content of docs/mqtt.md; written: what it is now."""
    made = examples()
    rows = [
        f"| `{topic_of(made[kind])}` | {0 if kind is Kind.LIVE else 1} | {'yes' if kind in RETAINED else ''} "
        f"| {_meaning(kind)} | [{schema_file(kind)}](../sensor_hub/schemas/{schema_file(kind)}) |"
        for kind in Kind
    ]
    table = "\n".join(["| topic, for example | QoS | retained | what | schema |", "|---|---|---|---|---|", *rows])
    shown = [f"### {kind}\n\n```json\n{_pretty(encode(made[kind]))}\n```" for kind in Kind]
    above, marker, _ = written.partition(MADE)
    return "\n".join([above + marker, "## Topics\n", table, "\n## Examples\n", "\n\n".join(shown), ""])


def write(checkout: Path = _CHECKOUT) -> None:
    """Bring the files of a checkout up to date."""
    for name, text in schema_texts().items():
        path = checkout / "sensor_hub" / "schemas" / name
        if path.exists() and contract(path.read_text()) != contract(text):
            kind, _, number = path.stem.rpartition("-")
            raise SystemExit(
                f"{name} demands something else than before. Others rely on it: make the message legpress/{kind}/"
                f"{int(number) + 1} in sensor_hub/messages/, and tell it in CHANGELOG.md."
            )
        path.write_text(text)
    (checkout / "config" / "mosquitto.acl").write_text(mosquitto_acl())
    path = checkout / "docs" / "mqtt.md"
    path.write_text(page(path.read_text()))


def _without_words(part: Any) -> Any:
    """Titles and descriptions are keywords only where they are text: a property may have such a name."""
    if isinstance(part, dict):
        words = [name for name in ("title", "description") if isinstance(part.get(name), str)]
        return {name: _without_words(value) for name, value in part.items() if name not in words}
    return [_without_words(one) for one in part] if isinstance(part, list) else part


def _meaning(kind: Kind) -> str:
    return inspect.cleandoc(MODELS[kind].__doc__ or "").replace("\n", " ")


def _pretty(payload: bytes) -> str:
    content = json.loads(payload)
    lines = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    write()
