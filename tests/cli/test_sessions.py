"""`sensor-hub sessions`: what is stored, as tables for people and as JSON for programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console, RenderableType

from sensor_hub.app.telling.logbook import Names, listed, shown
from sensor_hub.cli import main
from sensor_hub.messages import Message, SetMessage, Side
from sensor_hub.model import BounceCause
from sensor_hub.prescription import Prescription
from sensor_hub.store import Athlete, SessionRecord, Store, add_athlete, change_athlete
from tests.store.conftest import EVENING, Lifter

ASKED = Prescription(sets=2, reps=3, tempo="2-1-1-1", load_kg=80.0)


class Book:
    """A store with one session of two sets of three reps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        store = Store.open(folder / "hub.db")
        with store.transaction() as connection:
            self.anna = add_athlete(connection, EVENING, "Anna Example", "lb")
        store.record([self._hers(one) for one in Lifter().whole_session()])
        self.record = store.session("evening")
        store.close()

    def _hers(self, message: Message) -> Message:
        said = {"athlete": self.anna.athlete, "load_kg": 80.0, "side": Side.LEFT, "asked": ASKED}
        return message.model_copy(update=said) if isinstance(message, SetMessage) else message

    def say(self, *arguments: str) -> Result:
        done = CliRunner().invoke(main, ["sessions", "--data", str(self.folder), *arguments])
        assert done.exit_code == 0, done.output
        return done


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def lines(drawn: RenderableType, width: int) -> Sequence[str]:
    console = Console(width=width, record=True, force_terminal=False)
    console.print(drawn)
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_the_list_says_who_how_much_and_how_well(book: Book) -> None:
    (head, line) = book.say().output.splitlines()
    assert head.split() == ["session", "began", "who", "load", "sets", "reps", "kept", "speed"]
    assert line.startswith("evening")
    assert "Anna Example" in line
    assert "176.4 lb" in line
    assert "2    6" in line
    assert "2 bounced" in line
    assert "██████" in line


def test_a_session_is_shown_rep_by_rep_with_what_is_not_certain(book: Book) -> None:
    told = book.say("evening").output
    first = told.split("Set 2")[0]
    assert "Set 1 · Anna Example · 176.4 lb · left · asked 2 × 3 at 2-1-1-1" in first
    assert "incline 45°" in first
    rep = next(line for line in first.splitlines() if line.strip().startswith("2 "))
    assert rep.split()[1:3] == ["2.5", "±0.1▴"]
    assert "42.0" in rep
    assert rep.endswith("bounced")
    assert "tempo kept: lower 0 % (+0.5 s)" in first
    assert "lower ███   push ███   range ███   speed ███" in first


def test_what_was_not_counted_is_told_with_its_reason_and_a_bounce_with_its_cause(book: Book) -> None:
    store = Store.open(book.folder / "hub.db")
    store.record([Lifter(seq=1000).rep(1, 2, bounce_cause=BounceCause.STOP)])
    store.close()
    first = book.say("evening").output.split("Set 2")[0]
    assert "bounced, hit the stop" in first
    assert first.count("not counted, ") == 1
    assert "too short: 9.0 cm, counted from 10.5 cm" in first


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(width: int, book: Book) -> None:
    assert book.record is not None
    names = Names({book.anna.athlete: book.anna})
    for drawn in (listed([book.record], names, width), shown(book.record, names, width)):
        told = lines(drawn, width)
        assert max(map(len, told)) <= width
        assert not any("…" in line for line in told)
    assert ("peak m/s" in "\n".join(told)) == (width >= 100)


def test_what_is_not_for_a_terminal_is_plain(book: Book) -> None:
    assert "\x1b" not in book.say().output + book.say("evening").output


def test_programs_get_the_messages_as_they_are_stored(book: Book) -> None:
    (listed_,) = json.loads(book.say("--json").output)
    told: dict[str, Any] = json.loads(book.say("evening", "--json").output)
    assert listed_["session"] == told["session"]["session"] == "evening"
    assert (len(told["sets"]), len(told["reps"])) == (2, 6)
    assert told["sets"][0]["load_kg"] == 80.0


def test_nobody_is_called_by_a_name_that_is_not_there(book: Book) -> None:
    assert isinstance(book.record, SessionRecord)
    assert any(book.anna.athlete in line for line in lines(listed([book.record], Names({}), 80), 80))
    unnamed = Names({book.anna.athlete: Athlete(book.anna.athlete, None, "kg", None, EVENING)})
    assert any("80 kg" in line for line in lines(listed([book.record], unnamed, 80), 80))


@pytest.mark.parametrize("name", ["Anna [/]", "[red]Anna", "Anna :smile:"])
def test_a_name_is_shown_as_it_is(name: str, book: Book) -> None:
    store = Store.open(book.folder / "hub.db")
    with store.transaction() as connection:
        change_athlete(connection, book.anna.athlete, name, "kg", None)
    store.close()
    assert name in book.say().output
    assert name in book.say("evening").output


def test_an_empty_store_and_an_unknown_session_say_so(tmp_path: Path) -> None:
    at = ["--data", str(tmp_path)]
    assert CliRunner().invoke(main, ["sessions", *at]).output == "No session yet.\n"
    refused = CliRunner().invoke(main, ["sessions", "never", *at])
    assert refused.exit_code != 0
    assert "lists those there are" in refused.output + refused.stderr
