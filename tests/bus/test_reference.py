"""What others build on: schemas and docs/mqtt.md are current, and every message keeps to its schema."""

import json
from hashlib import blake2s
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sensor_hub.bus import decode, encode, parse_topic, topic_of
from sensor_hub.bus.examples import examples
from sensor_hub.bus.reference import MADE, contract, page, schema_file, schema_texts, write
from sensor_hub.messages import MODELS, Kind
from sensor_hub.store import decode_samples

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "mqtt.md").read_text()
SEALED = {
    "live-1.json": "12aa28f2d05c",
    "phase-1.json": "e15ec23def01",
    "rep-1.json": "17d71be0a4ef",
    "set-1.json": "cdc286a99516",
    "session-1.json": "f9697f990736",
    "motion-1.json": "ce01a688167c",
    "raw-1.json": "1683c569be9d",
    "sensor-1.json": "fb2b6eb126a4",
    "status-1.json": "40120e5764fa",
    "stored-1.json": "9951ef3e4fcf",
    "lifter-1.json": "8c007836e824",
    "assign-1.json": "42672332417c",
    "erase-1.json": "a15733d86d9f",
    "erased-1.json": "c592ed1a613f",
    "forget-1.json": "b6887b7a844e",
    "forgotten-1.json": "6bf524793b7f",
    "live-2.json": "40de0d5848b4",
    "rep-2.json": "f3bfb2043cf7",
    "rejected-1.json": "f2d3e792e054",
    "hub-1.json": "aed3a237181a",
}
FIX = "run: python -m sensor_hub.bus.reference"


def packaged(kind: Kind) -> dict[str, Any]:
    text = resources.files("sensor_hub").joinpath("schemas", schema_file(kind)).read_text()
    return dict(json.loads(text))


def test_the_schemas_are_current() -> None:
    found = {path.name: path.read_text() for path in (CHECKOUT / "sensor_hub" / "schemas").glob("*.json")}
    assert {name: found.get(name) for name in schema_texts()} == dict(schema_texts()), FIX


def test_the_page_is_current() -> None:
    assert page(PAGE) == PAGE, FIX


def test_a_message_does_not_change_without_its_number() -> None:
    """A line here is never changed, only added, when a message gets another number in sensor_hub/messages/."""
    texts = schema_texts()
    assert {name: digest(text) for name, text in texts.items()} == {name: SEALED.get(name) for name in texts}
    for name, seal in SEALED.items():
        assert digest((CHECKOUT / "sensor_hub" / "schemas" / name).read_text()) == seal


def digest(text: str) -> str:
    return blake2s(json.dumps(contract(text), sort_keys=True).encode(), digest_size=6).hexdigest()


def test_a_changed_message_is_not_written_under_its_old_number(tmp_path: Path) -> None:
    schemas = tmp_path / "sensor_hub" / "schemas"
    schemas.mkdir(parents=True)
    changed = json.loads(schema_texts()["rep-2.json"])
    del changed["properties"]["rom_m"]
    (schemas / "rep-2.json").write_text(json.dumps(changed))
    with pytest.raises(SystemExit, match="make the message legpress/rep/3"):
        write(tmp_path)


def test_words_are_no_part_of_the_contract() -> None:
    schema = json.loads(schema_texts()["rep-2.json"])
    schema["description"] = schema["properties"]["rom_m"]["title"] = "other words"
    assert digest(json.dumps(schema)) == SEALED["rep-2.json"]


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
        assert f"`{topic_of(examples()[kind])}`" in PAGE
        assert f"### {kind}" in PAGE


def test_the_raw_example_can_be_decoded() -> None:
    raw = examples()[Kind.RAW]
    samples = decode_samples(raw.data)
    assert (len(samples), samples.time_s[0], samples.time_s[-1]) == (raw.count, raw.start_s, raw.end_s)
