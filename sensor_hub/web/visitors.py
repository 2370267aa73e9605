"""Logging in and out, screens that stay logged in, and who one is."""

import asyncio
import logging
import math

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from sensor_hub.access import Access, Credentials, Refused, Right, Role, Visitor
from sensor_hub.access.door import LONGEST_S
from sensor_hub.errors import ConfigError
from sensor_hub.messages import AthleteId
from sensor_hub.web.guard import KIOSK, LOGIN

log = logging.getLogger(__name__)

KIOSK_S = 400 * 24 * 3600
"""As long as browsers keep a cookie at most."""


class Person(BaseModel):
    name: str = Field(max_length=63)
    password: str = Field(max_length=1000)


class Screen(BaseModel):
    token: str = Field(max_length=200)


class Watches(BaseModel):
    path: str
    """The page it may show."""


class Me(BaseModel):
    """name: null for nobody known, and at the computer itself; rights: what one may do here, about athletes only where
    they are known; only: the one page of a screen beside a machine; athlete: whose account it is."""

    name: str | None
    role: Role | None
    rights: list[Right]
    only: str | None = None
    athlete: AthleteId | None = None


def visitors_router(access: Access | None, athletes_known: bool) -> APIRouter:
    router = APIRouter(prefix="/api")
    kept_from_all = frozenset() if athletes_known else frozenset({Right.LIFT, Right.ATHLETES})

    def me_of(visitor: Visitor | None) -> Me:
        if visitor is None:
            return Me(name=None, role=None, rights=[])
        rights = sorted(visitor.rights - kept_from_all)
        only, athlete = _only(visitor), visitor.athlete
        return Me(name=visitor.name, role=visitor.role, rights=rights, only=only, athlete=athlete)

    @router.get("/me")
    def me(request: Request) -> Me:
        return me_of(request.state.visitor)

    @router.post("/login")
    async def login(person: Person, request: Request, response: Response) -> Me:
        """Sets a cookie. 401 where name or password is wrong, 429 after too many tries."""
        if access is None:
            raise HTTPException(404, "Nobody needs to log in here.")
        address = request.client.host if request.client else ""
        try:
            kept = await asyncio.to_thread(access.log_in, person.name, person.password, address)
        except ConfigError as error:
            log.error("%s", error)
            raise HTTPException(503, "Nobody can be let in for now. The hub's log says why.") from error
        if isinstance(kept, Refused):
            raise _refusal(kept)
        _keep(request, response, LOGIN, kept, int(LONGEST_S))
        return me_of(access.visitor(Credentials(login=kept)))

    @router.post("/logout")
    def logout(request: Request, response: Response) -> Me:
        if access is not None and (kept := request.cookies.get(LOGIN)) is not None:
            access.log_out(kept)
        for cookie in (LOGIN, KIOSK):
            response.delete_cookie(cookie, secure=_secure(request), httponly=True, samesite="strict")
        return me_of(None)

    @router.post("/kiosk")
    def kiosk(screen: Screen, request: Request, response: Response) -> Watches:
        """Sets a cookie for the screen that `sensor-hub kiosk` made the token for."""
        visitor = access.visitor(Credentials(bearer=screen.token)) if access is not None else None
        if visitor is None or (path := _only(visitor)) is None:
            raise HTTPException(401, "This link is no longer good. `sensor-hub kiosk` makes another.")
        _keep(request, response, KIOSK, screen.token, KIOSK_S)
        return Watches(path=path)

    return router


def _refusal(refused: Refused) -> HTTPException:
    if refused.wait_s is None:
        return HTTPException(401, "Name or password is wrong.")
    wait_s = math.ceil(refused.wait_s)
    return HTTPException(429, f"Too many tries. Wait {wait_s} s.", {"Retry-After": str(wait_s)})


def _keep(request: Request, response: Response, cookie: str, value: str, age_s: int) -> None:
    response.set_cookie(
        cookie, value, max_age=age_s, path="/", secure=_secure(request), httponly=True, samesite="strict"
    )


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _only(visitor: Visitor) -> str | None:
    return None if visitor.place is None else "/live/{}/{}".format(*visitor.place)
