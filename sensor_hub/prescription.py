"""What a coach asks for: 3 sets of 10 at 4-1-2-0, with how much, how deep, and when to stop."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_DIGIT = r"\d{1,2}(?:\.\d)?|X"
_SPACED = re.compile(rf"({_DIGIT})(?:[-/: ]({_DIGIT}))(?:[-/: ]({_DIGIT}))(?:[-/: ]({_DIGIT}))", re.IGNORECASE)
_PACKED = re.compile(r"([\dX])([\dX])([\dX])([\dX])", re.IGNORECASE)
MOST_S = 30.0

Digits = tuple[float, float, float, float]
"""Eccentric, bottom pause, concentric and top pause in seconds; a stroke of 0 s is X, as fast as one can."""


def parse_tempo(text: str) -> Digits:
    """Digits of 4-1-2-0, 4/1/X/0 or 41X0. ValueError says what is wrong."""
    found = _SPACED.fullmatch(text.strip()) or _PACKED.fullmatch(text.strip())
    if not found:
        raise ValueError(
            f"{text!r} is no tempo: write lowering, hold, push and top in seconds, as 4-1-2-0 or 3-0-X-0"
        )
    words = [word.upper() for word in found.groups()]
    if "X" in (words[1], words[3]):
        raise ValueError(f"{text!r}: only a stroke can be X, as fast as possible; write 0 for no pause.")
    eccentric_s, bottom_s, concentric_s, top_s = (0.0 if word == "X" else float(word) for word in words)
    if max(eccentric_s, bottom_s, concentric_s, top_s) > MOST_S:
        raise ValueError(f"{text!r}: no phase lasts longer than {MOST_S:.0f} seconds.")
    return eccentric_s, bottom_s, concentric_s, top_s


def write_tempo(digits: Digits) -> str:
    """The one spelling that is stored and shown: 4-1-X-0."""
    strokes = (True, False, True, False)
    return "-".join(
        "X" if stroke and not digit_s else f"{digit_s:g}" for digit_s, stroke in zip(digits, strokes, strict=True)
    )


def _spelled(text: str) -> str:
    return write_tempo(parse_tempo(text))


TempoText = Annotated[str, AfterValidator(_spelled)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Speed = Annotated[float, Field(gt=0.0, le=3.0)]


class Prescription(BaseModel):
    """One exercise of a session. Null is what is left to the lifter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exercise: str = Field("leg press", min_length=1, max_length=60)
    sets: int = Field(ge=1, le=20)
    reps: int = Field(ge=1, le=100)
    tempo: TempoText | None = None
    load_kg: float | None = Field(None, gt=0.0, le=1000.0)
    """Plates and sled: all that moves."""
    slowest_mps: Speed | None = None
    fastest_mps: Speed | None = None
    """The velocity zone: mean concentric velocity of each rep."""
    deepest: Share = 0.0
    highest: Share = 1.0
    """How far the sled may go, as shares of the machine's full range above its bottom: a therapist's limits."""
    velocity_loss: float | None = Field(None, ge=0.05, le=0.6)
    """Share of the fastest rep's velocity after whose loss the set ends."""
    rest_s: float | None = Field(None, ge=0.0, le=900.0)

    @property
    def digits(self) -> Digits | None:
        return None if self.tempo is None else parse_tempo(self.tempo)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.deepest + 0.1 > self.highest:
            raise ValueError("the range leaves no room: put highest at least 0.1 above deepest")
        if self.slowest_mps and self.fastest_mps and self.slowest_mps >= self.fastest_mps:
            raise ValueError("the velocity zone is empty: put fastest_mps above slowest_mps")
        return self
