"""Which stretches of a recording are worth a row of their own: every set with some context, and what was rejected
away from any set. A long set takes several rows, cut between reps."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from sensor_hub.app.picture.collect import DrawnRep, Picture, Rejected
from sensor_hub.app.picture.words import counted

CONTEXT_S = 3.0
LEAST_S = 15.0
"""Shortest stretch that fills a row."""
NEAR_S = 8.0
"""What was rejected this close to a set is shown beside it."""
TOGETHER_S = 20.0
"""Rejected candidates no further apart share a row."""
ROW_S = 75.0
ROW_REPS = 13
"""What a row holds at most, so that its numbers stay legible."""


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    start_s: float
    end_s: float
    reps: tuple[DrawnRep, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def scenes(picture: Picture) -> list[Scene]:
    """In order of time; the whole recording where nothing happened in it."""
    first_s, last_s = float(picture.time_s[0]), float(picture.time_s[-1])
    found, left = [], list(picture.rejected)
    for one in picture.sets:
        start_s, end_s = one.start_s, max(rep.end_s for rep in one.reps)
        beside = [r for r in left if r.candidate.end_s > start_s - NEAR_S and r.candidate.start_s < end_s + NEAR_S]
        left = [r for r in left if r not in beside]
        title = f"Set {one.number}  ·  {counted(len(one.reps), 'rep')}"
        whole = _framed(title, [(start_s, end_s), *_ranges(beside)], one.reps, beside)
        found += _rows(whole)
    found += [_framed("Not counted", _ranges(group), (), group) for group in _grouped(left)]
    clipped = [_clipped(scene, picture) for scene in sorted(found, key=lambda scene: scene.start_s)]
    return clipped or [Scene("Nothing looked like a rep", first_s, last_s)]


def _clipped(scene: Scene, picture: Picture) -> Scene:
    """Within the recording; its context ends where the next rep begins, or the one before has ended."""
    own = {id(drawn) for drawn in scene.reps}
    others = [drawn for drawn in picture.reps if id(drawn) not in own]
    middle_s = 0.5 * (scene.start_s + scene.end_s)
    before = [drawn.end_s for drawn in others if drawn.end_s < middle_s]
    after = [drawn.start_s for drawn in others if drawn.start_s > middle_s]
    start_s = max(scene.start_s, float(picture.time_s[0]), *before)
    end_s = min(scene.end_s, float(picture.time_s[-1]), *after)
    return replace(scene, start_s=start_s, end_s=end_s)


def _framed(
    title: str, ranges: Sequence[tuple[float, float]], reps: Sequence[DrawnRep], rejected: Sequence[Rejected]
) -> Scene:
    start_s, end_s = min(start for start, _ in ranges), max(end for _, end in ranges)
    around_s = max(CONTEXT_S, 0.5 * (LEAST_S - (end_s - start_s)))
    return Scene(title, start_s - around_s, end_s + around_s, tuple(reps), tuple(rejected))


def _ranges(rejected: Iterable[Rejected]) -> list[tuple[float, float]]:
    return [(r.candidate.start_s, r.candidate.end_s) for r in rejected]


def _grouped(rejected: Sequence[Rejected]) -> Iterator[list[Rejected]]:
    group: list[Rejected] = []
    for one in rejected:
        far = group and one.candidate.end_s > group[0].candidate.start_s + ROW_S
        if group and (far or one.candidate.start_s > group[-1].candidate.end_s + TOGETHER_S):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _rows(whole: Scene) -> list[Scene]:
    """The set in rows of about equal length, each starting a moment before its first rep."""
    count = max(ceil((whole.end_s - whole.start_s) / ROW_S), ceil(len(whole.reps) / ROW_REPS))
    share = ceil(len(whole.reps) / count)
    parts = [whole.reps[i : i + share] for i in range(0, len(whole.reps), share)]
    if len(parts) == 1:
        return [whole]
    cuts = [0.5 * (before[-1].end_s + after[0].start_s) for before, after in itertools.pairwise(parts)]
    starts, ends = [whole.start_s, *cuts], [*cuts, whole.end_s]
    return [
        Scene(
            whole.title if i == 0 else f"{whole.title}, continued",
            start_s,
            end_s,
            part,
            tuple(r for r in whole.rejected if start_s <= r.candidate.start_s < end_s),
        )
        for i, (part, start_s, end_s) in enumerate(zip(parts, starts, ends, strict=True))
    ]
