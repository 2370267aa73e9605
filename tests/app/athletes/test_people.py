"""An athlete from first to last: registered, exported, erased, and gone from every file of the data folder."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_hub.access import AccessFile, Role, Shared
from sensor_hub.app.keeping.graves import GRAVES, bury_again
from sensor_hub.cli import main
from sensor_hub.messages import Message
from sensor_hub.store import Lifter, Store, add_note, correct
from tests.store.test_erasing import BEN, evening_of

NAME = "Annabella Musterfrau"
PASSWORD = "four words in a row"
NOW = datetime(2026, 3, 9, tzinfo=UTC)


def said(folder: Path, *arguments: object, stdin: str | None = None) -> Result:
    (folder / "hub.toml").touch()
    command = [*map(str, arguments), "--config", str(folder / "hub.toml"), "--data", str(folder)]
    return CliRunner().invoke(main, command, input=stdin)


def added(folder: Path, name: str = NAME) -> str:
    result = said(folder, "athlete", "add", name)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def recorded(folder: Path, messages: list[Message]) -> None:
    store = Store.open(folder / "hub.db")
    store.record(messages)
    store.close()


def sessions_in(path: Path) -> set[str]:
    store = Store.open(path)
    found = {one.session for one in store.sessions()}
    store.close()
    return found


def holding(folder: Path, *words: str) -> set[str]:
    """Files of a folder that have one of the words anywhere in their bytes; their own tombstones apart."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != GRAVES]
    return {path.name for path in files if any(word.encode() in path.read_bytes() for word in words)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture
def anna(folder: Path) -> str:
    """Her own session, and one that she shares with Ben."""
    number = added(folder)
    recorded(folder, [*evening_of(number, number, name="annas"), *evening_of(number, BEN, name="shared", days=1)])
    return number


def test_athletes_are_named_or_numbered(folder: Path) -> None:
    number = added(folder)
    assert re.fullmatch("[bcdfghjkmnpqrstvwxz2-9]{8}", number)
    bare = said(folder, "athlete", "add", "--unit", "lb").output.strip()
    assert [line.split()[0] for line in said(folder, "athlete", "list").output.splitlines()] == [number, bare]
    assert said(folder, "athlete", "rename", number, "Anna").exit_code == 0
    listed = json.loads(said(folder, "athlete", "list", "--json").output)
    assert [(one["athlete"], one["name"], one["unit"]) for one in listed] == [
        (number, "Anna", "kg"),
        (bare, None, "lb"),
    ]
    assert said(folder, "athlete", "rename", number).output == f"{number} has no name any more.\n"
    unknown = said(folder, "athlete", "rename", "zzzzzzzz", "Nobody")
    assert (unknown.exit_code, "There is no athlete 'zzzzzzzz'" in unknown.output) == (7, True)
    assert said(folder, "athlete", "add", "\x07").exit_code == 7


def test_nothing_of_an_erased_athlete_is_left_in_the_bytes_of_any_file(folder: Path, anna: str) -> None:
    said(folder, "user", "add", "annabella", "--athlete", anna, stdin=f"{PASSWORD}\n")
    with zipfile.ZipFile(folder.parent / "old.zip", "w"):
        pass
    said(folder, "backup", folder.parent / "old.zip")
    assert said(folder, "restore", folder.parent / "old.zip", "--replace").exit_code == 0
    (folder / "outbox").mkdir()
    (folder / "outbox" / "gym.press-1.broken").write_text(f"a damaged file with {anna}", encoding="utf-8")
    assert {"hub.db", "access.json", "gym.press-1.broken"} <= holding(folder, anna, NAME, "annas", "annabella")
    refused = said(folder, "athlete", "erase", anna, stdin="n\n")
    assert refused.exit_code == 1
    done = said(folder, "athlete", "erase", anna, "--yes")
    assert done.exit_code == 0, done.output
    assert "database file: done" in done.output
    assert "copies in the data folder: done: 2 files." in done.output
    assert holding(folder, NAME, "Musterfrau", "annas", "annabella") == set()
    assert holding(folder, anna) == {"hub.db"}, "only the tombstones of the store and of its copy know the number"
    for path in (folder / "hub.db", next(folder.glob("before-restore-*")) / "hub.db"):
        assert sessions_in(path) == {"shared"}
    assert said(folder, "athlete", "erase", anna, "--yes").exit_code == 7


def test_the_record_has_no_name_and_says_what_is_still_to_be_done(folder: Path, anna: str) -> None:
    (folder / "hub.toml").write_text('[influx]\nurl = "http://127.0.0.1:9"\n', encoding="utf-8")
    recorded(folder, evening_of(BEN, name="today", days=(datetime.now(UTC) - NOW).days))
    assert said(folder, "athlete", "erase", anna, "--yes").exit_code == 0
    (record,) = json.loads(said(folder, "athlete", "erasures", "--json").output)
    assert (record["athlete"], record["asked_by"], record["complete"]) == (anna, None, False)
    assert record["counts"]["sets"] == 3
    done = {part["part"]: part["done"] is not None for part in record["parts"]}
    assert done == {
        "database file": True,
        "copies in the data folder": True,
        "time-series server": False,
        "hub of gym/press-1": False,
    }
    shown = said(folder, "athlete", "erasures").output
    assert "time-series server: to be done when the hub runs" in shown
    assert NAME not in shown


def test_a_backup_from_before_comes_back_without_the_erased(folder: Path, anna: str, tmp_path: Path) -> None:
    said(folder, "user", "add", "annabella", "--athlete", anna, stdin=f"{PASSWORD}\n")
    assert said(folder, "backup", tmp_path / "old.zip").exit_code == 0
    assert said(folder, "athlete", "erase", anna, "--yes").exit_code == 0
    assert said(folder, "restore", tmp_path / "old.zip", "--replace").exit_code == 0
    assert sessions_in(folder / "hub.db") == {"shared"}
    assert said(folder, "user", "list").output == "Nobody has an account.\n"
    assert holding(folder, NAME, "Musterfrau", "annas", "annabella") == set()
    recorded(folder, evening_of(anna, anna, name="annas"))
    assert sessions_in(folder / "hub.db") == {"shared"}, "and a resend finds the tombstones"


def test_a_database_that_somebody_brought_back_is_freed_when_the_hub_starts(folder: Path, anna: str) -> None:
    before = (folder / "hub.db").read_bytes()
    assert said(folder, "athlete", "erase", anna, "--yes").exit_code == 0
    for path in folder.glob("hub.db*"):
        path.unlink()
    (folder / "hub.db").write_bytes(before)
    store = Store.open(folder / "hub.db")
    assert bury_again(store, folder, NOW) == [anna]
    assert bury_again(store, folder, NOW) == []
    store.close()
    assert sessions_in(folder / "hub.db") == {"shared"}


def test_a_copy_that_cannot_be_opened_is_told(folder: Path, anna: str) -> None:
    (folder / "before-restore-20260301T000000Z").mkdir()
    (folder / "before-restore-20260301T000000Z" / "hub.db").write_bytes(b"power was cut" * 1000)
    done = said(folder, "athlete", "erase", anna, "--yes")
    assert "copies in the data folder: not reached yet" in done.output
    assert "delete it" in done.output
    assert sessions_in(folder / "hub.db") == {"shared"}


def test_the_export_has_everything_of_one_and_nothing_of_others(folder: Path, anna: str, tmp_path: Path) -> None:
    said(folder, "user", "add", "annabella", "--athlete", anna, stdin=f"{PASSWORD}\n")
    store = Store.open(folder / "hub.db")
    with store.transaction() as connection:
        correct(connection, "annas", 2, Lifter(anna, 60.0), NOW, "coach")
        add_note(connection, "Knees in, third set.", NOW, "coach", athlete=anna)
        add_note(connection, "Ben was tired.", NOW, "coach", athlete=BEN)
    store.close()
    shared = Shared("annas", anna, True, NOW + timedelta(days=30))
    AccessFile(folder).add_share(shared, [anna], NOW, "coach")
    assert said(folder, "athlete", "export", anna, tmp_path / "anna.zip").exit_code == 0
    assert (tmp_path / "anna.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "anna.zip") as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(content) == [
        "athlete.json",
        "raw/annas.csv.gz",
        "raw/shared.csv.gz",
        "reps.csv",
        "sessions.json",
    ]
    entry = json.loads(content["athlete.json"])
    assert entry["athlete"]["name"] == NAME
    assert [(one["session"], one["made_by"]) for one in entry["links"]] == [("annas", "coach")]
    assert entry["accounts"] == [{"name": "annabella", "role": "lifter"}]
    assert [(one["set_number"], one["lifter"]["load_kg"]) for one in entry["corrections"]] == [(2, 60.0)]
    assert [one["text"] for one in entry["notes"]] == ["Knees in, third set."]
    lifted = {one["session"]["session"]: [each["number"] for each in one["sets"]] for one in sessions_of(content)}
    assert lifted == {"annas": [1, 2], "shared": [1]}
    rows = list(csv.DictReader(io.StringIO(content["reps.csv"].decode())))
    assert len(rows) == 9
    assert {row["athlete"] for row in rows} == {anna}
    assert all(BEN.encode() not in part for part in content.values())
    assert all(b"argon2" not in part for part in content.values())


def sessions_of(content: dict[str, bytes]) -> list[dict[str, dict[str, str]]]:
    found: list[dict[str, dict[str, str]]] = json.loads(content["sessions.json"])["sessions"]
    return found


def test_an_account_is_bound_to_an_id_and_to_nothing_else(folder: Path) -> None:
    refused = said(folder, "user", "add", "anna", "--athlete", "Anna", stdin=f"{PASSWORD}\n")
    assert (refused.exit_code, "no athlete's id" in refused.output) == (2, True)
    file = AccessFile(folder)
    file.add_account("anna", Role.LIFTER, PASSWORD, "k7m2p9xd")
    file.add_account("ben", Role.LIFTER, PASSWORD)
    assert [one.name for one in file.accounts_of("k7m2p9xd")] == ["anna"]
    assert file.forget("k7m2p9xd") == ["anna"]
    assert [one.name for one in file.read().accounts] == ["ben"]


def test_tombstones_are_kept_for_the_owner_alone(folder: Path, anna: str) -> None:
    said(folder, "athlete", "erase", anna, "--yes")
    assert (folder / GRAVES).stat().st_mode & 0o077 == 0
    assert "annas" not in (folder / GRAVES).read_text(encoding="utf-8")
    (folder / GRAVES).write_text("{", encoding="utf-8")
    store = Store.open(folder / "hub.db")
    with pytest.raises(Exception, match="it says who was erased"):
        bury_again(store, folder, NOW + timedelta(days=1))
    store.close()
