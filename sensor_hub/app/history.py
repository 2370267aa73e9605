"""Changes to files of the data folder that can be taken back, and made again.

Each change keeps the text of every file it touched, before and after, in `history.json`. A file that somebody has
edited since is not written over. Machine profiles are: the hub goes on learning into them.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from sensor_hub.errors import ConfigError

KEPT = 50
LEARNED = "profiles/"
"""Files that change by themselves."""

Texts = Mapping[str, str | None]
"""Text by a file's name within the folder; None where there is no file."""


class Step(BaseModel):
    what: str
    at: datetime
    before: dict[str, str | None]
    after: dict[str, str | None]


class Steps(BaseModel):
    done: int = 0
    """So many of the steps are made; those after them were taken back."""
    steps: list[Step] = []


class History:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "history.json"

    def write(self, what: str, at: datetime, texts: Texts) -> None:
        """Writes the files, each whole or not at all. what: the change as a sentence. Raises ConfigError."""
        known = self._read()
        before = {name: read_text(self._folder / name) for name in texts}
        steps = [*known.steps[: known.done], Step(what=what, at=at, before=before, after={**texts})][-KEPT:]
        self._keep(Steps(done=len(steps), steps=steps))
        self._put(texts)

    def undo(self) -> str:
        """Takes the newest change back and says which it was. Raises ConfigError where there is none."""
        known = self._read()
        if not known.done:
            raise ConfigError("There is nothing to undo.")
        step = known.steps[known.done - 1]
        self._replace(step, step.before)
        self._keep(known.model_copy(update={"done": known.done - 1}))
        return step.what

    def redo(self) -> str:
        """Makes the change again that was taken back last. Raises ConfigError where there is none."""
        known = self._read()
        if known.done == len(known.steps):
            raise ConfigError("There is nothing to redo.")
        step = known.steps[known.done]
        self._replace(step, step.after)
        self._keep(known.model_copy(update={"done": known.done + 1}))
        return step.what

    def _replace(self, step: Step, texts: Texts) -> None:
        for name in step.after:
            if name.startswith(LEARNED):
                continue
            if read_text(self._folder / name) not in (step.before[name], step.after[name]):
                raise ConfigError(f"{self._folder / name} was edited since; change it by hand.")
        self._put(texts)

    def _put(self, texts: Texts) -> None:
        for name, text in texts.items():
            if text is None:
                (self._folder / name).unlink(missing_ok=True)
            else:
                write_whole(self._folder / name, text)

    def _read(self) -> Steps:
        text = read_text(self._path)
        try:
            return Steps() if text is None else Steps.model_validate_json(text)
        except ValidationError as error:
            raise ConfigError(
                f"{self._path} cannot be read. Delete it: only what can be undone is lost."
            ) from error

    def _keep(self, steps: Steps) -> None:
        write_whole(self._path, steps.model_dump_json(indent=1))


def read_text(path: Path) -> str | None:
    """None where there is no such file. Raises ConfigError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read {path}: {error}.") from error


def write_whole(path: Path, text: str) -> None:
    """Whole or not at all: written beside, then moved. Raises ConfigError."""
    beside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}.") from error
