"""What may be done here, and which role may do it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Right(StrEnum):
    """Also the scopes of API tokens."""

    LIVE = "read:live"
    SESSIONS = "read:sessions"
    """That there were sessions, when, on which machine, how many reps."""
    REVIEW = "read:review"
    """Everything in a session, and the raw samples."""
    METRICS = "read:metrics"
    """How the hub does: its measures, and what each part of it says in /health."""
    LIFT = "write:lifter"
    """To say who lifts on a machine, from its list of names."""
    ATHLETES = "write:athletes"
    """The registry of athletes, and whose a set was."""
    HUB = "write:hub"
    """Pairing, and whatever else changes the hub or is not listed elsewhere."""


class Role(StrEnum):
    LIFTER = "lifter"
    COACH = "coach"
    ADMIN = "admin"


ROLE_RIGHTS = {
    Role.LIFTER: frozenset({Right.LIVE, Right.SESSIONS, Right.LIFT}),
    Role.COACH: frozenset({Right.LIVE, Right.SESSIONS, Right.REVIEW, Right.LIFT, Right.ATHLETES}),
    Role.ADMIN: frozenset(Right),
}

SCREEN_RIGHTS = frozenset({Right.LIVE, Right.LIFT})
"""Of the screen beside a machine, for that machine alone."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link shows until it expires: a session, of it one athlete's sets or all; named: whose they are, too."""

    session: str
    athlete: str | None
    named: bool
    expires: datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. name: None for whoever sits at the computer itself; place: the only site and machine it may see;
    athlete: whose account it is: of sessions and names it sees this athlete's alone, and those in full; shared: what
    the holder of a link sees, and nothing else."""

    name: str | None
    rights: frozenset[Right]
    role: Role | None = None
    place: tuple[str, str] | None = None
    athlete: str | None = None
    shared: Shared | None = None

    @property
    def only_athlete(self) -> str | None:
        """The only one whose sessions it may see; None for nobody in particular."""
        return None if Right.REVIEW in self.rights else self.athlete

    def may(self, right: Right, place: tuple[str, str] | None = None) -> bool:
        """place: the site and machine that this is about, None where it is about more than one."""
        return right in self.rights and (self.place is None or self.place == place)


AT_THE_COMPUTER = Visitor(None, frozenset(Right))
