"""A recording through the engine: the whole report at once, or event by event as a live hub tells it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sensor_hub.app.recording import Recording
from sensor_hub.engine import Engine, ProfileLearned, RailContradicts
from sensor_hub.model import (
    Calibrated,
    CandidateRejected,
    Event,
    Gap,
    GapSeen,
    Motion,
    PhaseBegan,
    RepSettled,
    Samples,
    Saturated,
    SetEnded,
    SetStarted,
)

Json = dict[str, Any]


def analyze(recording: Recording) -> Json:
    """The report of a recording."""
    return report(recording, list(events(recording.blocks(), motion=False)))


def events(blocks: Iterable[Samples | Gap], motion: bool = True) -> Iterator[Event]:
    """Everything the engine tells of these blocks, to the end; motion: the provisional motion, too."""
    engine = Engine(motion=motion)
    for block in blocks:
        yield from engine.feed(block)
    yield from engine.finish()


def report(recording: Recording, events: Sequence[Event]) -> Json:
    """The report of the analysis contract: recording, machine, sets with their reps, rejected candidates."""
    frames = [event for event in events if isinstance(event, Calibrated)]
    return {
        "recording": _describe(recording),
        "machine": {
            "incline_deg": frames[-1].incline_deg if frames else None,
            "axis": list(frames[-1].axis) if frames else None,
        },
        "sets": [asdict(event.set) for event in events if isinstance(event, SetEnded)],
        "rejected": [asdict(event) for event in events if isinstance(event, CandidateRejected)],
    }


def stream(recording: Recording, motion: bool = False) -> Iterator[Json]:
    """Every event as one flat object, in the order a live hub would tell them.

    motion: also the provisional motion, and with each rep its settled course as `trace`.
    """
    for event in events(recording.blocks(), motion):
        if motion and isinstance(event, RepSettled):
            yield flatten(event) | {"trace": asdict(event.trace)}
        else:
            yield flatten(event)


def flatten(event: Event) -> Json:
    """An engine event as a JSON object: `event`, `at_s`, then the event's own fields."""
    match event:
        case RepSettled(at_s, set_number, rep):
            return {"event": "rep", "at_s": at_s, "set_number": set_number, **asdict(rep)}
        case SetStarted(at_s, number, start_s):
            return {"event": "set", "at_s": at_s, "progress": "started", "number": number, "start_s": start_s}
        case SetEnded(at_s, finished):
            return {"event": "set", "at_s": at_s, "progress": "ended", **asdict(finished)}
        case GapSeen(at_s, gap):
            return {"event": "gap", "at_s": at_s, **asdict(gap)}
        case ProfileLearned(at_s, profile):
            return {"event": "profile", "at_s": at_s, **asdict(profile)}
        case PhaseBegan() | Calibrated() | CandidateRejected() | Motion() | Saturated() | RailContradicts():
            return {"event": _NAMES[type(event)], **asdict(event)}
    raise TypeError(f"unknown engine event {event!r}")


_NAMES: dict[type[Event], str] = {
    PhaseBegan: "phase",
    Calibrated: "calibrated",
    CandidateRejected: "rejected",
    Motion: "motion",
    Saturated: "saturated",
    RailContradicts: "contradiction",
}


def _describe(recording: Recording) -> Json:
    return {
        "file": recording.file,
        "rate_hz": round(1 / recording.interval_s, 3),
        "duration_s": round(float(recording.time_s[-1] - recording.time_s[0]), 3),
        "gaps": [asdict(gap) for gap in recording.gaps],
    }
