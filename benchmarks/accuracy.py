"""How true the numbers are: what the engine tells beside the truth and beside what it must reach.

    python benchmarks/accuracy.py [--seeds 3]               # recordings rendered from config/scenarios
    python benchmarks/accuracy.py --recordings FOLDER       # NAME.csv[.gz] beside NAME.truth.json
    ... [--families glass slam] [--jobs 2] [--json]

First all families pooled, figure by figure beside its aim; then family by family. A * marks a figure that misses it.
firmware_sim/scoring.py defines them all. A set is exact when every rep of it was found and none was added around it,
whole when they were moreover told as one set that holds no other rep.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from os import cpu_count
from pathlib import Path

import numpy as np

from firmware_sim import scenario
from firmware_sim.performance import Performance
from firmware_sim.scoring import Score
from firmware_sim.truth import RepTruth
from sensor_hub.app.recording import Recording, read_recording
from sensor_hub.engine import Engine

SCENARIOS = Path(__file__).parents[1] / "config" / "scenarios"
FIRST_SEED = 100

Figures = dict[str, float]


@dataclass(frozen=True)
class Row:
    """One line of the table: figures that belong together, in one unit."""

    label: str
    names: tuple[str, ...]
    aims: tuple[float, ...] = ()
    """One a figure, in SI units; none where nothing is asked."""
    unit: str = ""
    scale: float = 1.0
    digits: int = 0
    least: bool = False
    """The aims are the least the figures must reach, not the most they may."""

    @property
    def head(self) -> str:
        return f"{self.label} {self.unit}".strip()

    def aim(self) -> str:
        return "" if not self.aims else ("≥ " if self.least else "≤ ") + "/".join(map(self._text, self.aims))

    def cell(self, figures: Figures) -> str:
        """The figures as text, with a * where one misses its aim."""
        if figures.keys().isdisjoint(self.names):
            return "-"
        values = [figures.get(name) for name in self.names]
        missed = any(self._misses(*pair) for pair in zip(values, self.aims, strict=False))
        return "/".join(map(self._text, values)) + ("*" if missed else " ")

    def _misses(self, value: float | None, aim: float) -> bool:
        return value is not None and (value < aim if self.least else value > aim)

    def _text(self, value: float | None) -> str:
        return "-" if value is None else f"{value * self.scale:.{self.digits}f}"


class Inside(Row):
    """A share that may miss its aim on either side: the uncertainty is stated too small, or too large."""

    def aim(self) -> str:
        return "90-99"

    def cell(self, figures: Figures) -> str:
        share = figures.get(self.names[0], 0.95)
        too_large = share >= 0.995 and figures["found"] > 200
        return super().cell(figures).rstrip() + ("*" if share < 0.895 or too_large else " ")


def _spread(label: str, name: str, unit: str, *aims: float) -> Row:
    return Row(label, (f"{name}.median", f"{name}.p95"), aims, unit, 1e3, digits=1)


def _inside(label: str, name: str) -> Row:
    return Inside(label, (f"{name}.inside",), (), "%", 1e2)


def _told(what: str, *aims: float) -> Row:
    return Row(f"{what} told", (f"{what}.told_s", f"{what}.told_p95_s"), aims, "s", digits=2)


def _missed(what: str) -> Row:
    return Row(f"{what} missed", (f"{what}.missed",), (0.01,), "%", 1e2, digits=1)


def _flag(label: str, name: str) -> Row:
    return Row(label, (f"{name}.precision", f"{name}.recall"), (0.98, 0.98), digits=3, least=True)


GROUPS = {
    "Reps": (
        Row("sets", ("sets",)),
        Row("exact", ("exact",), (0.99,), "%", 1e2, digits=1, least=True),
        Row("whole", ("whole",), (), "%", 1e2, digits=1),
        Row("reps", ("reps",)),
        Row("found", ("found",)),
        Row("added", ("added",)),
        Row("nobody lifts", ("told_idle",), (0,)),
    ),
    "Errors, median/p95": (
        _spread("eccentric", "eccentric_s", "ms", 0.015, 0.040),
        _spread("concentric", "concentric_s", "ms", 0.008, 0.030),
        _spread("bottom pause", "bottom_pause_s", "ms", 0.010, 0.030),
        _spread("range", "rom_m", "mm", 0.004, 0.015),
        _spread("mean v", "mean_velocity_mps", "mm/s", 0.005, 0.018),
        _spread("peak v", "peak_velocity_mps", "mm/s", 0.009, 0.035),
    ),
    "Truth within two standard uncertainties": (
        _inside("eccentric", "eccentric_s"),
        _inside("concentric", "concentric_s"),
        _inside("bottom pause", "bottom_pause_s"),
        _inside("range", "rom_m"),
        _inside("mean v", "mean_velocity_mps"),
        _inside("peak v", "peak_velocity_mps"),
    ),
    "Flags, precision/recall": (
        _flag("bounce", "bounced"),
        Row(
            "its cause right, told", ("bounce_cause.right", "bounce_cause.told"), (0.98, 0.8), digits=3, least=True
        ),
        _flag("hard lockout", "hard_lockout"),
        _flag("partial", "partial"),
    ),
    "Told after it happened, median/p95": (
        _told("rep", 0.15, 0.30),
        _told("eccentric", 0.12, 0.30),
        _missed("eccentric"),
        _told("concentric", 0.12, 0.30),
        _missed("concentric"),
    ),
}


@dataclass(frozen=True)
class Rendering:
    """A performance of one of the project's scenarios."""

    path: Path
    seed: int

    @property
    def name(self) -> str:
        return f"{self.path.stem}-{self.seed}"

    def open(self) -> tuple[str, list[list[RepTruth]], Recording]:
        performance = Performance(scenario.load(self.path), self.seed)
        time_s, counts = performance.samples
        truth = performance.truth()
        recording = Recording(self.name, np.asarray(time_s), counts * performance.chip.count_mps2, None)
        return truth["family"], [one["reps"] for one in truth["sets"]], recording


@dataclass(frozen=True)
class Recorded:
    """A recording with its truth beside it."""

    path: Path
    """Of the truth."""

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(".truth.json")

    def open(self) -> tuple[str, list[list[RepTruth]], Recording]:
        truth = json.loads(self.path.read_text())
        plain = self.path.with_name(f"{self.name}.csv")
        recording = read_recording(plain if plain.exists() else self.path.with_name(f"{self.name}.csv.gz"))
        return truth["family"], [one["reps"] for one in truth["sets"]], recording


def sources(args: argparse.Namespace) -> list[Rendering | Recorded]:
    if args.recordings:
        found: list[Rendering | Recorded] = [
            Recorded(path) for path in sorted(args.recordings.glob("*.truth.json"))
        ]
    else:
        paths = [path for path in sorted(SCENARIOS.glob("*.toml")) if not path.stem.startswith(("demo", "mixed"))]
        found = [Rendering(path, FIRST_SEED + i) for path in paths for i in range(args.seeds)]
    return [one for one in found if not args.families or one.name.rsplit("-", 1)[0] in args.families]


def judge(source: Rendering | Recorded) -> tuple[str, str, Score, float]:
    """Family, name, score and seconds spent of one recording."""
    begun = time.perf_counter()
    family, sets, recording = source.open()
    engine, score = Engine(), Score()
    events = [event for block in recording.blocks() for event in engine.feed(block)]
    score.add(sets, events + engine.finish())
    return family, source.name, score, time.perf_counter() - begun


def judged(todo: list[Rendering | Recorded], jobs: int) -> Iterator[tuple[str, Score]]:
    """In order; says on stderr what is done."""
    with Pool(jobs) as pool:
        for number, (family, name, score, spent_s) in enumerate(pool.imap(judge, todo), start=1):
            n = score.counts
            line = f"{n['found']} of {n['reps']} reps, {n['added']} added ({spent_s:.1f} s)"
            print(f"[{number}/{len(todo)}] {name}: {line}", file=sys.stderr, flush=True)
            yield family, score


def show(families: dict[str, Figures], pooled: Figures) -> None:
    print(f"{'':28}{'aim':>16}{'all':>16}")
    for title, rows in GROUPS.items():
        print(title)
        for row in rows:
            print(f"  {row.head:26}{row.aim():>16}{row.cell(pooled):>16}")
    for title, rows in GROUPS.items():
        print(f"\n{title}\n{'':16}" + "".join(f"{row.head:>21}" for row in rows))
        for family, figures in families.items():
            print(f"{family:16}" + "".join(f"{row.cell(figures):>21}" for row in rows))


def _finite(figures: Figures) -> dict[str, float | None]:
    """JSON knows no infinity: the delay of what is never told is null."""
    return {name: value if np.isfinite(value) else None for name, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="renderings of each scenario")
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", help="recordings with truth instead")
    parser.add_argument("--families", nargs="+", metavar="FAMILY", help="only these")
    parser.add_argument("--jobs", type=int, default=cpu_count(), help="processes; as many as there are cores")
    parser.add_argument("--json", action="store_true", help="every figure of every family")
    args = parser.parse_args()
    if not (todo := sources(args)):
        parser.error("Nothing to judge: there is no recording with a truth file, or no family of that name.")
    scores: dict[str, Score] = {}
    pooled = Score()
    for family, score in judged(todo, args.jobs):
        scores.setdefault(family, Score()).merge(score)
        pooled.merge(score)
    families = {family: score.figures() for family, score in scores.items()}
    if args.json:
        print(
            json.dumps(
                {name: _finite(figures) for name, figures in (*families.items(), ("all", pooled.figures()))}
            )
        )
    else:
        show(families, pooled.figures())


if __name__ == "__main__":
    main()
