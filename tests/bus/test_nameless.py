"""No name goes over MQTT, nor into points: every field for an athlete takes a drawn number and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.bus import decode, encode, topic_of
from sensor_hub.bus.examples import examples
from sensor_hub.bus.reference import schema_of
from sensor_hub.errors import BusError
from sensor_hub.messages import MODELS, Kind
from sensor_hub.store import Store, add_athlete
from sensor_hub.store.lines import lines_of
from sensor_hub.store.points import MEASUREMENTS
from tests.store.conftest import EVENING
from tests.store.test_erasing import evening_of

NAMES = ["anna", "Anna Example", "07", "krtek", "bcdfghjk ", "k7m2p9xd2", "k7m2p9xe", ""]
TOLD = [kind for kind in Kind if "athlete" in MODELS[kind].model_fields]


def patterns(schema: Any) -> list[str | None]:
    """Of every property called athlete, at any depth."""
    if isinstance(schema, list):
        return [found for one in schema for found in patterns(one)]
    if not isinstance(schema, dict):
        return []
    here = schema.get("properties", {}).get("athlete")
    own = (
        []
        if here is None
        else [one.get("pattern") for one in here.get("anyOf", [here]) if one != {"type": "null"}]
    )
    return own + [found for one in schema.values() for found in patterns(one)]


def test_the_schemas_take_a_drawn_number_and_nothing_else() -> None:
    assert {Kind.SET, Kind.SESSION, Kind.LIFTER, Kind.ASSIGN, Kind.ERASE, Kind.ERASED, Kind.FORGOTTEN} == set(TOLD)
    for kind in TOLD:
        assert set(patterns(schema_of(kind))) == {"^[bcdfghjkmnpqrstvwxz2-9]{8}$"}, kind


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", TOLD)
def test_a_message_with_a_name_is_refused(kind: Kind, name: str) -> None:
    message = examples()[kind]
    payload = json.loads(encode(message)) | {"athlete": name}
    with pytest.raises(BusError, match="athlete"):
        decode(topic_of(message), json.dumps(payload).encode())


def test_a_registered_name_is_in_no_message_and_no_point(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "hub.db")
    with store.transaction() as connection:
        anna = add_athlete(connection, EVENING, "Anna Example").athlete
    store.record(evening_of(anna))
    record = store.session("evening")
    assert record is not None
    messages = [record.session, *record.sets, *record.reps]
    said = [encode(one).decode() for one in messages] + [line for one in messages for line in lines_of(one)]
    assert any(anna in one for one in said)
    assert not any("Anna" in one or "Example" in one for one in said)
    store.close()


def test_people_are_no_tags() -> None:
    assert {tag for one in MEASUREMENTS for tag in one.tags} == {"machine", "site", "set", "hub", "reason"}
