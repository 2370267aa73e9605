"""The engine on real sensors and real people, whose truth is a count, a label or a camera.

    python benchmarks/real.py --recordings FOLDER [--json]

FOLDER holds NAME.csv[.gz] beside NAME.meta.json. What the meta file states decides what is judged:

- `reps`, `reps_relabeled`: how many the lifter or a labeller counted (LiftIQ: a wrist on a machine, 100 Hz; AppLift: a
  sensor on a weight stack, 7.6 Hz). Aim: within one.
- `fault`: what the lifter was told to do. Aim: eccentric to concentric velocity puts sets in the order `Pull Fast`,
  `Clean`, `Release Fast`, without overlap.
- `half_cycles`: vertical strokes of a hand-moved board, by optical tracking (BROAD: Laidig, Caruso, Cereatti, Seel,
  Data 6(7):72, 2021, doi 10.3390/data6070072). Those with less than 0.1 m of sideways travel count. Aim: median errors
  of range within 1.5 cm, of peak velocity within 0.03 m/s.

None of these recordings is part of the project. A * marks what misses its aim.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from sensor_hub.app.recording import read_recording
from sensor_hub.engine import Engine
from sensor_hub.engine.params import First, Params
from sensor_hub.model import CandidateRejected, Event, Rep, RepSettled

FAULTS = ("Pull Fast", "Clean", "Release Fast")
SIDEWAYS_M = 0.1
RANGE_AIM_M = 0.015
PEAK_AIM_MPS = 0.03

Json = dict[str, Any]


@dataclass(frozen=True)
class Stroke:
    """One way of a settled rep."""

    direction: str
    start_s: float
    end_s: float
    travel_m: float
    peak_mps: float

    def overlap_s(self, start_s: float, end_s: float) -> float:
        return min(self.end_s, end_s) - max(self.start_s, start_s)


@dataclass
class Board:
    """Strokes of one hand-moved board beside the camera's."""

    strokes: int = 0
    range_errors_m: list[float] = field(default_factory=list)
    peak_errors_mps: list[float] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    """Why the others were not told."""

    def merge(self, other: "Board") -> None:
        self.strokes += other.strokes
        self.range_errors_m += other.range_errors_m
        self.peak_errors_mps += other.peak_errors_mps
        self.lost.update(other.lost)

    def figures(self) -> Json:
        return {
            "strokes": self.strokes,
            "told": len(self.range_errors_m),
            "range_m": float(np.median(self.range_errors_m)) if self.range_errors_m else None,
            "peak_mps": float(np.median(self.peak_errors_mps)) if self.peak_errors_mps else None,
            "lost": dict(self.lost),
        }


def events_of(path: Path, first: First = First.AUTO) -> list[Event]:
    engine = Engine(Params(first=first))
    return [event for block in read_recording(path).blocks() for event in engine.feed(block)] + engine.finish()


def reps_of(events: list[Event]) -> list[Rep]:
    return [event.rep for event in events if isinstance(event, RepSettled)]


def judge_count(path: Path, meta: Json) -> Json:
    """Reps found when the engine must see for itself what comes first, and when it is told."""
    counted = meta.get("reps_relabeled", meta.get("reps"))
    alone = len(reps_of(events_of(path)))
    told = len(reps_of(events_of(path, First(meta.get("starts_with", "auto")))))
    return {"counted": counted, "counted_live": meta.get("reps_app"), "found": alone, "found_told_first": told}


def ratios_of(path: Path) -> list[float]:
    """Mean eccentric to mean concentric velocity of each rep."""
    pairs = [(rep.mean_eccentric_velocity_mps, rep.mean_velocity_mps) for rep in reps_of(events_of(path))]
    return [down / up for down, up in pairs if down is not None and up]


def judge_board(path: Path, meta: Json) -> Board:
    events = events_of(path)
    strokes = [stroke for rep in reps_of(events) for stroke in _strokes(rep)]
    board = Board()
    for true in meta["half_cycles"]:
        if max(true["horiz_x_range_m"], true["horiz_y_range_m"]) >= SIDEWAYS_M:
            continue
        board.strokes += 1
        span = true["t0_s"], true["t1_s"]
        alike = [
            s
            for s in strokes
            if s.direction == true["direction"] and s.overlap_s(*span) > 0.5 * true["duration_s"]
        ]
        if alike:
            best = max(alike, key=lambda stroke: stroke.overlap_s(*span))
            board.range_errors_m.append(abs(best.travel_m - true["rom_m"]))
            board.peak_errors_mps.append(abs(best.peak_mps - true["peak_vel_mps"]))
        else:
            board.lost[_why_lost(events, *span)] += 1
    return board


def _strokes(rep: Rep) -> Iterator[Stroke]:
    """The way up, and the way down before or after it."""
    if rep.mean_velocity_mps is not None and rep.peak_velocity_mps is not None:
        travel_m = rep.mean_velocity_mps * rep.concentric_s
        yield Stroke("up", rep.turn_s, rep.end_s, travel_m, rep.peak_velocity_mps)
    speed, peak, lasted_s = rep.mean_eccentric_velocity_mps, rep.peak_eccentric_velocity_mps, rep.eccentric_s
    if speed is not None and peak is not None and lasted_s is not None:
        start_s = rep.end_s + (rep.top_pause_s or 0.0) if rep.start_s is None else rep.start_s
        yield Stroke("down", start_s, start_s + lasted_s, speed * lasted_s, peak)


def _why_lost(events: list[Event], start_s: float, end_s: float) -> str:
    for event in events:
        if isinstance(event, CandidateRejected) and event.start_s < end_s and event.end_s > start_s:
            return event.reason
    return "no stroke was seen"


def judge(folder: Path) -> Json:
    """Everything the folder allows to judge, file by file."""
    counts: Json = {}
    faults: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(lambda: defaultdict(dict))
    boards: dict[str, Board] = {}
    for meta_path in sorted(folder.glob("*.meta.json")):
        name = meta_path.name.removesuffix(".meta.json")
        plain = folder / f"{name}.csv"
        path, meta = plain if plain.exists() else folder / f"{name}.csv.gz", json.loads(meta_path.read_text())
        if "half_cycles" in meta:
            boards[name] = judge_board(path, meta)
        else:
            counts[name] = judge_count(path, meta)
        if "fault" in meta:
            faults[meta["exercise"]][meta["fault"]][name] = ratios_of(path)
    pooled = Board()
    for board in boards.values():
        pooled.merge(board)
    return {
        "counts": counts,
        "velocity_ratios": faults,
        "strokes": {name: board.figures() for name, board in (*boards.items(), ("all", pooled))} if boards else {},
    }


def show_counts(counts: Json) -> None:
    print(f"{'reps':66}{'counted':>9}{'live':>6}{'found':>7}{'told what comes first':>23}")
    for name, n in counts.items():
        alone, told = (
            f"{x}{'*' if abs(x - n['counted']) > 1 else ' '}" for x in (n["found"], n["found_told_first"])
        )
        print(f"{name:66}{n['counted']:>9}{n['counted_live'] or '-':>6}{alone:>7}{told:>23}")


def show_ratios(faults: Json) -> None:
    for exercise, sets in faults.items():
        print(
            f"\neccentric to concentric velocity: {exercise}\n{'':16}{'reps, 10-50-90 %':>24}   medians of the sets"
        )
        told = [fault for fault in FAULTS if _pooled(sets.get(fault, {}))]
        for fault in told:
            low, middle, high = np.percentile(_pooled(sets[fault]), [10, 50, 90])
            medians = "  ".join(f"{x:.2f}" for x in _medians(sets[fault]))
            print(f"{fault:16}{low:>10.2f}{middle:>7.2f}{high:>7.2f}   {medians}")
        for slower, faster in pairwise(told):
            apart = _medians(sets[slower])[-1] < _medians(sets[faster])[0]
            wrong = float(np.mean(np.greater.outer(_pooled(sets[slower]), _pooled(sets[faster]))))
            how = "sets apart" if apart else "sets overlap*"
            print(f"{slower} and {faster}: {how}, {wrong:.0%} of all pairs of reps in the wrong order")


def _pooled(sets: dict[str, list[float]]) -> list[float]:
    return [ratio for ratios in sets.values() for ratio in ratios]


def _medians(sets: dict[str, list[float]]) -> list[float]:
    return sorted(float(np.median(ratios)) for ratios in sets.values() if ratios)


def show_boards(boards: Json) -> None:
    print(
        f"\n{'strokes of a hand-moved board':56}{'strokes':>9}{'told':>6}{'range cm':>10}{'peak m/s':>10}  lost to"
    )
    for name, board in boards.items():
        distance, speed = board["range_m"], board["peak_mps"]
        cells = "" if distance is None else f"{100 * distance:.1f}{'*' if distance > RANGE_AIM_M else ' '}"
        peaks = "" if speed is None else f"{speed:.3f}{'*' if speed > PEAK_AIM_MPS else ' '}"
        lost = ", ".join(f"{count} {why}" for why, count in board["lost"].items())
        print(f"{name:56}{board['strokes']:>9}{board['told']:>6}{cells:>10}{peaks:>10}  {lost}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", required=True)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not any(args.recordings.glob("*.meta.json")):
        parser.error(f"{args.recordings} holds no NAME.meta.json: name a folder with real recordings.")
    judged = judge(args.recordings)
    if args.json:
        print(json.dumps(judged))
        return
    show_counts(judged["counts"])
    show_ratios(judged["velocity_ratios"])
    if judged["strokes"]:
        show_boards(judged["strokes"])


if __name__ == "__main__":
    main()
