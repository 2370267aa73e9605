"""What an erasure takes out of an archive, as its record keeps it until it is done."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from sensor_hub.store import WHOLE, Span


class Cut(BaseModel):
    """Raw samples of a machine in [started, ended) that belong to a session or to none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str
    machine: str
    session: str
    started: AwareDatetime
    ended: AwareDatetime
    is_whole: bool
    """Whether nothing of the session is left."""

    def touches(self, machine: str, session: str | None) -> bool:
        return machine == self.machine and session in (self.session, None)

    def overlaps(self, began: datetime, lasts_s: float) -> bool:
        return began < self.ended and began + timedelta(seconds=lasts_s) > self.started


def archive_cuts(spans: Iterable[Span]) -> list[dict[str, Any]]:
    cuts = [
        Cut(
            site=one.site,
            machine=one.machine,
            session=one.session,
            started=one.raw_started,
            ended=one.raw_ended,
            is_whole=one.number == WHOLE,
        )
        for one in spans
    ]
    return [cut.model_dump(mode="json") for cut in cuts]
