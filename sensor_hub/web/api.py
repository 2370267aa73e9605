"""The JSON API: machines, sessions, motion, raw traces, and the live stream of one machine."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator

from sensor_hub.coach.programme import Day
from sensor_hub.messages import AthleteId, MotionMessage, Name, SessionMessage
from sensor_hub.web.detail import SessionDetail, detail, placed
from sensor_hub.web.feed import LiveFeed
from sensor_hub.web.now import MachineSummary
from sensor_hub.web.own import only_athlete, seen_by
from sensor_hub.web.review import ReviewStore, SessionId
from sensor_hub.web.seats import Seats
from sensor_hub.web.sse import EventStream

BEAT_S = 0.5
"""A page that misses two of these says so: within two seconds of the last word."""
WELCOME_S = 1.0
"""So often a stream asks whether its viewer may still watch."""
LAST_SET = 10_000
LONGEST_RAW = timedelta(hours=1)


def _of_our_time(instant: datetime) -> datetime:
    """Databases and time zones need some room at both ends."""
    if not 1900 < instant.year < 9900:
        raise ValueError("nobody has lifted then")
    return instant


def _no_number(given: object) -> object:
    """Numbers would be taken for seconds since 1970."""
    if isinstance(given, str) and re.fullmatch(r"\s*[-+]?[\d_.]+(e[-+]?\d+)?\s*", given, re.IGNORECASE):
        raise ValueError("give it as ISO 8601 does: 2026-11-22T10:00:00Z, or 2026-11-22 for a day")
    return given


Instant = Annotated[AwareDatetime, AfterValidator(_of_our_time), BeforeValidator(_no_number)]
NamePath = Annotated[Name, Path()]
SessionPath = Annotated[SessionId, Path()]


class RawAcceleration(BaseModel):
    """Seconds after the asked start; m/s² with gravity, in the sensor's frame."""

    start: datetime
    time_s: list[float]
    ax: list[float]
    ay: list[float]
    az: list[float]


def api_router(feed: LiveFeed, store: ReviewStore) -> APIRouter:
    router = APIRouter(prefix="/api")
    _add_live(router, feed, store)
    _add_review(router, store)
    return router


def _add_live(router: APIRouter, feed: LiveFeed, store: ReviewStore) -> None:
    @router.get("/machines")
    def machines() -> list[MachineSummary]:
        """Every machine heard since this server started, and those the store knows."""
        heard = {(summary.site, summary.machine): summary for summary in feed.machines()}
        for known in store.machines():
            heard.setdefault((known.site, known.machine), MachineSummary(site=known.site, machine=known.machine))
        return [heard[address] for address in sorted(heard)]

    seats = Seats()

    @router.get("/live/{site}/{machine}", status_code=200, response_class=EventStream)
    async def live(site: NamePath, machine: NamePath, request: Request) -> EventStream:
        """Server-sent events. `trace` comes once: the last 30 s of positions. Then `live`, `sensor`, `status`,
        `session`, `set`, `rep` and `rejected`, each with the newest message of that kind as on the bus but without
        `schema`, `id` and `seq`; and `beat` when there is no news: how old the newest `live` is.
        A viewer that reads slowly skips messages. A machine that nobody has heard yet gives beats until it is."""
        address = request.client.host if request.client else ""
        if (reason := seats.full(address)) is not None:
            raise HTTPException(503, reason)
        return EventStream(_seated(_events(feed, site, machine, request.state.welcome), seats, address))


async def _seated(events: AsyncIterator[bytes], seats: Seats, address: str) -> AsyncIterator[bytes]:
    with seats.taken(address):
        async for event in events:
            yield event


async def _events(feed: LiveFeed, site: str, machine: str, welcome: Callable[[], bool]) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    loop = asyncio.get_running_loop()
    ask_again_s = loop.time() + WELCOME_S
    with feed.viewer(site, machine) as viewer:
        while (events := await viewer.next(BEAT_S)) is not None:
            if loop.time() >= ask_again_s:
                ask_again_s += WELCOME_S
                if not welcome():
                    return
            yield events


def _add_review(router: APIRouter, store: ReviewStore) -> None:
    @router.get("/sessions")
    def sessions(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        before: Instant | None = None,
        machine: Annotated[Name | None, Query()] = None,
        site: Annotated[Name | None, Query()] = None,
        athlete: Annotated[AthleteId | None, Query()] = None,
        day: Annotated[Day | None, BeforeValidator(_no_number)] = None,
    ) -> list[SessionMessage]:
        """Newest first. For the next page, give the last one's `started` as `before`. athlete: only sessions with a set
        of this one's; an athlete's own account is shown no others. day: a date in the gym's own time."""
        since, end = (None, None) if day is None else _lasting(day)
        until = min((one for one in (before, end) if one is not None), default=None)
        return list(store.sessions(limit, until, machine, site, only_athlete(request) or athlete, since))

    @router.get("/sessions/{session_id}")
    def session(session_id: SessionPath, request: Request) -> SessionDetail:
        """An athlete's own account is shown its own sets."""
        record = store.session(session_id)
        seen = seen_by(record, only_athlete(request))
        if record is None or seen is None:
            raise unknown_session(session_id)
        return detail(record, seen, with_reasons=only_athlete(request) is None)

    @router.get("/sessions/{session_id}/motion")
    def motion(
        session_id: SessionPath,
        request: Request,
        set_number: Annotated[int | None, Query(alias="set", ge=1, le=LAST_SET)] = None,
    ) -> list[MotionMessage]:
        """Position and velocity at 10 Hz while sets ran; of one set where `set` is given."""
        record = store.session(session_id)
        seen = seen_by(record, only_athlete(request))
        if record is None or seen is None:
            raise unknown_session(session_id)
        found = placed(store.motion(session_id), record)
        wanted = {one.lifted.number for one in seen.shown} if set_number is None else {set_number}
        if only_athlete(request) is not None:
            wanted &= {one.lifted.number for one in seen.shown}
        return [one for one in found if one.set_number in wanted]

    @router.get("/raw/{machine}")
    def raw(
        machine: NamePath,
        start: Instant,
        end: Instant,
        site: Annotated[Name | None, Query()] = None,
    ) -> RawAcceleration:
        """The sensor's samples between two instants, thinned to lowest and highest where they are too many."""
        if not timedelta(0) < end - start <= LONGEST_RAW:
            raise HTTPException(422, "The end must be after the start, and at most one hour after it.")
        trace = store.raw(machine, start, end, site=site)
        ax, ay, az = trace.accel_mps2.round(4).T.tolist() if len(trace.time_s) else ([], [], [])
        return RawAcceleration(start=start, time_s=trace.time_s.round(4).tolist(), ax=ax, ay=ay, az=az)


def _lasting(day: date) -> tuple[datetime, datetime]:
    """A day's first instant, and the next one's, on this computer."""
    midnights = (datetime.combine(one, time()) for one in (day, day + timedelta(days=1)))
    begin, end = (midnight.astimezone(UTC) for midnight in midnights)
    return begin, end


def unknown_session(session_id: str) -> HTTPException:
    return HTTPException(404, f"There is no session {session_id!r}. GET /api/sessions lists those there are.")
