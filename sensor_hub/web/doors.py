"""Which right opens which address. What is not listed opens for admins alone."""

import re
from dataclasses import dataclass

from sensor_hub.access import Right


@dataclass(frozen=True, slots=True)
class Door:
    """right: None where anybody may pass, logged in or not; place: site and machine of a single machine's address; own:
    whether an athlete's account may pass too, and is shown its own alone; link: only the holder of a session's link."""

    right: Right | None
    place: tuple[str, str] | None = None
    own: bool = False
    link: bool = False


_OPEN = r"/assets/[^/]+(/[^/]+)?|/login|/kiosk|/shared|/health(/live)?|/api/(login|logout|kiosk|me)"
_LINK = "/api/shared"
_RIGHTS = (
    (r"/|/api/machines|/api/openapi\.json", Right.LIVE),
    (r"/metrics|(/api)?/gyms(/[^/]+)?", Right.METRICS),
    (r"/sessions|/api/sessions", Right.SESSIONS),
    (r"/sessions/[^/]+|/api/sessions/[^/]+(/(motion|export))?|/api/raw/[^/]+|/api/figures", Right.REVIEW),
    (r"/compare|/api/compare/sessions", Right.REVIEW),
    (r"/athletes(/[^/]+)?|/api/today|/api/visits|/api/compare/athletes", Right.ATHLETES),
    (r"/api/athletes(/[^/]+(/(export|progress|programme))?)?|/api/notes(/[^/]+/drop)?", Right.ATHLETES),
    (
        r"/api/sessions/[^/]+/(corrections(/[^/]+/revoke)?|analyses(/[^/]+/changes)?|shared)|/api/shares(/[^/]+/end)?",
        Right.ATHLETES,
    ),
)
_OWN = (
    r"/(athletes|sessions)/[^/]+|/api/sessions/[^/]+(/(motion|export))?"
    r"|/api/athletes(/[^/]+/(export|progress|programme))?|/api/figures|/compare|/api/compare/sessions"
)
_MACHINE = re.compile(r"(?:/api)?/live/([^/]+)/([^/]+)(?:/address\.svg)?")
_LIFTER = re.compile(
    r"/api/machines/([^/]+)/([^/]+)/(?:lifter|corrections(?:/[^/]+/revoke)?|athletes(?:/[^/]+/(?:due|loads))?)"
)


def door(path: str) -> Door:
    """path: as the router sees it."""
    if re.fullmatch(_OPEN, path):
        return Door(None)
    if path == _LINK:
        return Door(None, link=True)
    if machine := _MACHINE.fullmatch(path):
        return Door(Right.LIVE, (machine[1], machine[2]))
    if machine := _LIFTER.fullmatch(path):
        return Door(Right.LIFT, (machine[1], machine[2]))
    right = next((right for pattern, right in _RIGHTS if re.fullmatch(pattern, path)), Right.HUB)
    return Door(right, own=re.fullmatch(_OWN, path) is not None)


def for_programs(path: str) -> bool:
    """Whether a program asks there, and wants JSON instead of a page."""
    return path.startswith(("/api/", "/health", "/metrics"))
