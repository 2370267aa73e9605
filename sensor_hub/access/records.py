"""What the file of accounts holds."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sensor_hub.access.rights import Right, Role
from sensor_hub.messages import AthleteId, Name

_KEPT = ConfigDict(frozen=True, extra="forbid")


class Account(BaseModel):
    model_config = _KEPT

    name: Name
    role: Role
    password_hash: str
    athlete: AthleteId | None = None
    """Whose own sessions it may see in full."""


class Token(BaseModel):
    """For a program, or with a machine for the screen beside it."""

    model_config = _KEPT

    id: str
    label: str = Field(min_length=1, max_length=100)
    scopes: frozenset[Right]
    site: Name | None = None
    machine: Name | None = None
    made: datetime
    secret_hash: str


class Share(BaseModel):
    """A link to a session, for whoever has it. athlete: whose sets alone; athletes: everybody whom it showed when it
    was made, so that it ends with the first who is erased."""

    model_config = _KEPT

    id: str
    session: Annotated[str, Field(min_length=1, max_length=200)]
    athlete: AthleteId | None = None
    athletes: tuple[AthleteId, ...] = ()
    named: bool = False
    made: AwareDatetime
    made_by: str | None = None
    expires: AwareDatetime
    secret_hash: str


class Records(BaseModel):
    model_config = _KEPT

    accounts: tuple[Account, ...] = ()
    tokens: tuple[Token, ...] = ()
    shares: tuple[Share, ...] = ()
