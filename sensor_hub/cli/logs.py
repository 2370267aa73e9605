"""What a program says on stderr: lines for people, or one JSON object a line, and never a flood.

Under systemd the journal dates every line by itself and takes its level from a prefix: sd-daemon(3).
"""

import json
import logging
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

WINDOW_S = 600.0
MOST_ALIKE, MOST_OF_A_PLACE = 5, 20
"""In that time, of one text, and of one line of the program."""
MOST_NEWS = 100
"""Of one line of the program that warns of nothing: a big gym has many machines to name."""
ECHO_S = 1.0
"""What several connections say of the same broker at once is said once."""
MOST_KEYS = 1000
_USUAL = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"})
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


class Style(StrEnum):
    TEXT = "text"
    JSON = "json"


def log_to_stderr(verbose: bool, style: Style = Style.TEXT) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(style, sys.stderr))
    handler.addFilter(Calm())
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bumble").setLevel(logging.ERROR)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def formatter(style: Style, stream: TextIO, environ: Mapping[str, str] = os.environ) -> logging.Formatter:
    if style is Style.JSON:
        return AsJson()
    return ForTheJournal() if is_the_journal(stream, environ) else ForPeople()


def is_the_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether what is written there goes straight to systemd's journal: systemd.exec(5), JOURNAL_STREAM."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class ForPeople(logging.Formatter):
    """What a sensor calls itself, or a visitor asks for, can neither begin a line of its own nor colour the screen."""

    def __init__(self, line: str = "%(asctime)s %(levelname)s %(part)s: %(message)s") -> None:
        super().__init__(line)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  as logging calls it
        record.part = part_of(record)
        record.message = "".join(c if c.isprintable() else repr(c)[1:-1] for c in record.message)
        return super().formatMessage(record)


class ForTheJournal(ForPeople):
    """Every line has its level, and no date."""

    def __init__(self) -> None:
        super().__init__("%(part)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        priority = next((number for level, number in _PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


class AsJson(logging.Formatter):
    """time, level, part, message; fields, such as the machine it is about; trace, where something failed."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": part_of(record),
            "message": record.getMessage(),
            "fields": {name: value for name, value in record.__dict__.items() if name not in _USUAL},
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


class Calm(logging.Filter):
    """Lets through so many of one kind in a while; the last of them says so, and the next one counts the others."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()
        """When each kind was first said in its while, and how often since."""
        self._newest: tuple[tuple[object, ...], float] | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        place = (record.pathname, record.lineno)
        text = record.getMessage()
        if self._is_echo((*place, text)):
            return False
        notes = []
        most_of_a_place = MOST_OF_A_PLACE if record.levelno >= logging.WARNING else MOST_NEWS
        for key, most in (((*place, text), MOST_ALIKE), (place, most_of_a_place)):
            if (note := self._note(key, most)) is None:
                return False
            notes.append(note)
        record.msg, record.args = " ".join([text, *filter(None, notes)]), ()
        return True

    def _is_echo(self, key: tuple[object, ...]) -> bool:
        newest, now_s = self._newest, self._clock()
        if newest is not None and newest[0] == key and now_s - newest[1] < ECHO_S:
            return True
        self._newest = (key, now_s)
        return False

    def _note(self, key: tuple[object, ...], most: int) -> str | None:
        """What to add; None where it is to be kept back."""
        now_s, note = self._clock(), ""
        began_s, count = self._said.pop(key, (now_s, 0))
        if now_s - began_s > WINDOW_S:
            note = f"({count - most} more like this were not shown.)" if count > most else ""
            began_s, count = now_s, 0
        self._said[key] = (began_s, count + 1)
        if len(self._said) > MOST_KEYS:
            self._said.popitem(last=False)
        if count >= most:
            return None
        return note or (f"(Said often; not again for {WINDOW_S / 60:.0f} minutes.)" if count + 1 == most else "")


def part_of(record: logging.LogRecord) -> str:
    """The part of the hub that speaks: sensor_hub.app.keeping.recorder is the recorder, sensor_hub.link.session the
    link."""
    rooms = record.name.removeprefix("sensor_hub.").split(".")
    return rooms[-1] if rooms[0] == "app" else rooms[0]
