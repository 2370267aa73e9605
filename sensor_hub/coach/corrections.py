"""What people say of a set or a rep after it was measured, and which one they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription

FLAGS = ("bounced", "hard_lockout", "partial")


class Kind(StrEnum):
    DISCARD_SET = "discard_set"
    DISCARD_REP = "discard_rep"
    SPLIT = "split"
    """A set ends after the rep, and another begins with the next one."""
    MERGE = "merge"
    """The set goes on in the one after it."""
    LIFTER = "lifter"
    """Whose the set is, with which load and side, and what was asked of it."""
    FLAGS = "flags"
    VERSION = "version"
    """Which analysis of the session is shown; 0 is what was measured live."""


@dataclass(frozen=True, slots=True)
class Lifter:
    """athlete: None for a guest, or where nobody said."""

    athlete: str | None = None
    load_kg: float | None = None
    side: Side | None = None
    asked: Prescription | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody says of a session. set_number, rep_number: as measured, in the version that is shown; lifter,
    flags, version: for the kinds that are about them."""

    kind: Kind
    set_number: int | None = None
    rep_number: int | None = None
    lifter: Lifter = Lifter()
    flags: Mapping[str, bool] | None = None
    version: int | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """number: in the order in which they were said; made_by: an account or a screen, None at the computer itself.

    set_number and rep_number are what the set and the rep are called where they were measured. first and last are the
    turns of the first and the last rep that it is about (of a set without reps, its start; of a split or a merge, the
    rep with which the second part begins), so that it holds for other analyses of the session, too.
    """

    number: int
    session: str
    kind: Kind
    made: datetime
    set_number: int | None = None
    rep_number: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    lifter: Lifter = Lifter()
    flags: Mapping[str, bool] | None = None
    version: int | None = None
    made_by: str | None = None
    why: str | None = None
    revoked: datetime | None = None
    revoked_by: str | None = None
