"""What is said on stderr: for people, for the journal, for programs; and that nothing floods it."""

import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from sensor_hub.cli.logs import (
    ECHO_S,
    MOST_ALIKE,
    MOST_NEWS,
    MOST_OF_A_PLACE,
    WINDOW_S,
    Calm,
    Style,
    formatter,
    is_the_journal,
)

TRICK = "sled\n2026-11-22 ERROR hub: \x1b[31mnot so"


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[TextIO]:
    with (tmp_path / "stderr").open("w") as file:
        yield file


def record(message: str, *args: object, line: int = 1, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("sensor_hub.app.keeping.recorder", logging.WARNING, "", line, message, args, None)
    made.__dict__.update(fields)
    return made


def as_the_journal(stream: TextIO) -> dict[str, str]:
    status = os.fstat(stream.fileno())
    return {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}


def test_people_see_date_level_and_part(stream: TextIO) -> None:
    line = formatter(Style.TEXT, stream, {}).format(record("%s is away.", "The broker"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING recorder: The broker is away\.", line)


def test_the_journal_gets_a_level_and_no_date(stream: TextIO) -> None:
    environ = as_the_journal(stream)
    assert is_the_journal(stream, environ)
    assert not is_the_journal(stream, {"JOURNAL_STREAM": "1:2"})
    assert formatter(Style.TEXT, stream, environ).format(record("Away.")) == "<4>recorder: Away."


def test_every_line_of_a_trace_has_its_level(stream: TextIO) -> None:
    failed = record("Failed.")
    try:
        raise ValueError("for some reason")
    except ValueError as error:
        failed.exc_info = (ValueError, error, error.__traceback__)
    lines = formatter(Style.TEXT, stream, as_the_journal(stream)).format(failed).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<4>") for line in lines)
    told = json.loads(formatter(Style.JSON, stream, {}).format(failed))
    assert told["trace"].endswith("ValueError: for some reason")


def test_programs_get_one_object_a_line(stream: TextIO) -> None:
    line = formatter(Style.JSON, stream, as_the_journal(stream)).format(record(TRICK, machine="press-1"))
    assert "\n" not in line
    told = json.loads(line)
    assert told.pop("time").endswith("+00:00")
    assert told == {"level": "warning", "part": "recorder", "message": TRICK, "fields": {"machine": "press-1"}}


def test_a_name_from_the_air_makes_no_line_of_its_own(stream: TextIO) -> None:
    for environ in ({}, as_the_journal(stream)):
        line = formatter(Style.TEXT, stream, environ).format(record("%s was heard.", TRICK))
        assert line.endswith(r"sled\n2026-11-22 ERROR hub: \x1b[31mnot so was heard.")


def heard(calm: Calm, one: logging.LogRecord) -> str | None:
    return one.getMessage() if calm.filter(one) else None


def test_what_is_said_again_and_again_is_said_five_times_in_ten_minutes() -> None:
    now_s = 0.0
    calm = Calm(lambda: now_s)
    said = []
    for _ in range(100):
        now_s += 2 * ECHO_S
        said.append(heard(calm, record("Away.")))
    assert said[: MOST_ALIKE - 1] == ["Away."] * (MOST_ALIKE - 1)
    assert said[MOST_ALIKE - 1] == "Away. (Said often; not again for 10 minutes.)"
    assert set(said[MOST_ALIKE:]) == {None}
    now_s += WINDOW_S
    assert heard(calm, record("Away.")) == "Away. (95 more like this were not shown.)"


def test_what_changes_each_time_is_held_back_by_where_it_is_said() -> None:
    now_s = 0.0
    calm = Calm(lambda: now_s)
    said = [heard(calm, record("Address %d.", number)) for number in range(100)]
    assert len([one for one in said if one]) == MOST_OF_A_PLACE
    assert heard(calm, record("Another matter.", line=2)) == "Another matter."
    news = [logging.LogRecord("hub", logging.INFO, "hub.py", 3, "%d is here.", (one,), None) for one in range(300)]
    assert len([one for one in news if calm.filter(one)]) == MOST_NEWS


def test_what_many_say_at_once_is_said_once() -> None:
    now_s = 0.0
    calm = Calm(lambda: now_s)
    assert [heard(calm, record("Away.")) for _ in range(4)] == ["Away.", None, None, None]
    now_s += ECHO_S
    assert heard(calm, record("Away.")) == "Away."
