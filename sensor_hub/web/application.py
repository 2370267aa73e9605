"""The web application: API, pages, and the rules that hold for every answer."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypedDict

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sensor_hub import __version__
from sensor_hub.access import Access
from sensor_hub.errors import SensorHubError, UnfitError
from sensor_hub.web.address import address_router
from sensor_hub.web.api import api_router
from sensor_hub.web.coaching import CoachingDesk, coaching_router
from sensor_hub.web.comparing import comparing_router
from sensor_hub.web.correcting import CorrectingDesk, correcting_router
from sensor_hub.web.doors import for_programs
from sensor_hub.web.feed import LiveFeed
from sensor_hub.web.guard import Answer, Guard
from sensor_hub.web.gyms import GymsDesk, gyms_router
from sensor_hub.web.health import Examine, health_router
from sensor_hub.web.metrics import LIVE_PAGES, REQUESTS, Measure, Reading, Requests, metrics_router
from sensor_hub.web.pages import Asset, load_assets, pages_router
from sensor_hub.web.pairing import PairingDesk, pairing_router
from sensor_hub.web.people import PeopleDesk, people_router
from sensor_hub.web.problems import PROBLEMS, describe_problems
from sensor_hub.web.rescoring import RescoringDesk, rescoring_router
from sensor_hub.web.review import ReviewStore
from sensor_hub.web.sharing import sharing_router
from sensor_hub.web.today import today_router
from sensor_hub.web.visitors import visitors_router

log = logging.getLogger(__name__)


class Desks(TypedDict, total=False):
    """What an application does with what is stored; see create_app."""

    people: PeopleDesk
    coaching: CoachingDesk
    correcting: CorrectingDesk
    rescoring: RescoringDesk
    gyms: GymsDesk


SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def create_app(
    feed: LiveFeed,
    store: ReviewStore,
    pairing: PairingDesk | None = None,
    access: Access | None = None,
    examine: Examine = tuple,
    measures: Sequence[Measure] = (),
    people: PeopleDesk | None = None,
    coaching: CoachingDesk | None = None,
    correcting: CorrectingDesk | None = None,
    rescoring: RescoringDesk | None = None,
    gyms: GymsDesk | None = None,
) -> FastAPI:
    """The application; `app.state.feed` is the feed, which the server closes on its way down. pairing: the hub's, where
    it runs in this process; access: who may do what, None where only this computer asks and may do all; examine,
    measures: how the parts of this process do; people: the athletes and whatever is done with what is held of them;
    coaching: their progress, programmes and notes; correcting, rescoring: what is said of sessions afterwards, and
    how they are analysed anew; gyms: which of them needs somebody."""
    app = FastAPI(
        title="sensor-hub",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
    )
    app.state.feed = feed
    assets = load_assets()
    app.include_router(api_router(feed, store))
    app.include_router(address_router())
    app.include_router(pairing_router(pairing))
    app.include_router(people_router(people))
    app.include_router(coaching_router(coaching))
    app.include_router(comparing_router(store, coaching))
    app.include_router(correcting_router(correcting))
    app.include_router(rescoring_router(rescoring))
    app.include_router(gyms_router(gyms))
    app.include_router(sharing_router(access, store, people))
    app.include_router(today_router(coaching))
    app.include_router(visitors_router(access, people is not None))
    app.include_router(pages_router(assets))
    counts: Counter[tuple[str, str, str]] = Counter()
    app.include_router(health_router(examine))
    app.include_router(metrics_router([*measures, lambda: _own(feed, counts)]))
    answer = _answers(assets)
    app.add_middleware(Guard, access=access, answer=answer)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=6)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Requests, counts=counts)
    _say_errors(app, answer)
    describe_problems(app)
    return app


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self.app(scope, receive, send_secured if scope["type"] == "http" else send)


def _own(feed: LiveFeed, counts: Counter[tuple[str, str, str]]) -> Iterator[Reading]:
    yield Reading(LIVE_PAGES, feed.viewer_count)
    for labels, count in sorted(counts.copy().items()):
        yield Reading(REQUESTS, count, labels)


def _answers(assets: dict[str, Asset]) -> Answer:
    def answer(request: Request, status_code: int, sentence: str) -> Response:
        if for_programs(request.url.path):
            return JSONResponse({"error": sentence}, status_code)
        if status_code == 403:
            return assets["closed.html"].response(request, status_code)
        if status_code == 404:
            return assets["missing.html"].response(request, status_code)
        return PlainTextResponse(sentence, status_code)

    return answer


def _say_errors(app: FastAPI, answer: Answer) -> None:
    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        sentence = "There is nothing at this address." if error.detail == "Not Found" else str(error.detail)
        response = answer(request, error.status_code, sentence)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        faults = [f"{fault['loc'][-1]}: {fault['msg'].lower()}" for fault in error.errors()]
        status_code = 422 if for_programs(request.url.path) else 404
        return answer(request, status_code, "; ".join(faults) + ".")

    @app.exception_handler(SensorHubError)
    async def unavailable(request: Request, error: SensorHubError) -> Response:
        if isinstance(error, UnfitError):
            return answer(request, 422, str(error))
        log.warning("%s %s: %s", request.method, request.url.path, error)
        return answer(request, 503, str(error))

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        return answer(request, 500, "Something went wrong in the hub. Its log says what.")
