"""Who may read and write which topics: config/mosquitto.acl and the embedded broker's accounts are made from this.

Nobody without an account may do anything. A site or machine in place of a `+` narrows a hub further.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sensor_hub.bus.discovery import PREFIX
from sensor_hub.bus.topics import ROOT
from sensor_hub.messages import Kind


class Account(StrEnum):
    HUB = "hub"
    """The whole program in one process."""
    MACHINES = "machines"
    """A hub without recorder and pages."""
    RECORDER = "recorder"
    WEB = "web"
    HOME_ASSISTANT = "homeassistant"


WRITER: Mapping[Kind, Account | None] = {
    Kind.LIVE: Account.MACHINES,
    Kind.PHASE: Account.MACHINES,
    Kind.REP: Account.MACHINES,
    Kind.REJECTED: Account.MACHINES,
    Kind.SET: Account.MACHINES,
    Kind.SESSION: Account.MACHINES,
    Kind.MOTION: Account.MACHINES,
    Kind.RAW: Account.MACHINES,
    Kind.SENSOR: Account.MACHINES,
    Kind.STATUS: Account.MACHINES,
    Kind.HUB: Account.MACHINES,
    Kind.LIFTER: Account.MACHINES,
    Kind.ERASED: Account.MACHINES,
    Kind.STORED: Account.RECORDER,
    Kind.ASSIGN: Account.WEB,
    Kind.ERASE: Account.RECORDER,
    Kind.FORGET: None,
    Kind.FORGOTTEN: Account.RECORDER,
}
"""Each kind is one's to say. None: a chain's centre alone, over the leaf's line; no login at a gym's broker may."""
_TO_HUBS = (Kind.STORED, Kind.ASSIGN, Kind.ERASE)


@dataclass(frozen=True, slots=True)
class Rights:
    """Topic filters."""

    read: tuple[str, ...]
    write: tuple[str, ...]


def rights_of(account: Account, site: str = "+", prefix: str = PREFIX) -> Rights:
    """prefix: where Home Assistant listens for devices."""
    everything = f"{ROOT}/#"
    said = tuple(f"{ROOT}/{site}/+/{kind}" for kind, writer in WRITER.items() if writer is account)
    match account:
        case Account.HUB:
            return Rights((everything,), (everything, f"{prefix}/device/#"))
        case Account.MACHINES:
            device = f"{prefix}/device/#" if site == "+" else f"{prefix}/device/{ROOT}-{site}/+/config"
            return Rights(tuple(f"{ROOT}/{site}/+/{kind}" for kind in (Kind.STATUS, *_TO_HUBS)), (*said, device))
        case Account.HOME_ASSISTANT:
            return Rights((everything, f"{prefix}/#"), (f"{prefix}/status",))
    return Rights((everything,), said)


def mosquitto_acl() -> str:
    """The content of config/mosquitto.acl."""
    lines = _HEAD.splitlines()
    for account, (user, site, words) in _USERS.items():
        rights = rights_of(account, site)
        both = [topic for topic in rights.read if topic in rights.write]
        lines += ["", f"# {words}", f"user {user}"]
        lines += _topics("readwrite", both)
        lines += _topics("read", (topic for topic in rights.read if topic not in both))
        lines += _topics("write", (topic for topic in rights.write if topic not in both))
    return "\n".join(lines) + "\n"


_HEAD = """\
# Made by `make docs` from sensor_hub/bus/rights.py. Leave out whom you do not have. A client that logs in by
# certificate goes by its name. Nobody else may do anything, no phone in the gym either: allow_anonymous is false.
"""
_USERS: Mapping[Account, tuple[str, str, str]] = {
    Account.HUB: ("hub", "+", "Hub, recorder and pages in one program, the usual way."),
    Account.MACHINES: (
        "hub-gym",
        "gym",
        "A further hub, of the site gym: it writes there alone. For a hub of single machines write their names for +.",
    ),
    Account.RECORDER: (
        "recorder",
        "+",
        "sensor-hub run --role recorder: reads all, says what is stored and whom to forget.",
    ),
    Account.WEB: ("web", "+", "sensor-hub run --role web: reads all, says who lifts next."),
    Account.HOME_ASSISTANT: ("homeassistant", "+", "Home Assistant: reads, and tells that it is there."),
}


def _topics(right: str, topics: Iterable[str]) -> list[str]:
    return [f"topic {right} {topic}" for topic in topics]
