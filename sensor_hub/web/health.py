"""/health: whether the hub does what it is for, part by part; /health/live: whether it answers at all.

A stranger sees one word and the status. What the parts say is for those who look after the hub.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from sensor_hub import __version__
from sensor_hub.access import Right
from sensor_hub.pairing import Grade

WORST_FIRST = (Grade.BAD, Grade.POOR, Grade.UNKNOWN, Grade.GOOD)


class Part(BaseModel):
    """grade: good, poor (it works, and something should be done), bad; since: when it became so; sentence: what it is
    like, and what to do."""

    part: str
    grade: Grade
    since: datetime
    sentence: str


class Health(BaseModel):
    """status: that of the worst part. version, parts: null for those who have no right to `read:metrics`."""

    status: Grade
    version: str | None = None
    parts: list[Part] | None = None


Examine = Callable[[], Sequence[Part]]


def health_router(examine: Examine) -> APIRouter:
    router = APIRouter()

    @router.get("/health", response_model_exclude_none=True, responses={503: {"model": Health}})
    def health(request: Request, response: Response) -> Health:
        """503 while a part is bad: then something is not measured, not kept or not shown."""
        parts = list(examine())
        status = next((grade for grade in WORST_FIRST if any(one.grade is grade for one in parts)), Grade.GOOD)
        response.status_code = 503 if status is Grade.BAD else 200
        visitor = request.state.visitor
        if visitor is None or not visitor.may(Right.METRICS):
            return Health(status=status)
        return Health(status=status, version=__version__, parts=parts)

    @router.get("/health/live", response_model_exclude_none=True)
    async def live() -> Health:
        """200 as long as the hub answers. Where it does not, restart it."""
        return Health(status=Grade.GOOD)

    return router
