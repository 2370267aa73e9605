"""How true the numbers are: the engine's reps beside the truth, family by family.

    python benchmarks/accuracy.py [--seeds 3] [--json]            # recordings rendered from config/scenarios
    python benchmarks/accuracy.py --recordings FOLDER [--json]    # NAME.csv[.gz] beside NAME.truth.json

A set is exact when all its reps were found and told as one set that holds no other. A rep is found when its turn lies
within 0.8 s of a true one. Errors are absolute: median / 95th percentile, and in brackets the share of true values
within two stated standard uncertainties. "told" is how long after its true end a rep was settled, by the device time
of the newest sample used.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from firmware_sim import scenario
from firmware_sim.performance import Performance
from sensor_hub.app.recording import read_recording
from sensor_hub.engine import Engine
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, RepSettled, Samples

FAMILIES = [
    *(
        "controlled",
        "glass",
        "explosive",
        "bounce",
        "slam",
        "partials",
        "clutter",
        "touchandgo",
        "lossy",
        "vertical",
    ),
    *("empty", "pause_bottom", "rest_pause", "failure", "cheap", "noisy", "moved", "no_unrack", "fast_controlled"),
]
METRICS = {
    "eccentric_s": ("eccentric_s", 1e3, "ms"),
    "concentric_s": ("concentric_s", 1e3, "ms"),
    "bottom_pause_s": ("bottom_pause_s", 1e3, "ms"),
    "rom_m": ("rom_m", 1e3, "mm"),
    "mean_velocity_mps": ("mean_concentric_velocity", 1e3, "mm/s"),
    "peak_velocity_mps": ("peak_concentric_velocity", 1e3, "mm/s"),
}
FLAGS = {"bounced": "bounce", "hard_lockout": "lockout_slam", "partial": "partial"}
MATCH_S = 0.8
BLOCK = 16


@dataclass
class Tally:
    """What one family came to."""

    sets: int = 0
    exact: int = 0
    reps: int = 0
    found: int = 0
    added: int = 0
    errors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    inside: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    told_s: list[float] = field(default_factory=list)
    flags: dict[str, list[int]] = field(default_factory=lambda: {name: [0, 0, 0] for name in FLAGS})
    """True positives, false negatives, false positives."""

    def add(self, truth: dict[str, Any], events: list[RepSettled]) -> None:
        taken: set[int] = set()
        for one in truth["sets"]:
            matches = [_nearest(rep["turn_s"], events, taken) for rep in one["reps"]]
            told_in = {events[match].set_number for match in matches if match is not None}
            self.sets += 1
            members = sum(e.set_number in told_in for e in events)
            self.exact += None not in matches and len(told_in) == 1 and members == len(matches)
            for rep, match in zip(one["reps"], matches, strict=True):
                self.reps += 1
                if match is not None:
                    self._measure(rep, events[match])
        self.added += len(events) - len(taken)

    def _measure(self, true: dict[str, Any], event: RepSettled) -> None:
        self.found += 1
        self.told_s.append(event.at_s - true["end_s"])
        for name, (true_name, _, _) in METRICS.items():
            value, sigma = getattr(event.rep, name), event.rep.uncertainty.get(name)
            if value is not None and sigma is not None:
                error = abs(value - true[true_name])
                self.errors[name].append(error)
                self.inside[name].append(error <= 2 * sigma)
        for name, true_name in FLAGS.items():
            said, is_so = getattr(event.rep, name), true[true_name]
            if said is not None and is_so is not None and (said or is_so):
                self.flags[name][0 if said and is_so else 1 if is_so else 2] += 1

    def merge(self, other: "Tally") -> None:
        for name in ("sets", "exact", "reps", "found", "added"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.told_s += other.told_s
        for name in METRICS:
            self.errors[name] += other.errors[name]
            self.inside[name] += other.inside[name]
        for name in FLAGS:
            self.flags[name] = [a + b for a, b in zip(self.flags[name], other.flags[name], strict=True)]

    def summary(self) -> dict[str, Any]:
        figures: dict[str, Any] = {
            name: getattr(self, name) for name in ("sets", "exact", "reps", "found", "added")
        }
        for name, errors in self.errors.items():
            if errors:
                median, p95 = np.percentile(errors, [50, 95])
                inside = float(np.mean(self.inside[name]))
                figures[name] = {"median": float(median), "p95": float(p95), "inside": inside}
        if self.told_s:
            figures["told_s"] = [float(x) for x in np.percentile(self.told_s, [50, 95])]
        return figures | {"flags": self.flags}


def _nearest(turn_s: float, events: list[RepSettled], taken: set[int]) -> int | None:
    near = [(abs(e.rep.turn_s - turn_s), i) for i, e in enumerate(events) if i not in taken]
    if not near or min(near)[0] > MATCH_S:
        return None
    taken.add(min(near)[1])
    return min(near)[1]


def rendered(seeds: int) -> Iterator[tuple[dict[str, Any], list[Samples | Gap]]]:
    for family in FAMILIES:
        plan = scenario.load(Path("config/scenarios") / f"{family}.toml")
        for seed in range(100, 100 + seeds):
            performance = Performance(plan, seed)
            time_s, counts = performance.samples
            scale = performance.range_g * STANDARD_GRAVITY_MPS2 / 32768
            yield performance.truth(), _cut(np.asarray(time_s), counts * scale)


def recorded(folder: Path) -> Iterator[tuple[dict[str, Any], list[Samples | Gap]]]:
    for path in sorted(folder.glob("*.truth.json")):
        stem = path.name.removesuffix(".truth.json")
        files = [p for ending in (".csv", ".csv.gz") if (p := folder / f"{stem}{ending}").exists()]
        yield json.loads(path.read_text()), list(read_recording(files[0]).blocks())


def _cut(time_s: np.ndarray, accel: np.ndarray) -> list[Samples | Gap]:
    return [Samples(time_s[i : i + BLOCK], accel[i : i + BLOCK]) for i in range(0, len(time_s), BLOCK)]


def analyse(blocks: list[Samples | Gap]) -> list[RepSettled]:
    engine = Engine()
    events = [event for block in blocks for event in engine.feed(block)] + engine.finish()
    return [event for event in events if isinstance(event, RepSettled)]


def show(rows: dict[str, Tally]) -> None:
    heads = [f"{name.rsplit('_', 1)[0]} {unit}" for name, (_, _, unit) in METRICS.items()]
    print(f"{'family':16} exact/sets found/reps added  told s      " + "".join(f"{h:>27}" for h in heads))
    for family, tally in rows.items():
        figures = tally.summary()
        told = "/".join(f"{x:.2f}" for x in figures.get("told_s", []))
        cells = []
        for name, (_, scale, _) in METRICS.items():
            f = figures.get(name)
            text = f"{f['median'] * scale:.1f} / {f['p95'] * scale:.1f} ({f['inside']:.0%})" if f else "-"
            cells.append(f"{text:>27}")
        counts = f"{tally.exact:4}/{tally.sets:<5} {tally.found:5}/{tally.reps:<5} {tally.added:4}"
        print(f"{family:16} {counts}  {told:12}" + "".join(cells))
    print("\nflags: true positives, false negatives, false positives")
    for name, counts in rows["ALL"].flags.items():
        print(f"  {name:14}", *counts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="renderings of each scenario")
    parser.add_argument("--recordings", type=Path, help="a folder of recordings with truth")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows: dict[str, Tally] = defaultdict(Tally)
    for truth, blocks in recorded(args.recordings) if args.recordings else rendered(args.seeds):
        rows[truth["family"]].add(truth, analyse(blocks))
    total = Tally()
    for tally in rows.values():
        total.merge(tally)
    rows["ALL"] = total
    if args.json:
        print(json.dumps({family: tally.summary() for family, tally in rows.items()}))
    else:
        show(rows)


if __name__ == "__main__":
    main()
