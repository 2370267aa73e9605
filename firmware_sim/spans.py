"""Numbers that a scenario leaves open: a range that each seed draws from, and tempos made of such ranges."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator


@dataclass(frozen=True, slots=True)
class Span:
    """A number, or a range that a seed draws from."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high)) if self.high > self.low else self.low

    def draw_count(self, rng: np.random.Generator) -> int:
        return int(rng.integers(round(self.low), round(self.high) + 1))


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds of eccentric, bottom pause, concentric, top pause, each a range; None is X, as fast as possible."""

    phases: tuple[Span | None, Span | None, Span | None, Span | None]


def parse_span(value: object) -> Span:
    if isinstance(value, Span):
        return value
    pair: list[Any] = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or any(isinstance(x, bool) or not isinstance(x, int | float) for x in pair):
        raise ValueError(f"expected a number or a range [low, high], got {value!r}")
    if pair[0] > pair[1]:
        raise ValueError(f"the range {value!r} runs backwards; write [low, high]")
    return Span(float(pair[0]), float(pair[1]))


def parse_tempo(value: object) -> Tempo:
    """`"3-1-1-0.5"`, with X for as fast as possible, or two of them as a range."""
    if isinstance(value, Tempo):
        return value
    pair = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or not all(isinstance(x, str) for x in pair):
        raise ValueError(f'expected a tempo such as "3-1-1-0" or a pair of them, got {value!r}')
    first, second = (_digits(str(x)) for x in pair)
    spans = [
        None if a is None or b is None else Span(min(a, b), max(a, b)) for a, b in zip(first, second, strict=True)
    ]
    return Tempo((spans[0], spans[1], spans[2], spans[3]))


def _digits(text: str) -> list[float | None]:
    parts = text.split("-")
    if len(parts) != 4 or not all(re.fullmatch(r"[Xx]|\d+(\.\d+)?", part) for part in parts):
        raise ValueError(
            f'tempo {text!r} is not four phases such as "3-1-1-0" (eccentric, bottom, concentric, top; X: fast)'
        )
    if parts[1] in "xX" or parts[3] in "xX":
        raise ValueError(f"tempo {text!r} has an X for a pause; write 0 for no pause")
    return [None if part in "xX" else float(part) for part in parts]


def within(low: float, high: float) -> AfterValidator:
    def check(span: Span) -> Span:
        if span.low < low or span.high > high:
            raise ValueError(f"must lie between {low:g} and {high:g}")
        return span

    return AfterValidator(check)


Number = Annotated[Span, BeforeValidator(parse_span)]
