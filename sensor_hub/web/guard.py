"""Stands before every route: whose request is it, did its own browser window mean it, may it, is it too large.

1. Where people at the computer need not log in, only names of this computer are answered: a page elsewhere whose name
   was made to point here (DNS rebinding) still has its own name in `Host`.
2. What a page of another origin asks for is refused, but for links: browsers say so in `Sec-Fetch-Site`. Over plain
   http they do not, and older ones never did; then `Origin` tells, where something would be changed. Requests with
   neither come from programs, which carry nobody's cookie by accident.
3. The visitor must have the right that opens the address (`doors`).
4. The body is taken whole, within a size and a time.

Before all of them: an address that asks faster than a gym full of screens does has to wait.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sensor_hub.access import Access, Credentials, Visitor, is_loopback
from sensor_hub.access.door import network
from sensor_hub.access.rights import AT_THE_COMPUTER
from sensor_hub.access.throttle import Throttle
from sensor_hub.errors import SensorHubError
from sensor_hub.web.doors import Door, door, for_programs

log = logging.getLogger(__name__)

LOGIN, KIOSK = "sensor-hub-login", "sensor-hub-kiosk"
"""Cookies."""
LARGEST_BODY = 64 * 1024
BODY_S = 10.0
BURST, EVERY_S = 400, 1 / 40
"""Requests in a row from an address, and the time after which there is one more. A live page opens with about 20 and
then streams; a page that pairs asks four times a second."""
READING = ("GET", "HEAD", "OPTIONS")
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

Answer = Callable[[Request, int, str], Response]


class Guard:
    """access: None where everybody is at the computer itself; answer: makes a refusal that fits what was asked."""

    def __init__(self, app: ASGIApp, access: Access | None, answer: Answer) -> None:
        self._app = app
        self._access = access
        self._answer = answer
        self._pace = Throttle(BURST, EVERY_S, time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = self._refusal(request)
        if refusal is None:
            body = b"" if request.method in READING else await self._body(request)
            if not isinstance(body, Response):
                await self._app(scope, _replay(body, receive), send)
                return
            refusal = body
        await refusal(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        """None where the request may pass."""
        if not _is_here(request) and (wait_s := self._waits_s(request)):
            waiting = {"Retry-After": str(math.ceil(wait_s)), "Connection": "close"}
            refusal = self._answer(request, 429, f"Too much at once. Wait {math.ceil(wait_s)} s.")
            refusal.headers.update(waiting)
            return refusal
        trusting = self._access is None or self._access.trusting
        if trusting and not is_loopback(_hostname(request)):
            sentence = (
                "This hub is asked by a name that is not this computer's. Open http://127.0.0.1 with its port."
            )
            return self._answer(request, 421, sentence)
        if _from_elsewhere(request):
            return self._answer(request, 403, "Pages of another address may link to this hub, and no more.")
        wanted = door(request.scope["path"])
        visitor = request.state.visitor = self._visitor(request)
        request.state.welcome = lambda: _may(self._visitor(request), wanted)
        return None if _may(visitor, wanted) else self._turn_away(request, visitor)

    def _waits_s(self, request: Request) -> float:
        address = network(request.client.host if request.client else "")
        wait_s = self._pace.wait_s(address)
        if not wait_s:
            self._pace.spend(address)
        return wait_s

    def _visitor(self, request: Request) -> Visitor | None:
        """Nobody, where the accounts cannot be read."""
        try:
            return self._known(request)
        except SensorHubError as error:
            log.error("%s", error)
            return None

    def _known(self, request: Request) -> Visitor | None:
        if self._access is None:
            return AT_THE_COMPUTER if _is_here(request) else None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        credentials = Credentials(
            login=request.cookies.get(LOGIN),
            kiosk=request.cookies.get(KIOSK),
            bearer=token.strip() if scheme.lower() == "bearer" else None,
            here=_is_here(request),
        )
        return self._access.visitor(credentials)

    def _turn_away(self, request: Request, visitor: Visitor | None) -> Response:
        if visitor is not None:
            return self._answer(request, 403, f"{visitor.name or 'You'} may not do this here.")
        path: str = request.scope["path"]
        if request.method == "GET" and not for_programs(path):
            return RedirectResponse(f"/login?next={quote(path, safe='/')}", 303)
        refusal = self._answer(request, 401, "Log in first, or send a token that is still good.")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal

    async def _body(self, request: Request) -> bytes | Response:
        body = b""
        try:
            async with asyncio.timeout(BODY_S):
                async for piece in request.stream():
                    body += piece
                    if len(body) > LARGEST_BODY:
                        return self._answer(request, 413, f"More than {LARGEST_BODY // 1024} KiB are not taken.")
        except TimeoutError:
            return self._answer(request, 408, f"The request did not come whole within {BODY_S:g} s.")
        return body


def _may(visitor: Visitor | None, wanted: Door) -> bool:
    if wanted.link:
        return visitor is not None and visitor.shared is not None
    if wanted.right is None or visitor is None:
        return wanted.right is None
    return visitor.may(wanted.right, wanted.place) or (wanted.own and visitor.only_athlete is not None)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


def _hostname(request: Request) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None


def _is_here(request: Request) -> bool:
    """Whether it comes from this computer, and no proxy on it has passed it on."""
    if any(header in request.headers for header in FORWARDED):
        return False
    return is_loopback(request.client and request.client.host)


def _from_elsewhere(request: Request) -> bool:
    reading = request.method in READING
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        by_link = reading and request.headers.get("sec-fetch-mode") == "navigate"
        return site not in ("same-origin", "none") and not by_link
    origin = request.headers.get("origin")
    return not reading and origin is not None and origin.partition("://")[2] != request.headers.get("host")
