"""Which right opens which address. What is not listed opens for admins alone."""

import re
from dataclasses import dataclass

from sensor_hub.access import Right


@dataclass(frozen=True, slots=True)
class Door:
    """right: None where anybody may pass, logged in or not; place: site and machine of a single machine's address."""

    right: Right | None
    place: tuple[str, str] | None = None


_OPEN = r"/assets/[^/]+(/[^/]+)?|/login|/kiosk|/health(/live)?|/api/(login|logout|kiosk|me)"
_RIGHTS = (
    (r"/|/api/machines|/api/openapi\.json", Right.LIVE),
    (r"/metrics", Right.METRICS),
    (r"/sessions|/api/sessions", Right.SESSIONS),
    (r"/sessions/[^/]+|/api/sessions/[^/]+(/motion)?|/api/raw/[^/]+", Right.REVIEW),
)
_MACHINE = re.compile(r"(?:/api)?/live/([^/]+)/([^/]+)")


def door(path: str) -> Door:
    """path: as the router sees it."""
    if re.fullmatch(_OPEN, path):
        return Door(None)
    if machine := _MACHINE.fullmatch(path):
        return Door(Right.LIVE, (machine[1], machine[2]))
    return Door(next((right for pattern, right in _RIGHTS if re.fullmatch(pattern, path)), Right.HUB))


def for_programs(path: str) -> bool:
    """Whether a program asks there, and wants JSON instead of a page."""
    return path.startswith(("/api/", "/health", "/metrics"))
