"""What was corrected leaves the store as it counts, beside what was measured, and comes back so."""

import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.app.athletes.people import People
from sensor_hub.app.export import Format, write_export
from sensor_hub.app.importing import import_sessions
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.coach.corrections import Kind, Lifter, Remark
from sensor_hub.config import HubSettings, Settings
from sensor_hub.store import Store
from tests.store.conftest import EVENING
from tests.store.conftest import Lifter as Evening


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "hub.db")
    yield opened
    opened.close()


def corrected(store: Store, folder: Path) -> tuple[People, str, str]:
    """Of two sets of four reps the first is Anna's up to her second rep, then Ben's, who did one rep that was none."""
    people = People(store, Settings(hub=HubSettings(data_dir=folder)))
    anna, ben = people.add("Anna", "kg", None).athlete, people.add("Ben", "kg", None).athlete
    store.record(Evening().whole_session(sets=2, reps=4))
    desk = Correcting(store, lambda: EVENING + timedelta(days=1))

    def say(kind: Kind, set_number: int, rep_number: int | None = None, **more: Any) -> None:
        desk.say("evening", Remark(kind, set_number, rep_number, why="Ben's foot", **more), "coach")

    say(Kind.LIFTER, 1, lifter=Lifter(anna))
    say(Kind.SPLIT, 1, 2)
    say(Kind.LIFTER, 1, 3, lifter=Lifter(ben))
    say(Kind.DISCARD_REP, 1, 4)
    say(Kind.FLAGS, 1, 2, flags={"bounced": False})
    return people, anna, ben


def export(store: Store, form: Format, to: Path) -> str:
    write_export(store, ["evening"], form, to, EVENING)
    return to.read_text(encoding="utf-8")


def test_a_table_has_what_counts_and_says_where_it_was_measured(store: Store, tmp_path: Path) -> None:
    _, anna, ben = corrected(store, tmp_path)
    rows = list(csv.DictReader(export(store, Format.CSV, tmp_path / "reps.csv").splitlines()))
    names = ("set_number", "number", "measured_set_number", "measured_number", "corrected", "athlete")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("1", "1", "1", "1", "", anna),
        ("1", "2", "1", "2", "bounced", anna),
        ("2", "1", "1", "3", "", ben),
        *(("3", str(number), "2", str(number), "", "") for number in (1, 2, 3, 4)),
    ]
    assert rows[1]["bounced"] == "0"


def test_another_store_gets_both_and_no_names(store: Store, tmp_path: Path) -> None:
    _, _, ben = corrected(store, tmp_path)
    text = export(store, Format.JSON, tmp_path / "all.json")
    assert not {"foot", "coach"} & set(text.replace('"', " ").replace("'", " ").split())
    other = Store.open(tmp_path / "other.db")
    import_sessions(other, tmp_path / "all.json", EVENING)
    for as_measured in (True, False):
        one, same = (each.session("evening", as_measured=as_measured) for each in (store, other))
        assert one is not None
        assert same is not None
        assert (one.session, one.sets, one.reps) == (same.session, same.sets, same.reps)
    assert [one.session for one in other.sessions(athlete=ben)] == ["evening"]
    other.close()


def test_an_athlete_takes_the_own_part_of_a_shared_set_and_what_was_discarded(
    store: Store, tmp_path: Path
) -> None:
    people, _, ben = corrected(store, tmp_path)
    people.export(ben, tmp_path / "ben.zip")
    with zipfile.ZipFile(tmp_path / "ben.zip") as archive:
        entry, sessions = (json.loads(archive.read(name)) for name in ("athlete.json", "sessions.json"))
    (one,) = sessions["sessions"]
    assert [(rep["set_number"], rep["number"]) for rep in one["reps"]] == [(2, 1)]
    assert [(rep["set_number"], rep["number"]) for rep in one["measured"]["reps"]] == [(2, 1), (2, 2)]
    assert {piece["set_number"] for piece in one["motion"]} == {1}, "as measured"
    assert len(one["motion"]) == 2
    assert {word["kind"] for word in entry["corrections"]} == {"split", "lifter", "discard_rep"}
