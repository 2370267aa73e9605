"""The running session on disk, so that a hub that lost its power can end it when it comes back."""

from pathlib import Path

from pydantic import ValidationError

from sensor_hub.messages import Message, Progress, SessionMessage, SetMessage


class UnfinishedSession:
    """Holds the message that would end the running session as it stands; no file while none runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ending: SessionMessage | None = None

    def left_over(self) -> SessionMessage | None:
        """The end of a session that was never told, from before a crash; None where there is none."""
        try:
            return SessionMessage.model_validate_json(self._path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def follow(self, message: Message) -> None:
        """Sees every message of the machine on its way out."""
        match message:
            case SessionMessage(progress=Progress.STARTED):
                self._ending = message.model_copy(
                    update={
                        "id": message.id.removesuffix(Progress.STARTED) + Progress.ENDED,
                        "progress": Progress.ENDED,
                        "ended": message.started,
                    }
                )
                self._save()
            case SetMessage(progress=Progress.ENDED) if self._ending is not None:
                counts = {
                    "set_count": self._ending.set_count + 1,
                    "rep_count": self._ending.rep_count + message.rep_count,
                }
                self._ending = self._ending.model_copy(
                    update={"ended": message.ended, "time": message.time, **counts}
                )
                self._save()
            case SessionMessage(progress=Progress.ENDED):
                self._ending = None
                self._path.unlink(missing_ok=True)

    def _save(self) -> None:
        """Whole or not at all: written beside, then moved."""
        assert self._ending is not None
        beside = self._path.with_suffix(".new")
        beside.write_text(self._ending.model_dump_json(by_alias=True), encoding="utf-8")
        beside.replace(self._path)
