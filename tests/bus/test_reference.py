"""What others build on: schemas and docs/mqtt.md are current, and every message keeps to its schema."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sensor_hub.bus import decode, encode, parse_topic, topic_of
from sensor_hub.bus.examples import examples
from sensor_hub.bus.reference import MADE, page, schema_file, schema_texts, write
from sensor_hub.messages import MODELS, Kind
from sensor_hub.store import decode_samples

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "mqtt.md").read_text()
FIX = "run: python -m sensor_hub.bus.reference"


def packaged(kind: Kind) -> dict[str, Any]:
    text = resources.files("sensor_hub").joinpath("schemas", schema_file(kind)).read_text()
    return dict(json.loads(text))


def test_the_schemas_are_current() -> None:
    found = {path.name: path.read_text() for path in (CHECKOUT / "sensor_hub" / "schemas").glob("*.json")}
    assert found == dict(schema_texts()), FIX


def test_the_page_is_current() -> None:
    assert page(PAGE) == PAGE, FIX


def test_writing_makes_what_is_tested(tmp_path: Path) -> None:
    (tmp_path / "sensor_hub" / "schemas").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "config").mkdir()
    (tmp_path / "docs" / "mqtt.md").write_text(PAGE.partition(MADE)[0] + MADE + "what was made before")
    write(tmp_path)
    assert (tmp_path / "docs" / "mqtt.md").read_text() == PAGE
    assert len(list((tmp_path / "sensor_hub" / "schemas").iterdir())) == len(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_message_keeps_to_its_schema_and_comes_back(kind: Kind) -> None:
    message = examples()[kind]
    validator = Draft202012Validator(packaged(kind), format_checker=Draft202012Validator.FORMAT_CHECKER)
    Draft202012Validator.check_schema(packaged(kind))
    validator.validate(json.loads(encode(message)))
    assert parse_topic(topic_of(message)).kind is kind
    assert decode(topic_of(message), encode(message)) == message


@pytest.mark.parametrize("kind", list(Kind))
def test_the_schema_refuses_what_the_model_refuses(kind: Kind) -> None:
    validator = Draft202012Validator(packaged(kind))
    good = json.loads(encode(examples()[kind]))
    for wrong in [{"schema": "legpress/other/1"}, {"seq": -1}, {"machine": "Press 1!"}, {"surprise": 1}]:
        assert not validator.is_valid(good | wrong), wrong
        with pytest.raises(ValueError, match="validation error"):
            MODELS[kind].model_validate(good | wrong)
    assert not validator.is_valid({name: value for name, value in good.items() if name != "id"})


def test_the_page_shows_every_kind() -> None:
    for kind in Kind:
        assert f"`legpress/gym/press-1/{kind}`" in PAGE
        assert f"### {kind}" in PAGE


def test_the_raw_example_can_be_decoded() -> None:
    raw = examples()[Kind.RAW]
    samples = decode_samples(raw.data)
    assert (len(samples), samples.time_s[0], samples.time_s[-1]) == (raw.count, raw.start_s, raw.end_s)
