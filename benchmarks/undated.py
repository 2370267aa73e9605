"""How true the numbers are of a sensor that neither dates nor numbers its samples, over the air.

    python benchmarks/undated.py [--family witmotion] [--seeds 2] [--scenarios controlled slow]
    ... [--shadow-s 0.6] [--dated]

Each performance is measured at 100 Hz nominal, up to 3 % off, by a simulated sensor of the family; the hub connects to
it over the virtual radio, whose connection events fail once in 20, and dates the samples by their arrival. The
connection interval is 15, 30 or 50 ms, another one for each seed. --shadow-s: every 20 s nobody hears the sensor for so
long. --dated: the same samples, but for those of the shadows, with their true times straight into the engine, for
comparison. The figures are those of accuracy.py.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from accuracy import FIRST_SEED, SCENARIOS, Figures, show

from firmware_sim import scenario, virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.performance import Performance
from firmware_sim.scoring import Score
from firmware_sim.spans import Span
from firmware_sim.truth import RepTruth
from sensor_hub.engine import Engine
from sensor_hub.link import LinkEvent, Missing, Radio, Received, SensorLink, scan
from sensor_hub.link.adapter import adapter_on
from sensor_hub.model import Event, Gap, Samples

INTERVALS_MS = (15.0, 30.0, 50.0)
EVENT_FAILURE = 0.05
SHADOW_EVERY_S = 20.0
BLOCK = 5
AFTER_S = 3.0
INSTANTS = ("start_s", "bottom_s", "turn_s", "end_s")


def perform(path: Path, seed: int, range_g: int) -> Performance:
    plan = scenario.load(path)
    sensor = plan.sensor.model_copy(
        update={"chip": "bmi270", "rate_hz": 100.0, "range_g": range_g, "rate_error_percent": Span(-3.0, 3.0)}
    )
    radio = plan.radio.model_copy(update={"loss_ratio": 0.0})
    return Performance(plan.model_copy(update={"sensor": sensor, "radio": radio}), seed)


async def heard(
    performance: Performance, family: str, seed: int, shadow_s: float
) -> tuple[list[Samples | Gap], float]:
    """What the hub's link gives, and the loop's time at the first sample's device time 0."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[float] = loop.create_future()
    events: list[LinkEvent] = []
    shadows = tuple(Shadow(at_s, at_s + shadow_s) for at_s in shadows_s(performance, shadow_s))
    air = Air(
        [performance],
        families={performance.name: family},
        conditions=Conditions(event_failure=EVENT_FAILURE, shadows=shadows),
        seed=seed,
        on_finished=lambda name: ended.set_result(loop.time()),
    )
    air.peripherals[0].connection_interval_ms = INTERVALS_MS[seed % len(INTERVALS_MS)]
    async with air:
        dongle = air.dongle()
        radio = Radio([await adapter_on(dongle, dongle, "virtual")])
        (found,) = await scan(radio, 1.0)
        link = SensorLink(found, radio, events.append, rng=random.Random(seed))
        linking = asyncio.create_task(link.run())
        end_s = await ended
        await asyncio.sleep(AFTER_S)
        linking.cancel()
        await asyncio.wait({linking})
        await radio.close()
    items = [
        event.samples if isinstance(event, Received) else event.gap
        for event in events
        if isinstance(event, Received | Missing)
    ]
    return items, end_s - float(performance.samples[0][-1])


def dated(performance: Performance, shadow_s: float) -> Iterator[Samples | Gap]:
    """The same samples with their true times, but for those of the shadows."""
    time_s, counts = performance.samples
    edges = [0.0, *(edge for at_s in shadows_s(performance, shadow_s) for edge in (at_s, at_s + shadow_s)), np.inf]
    last_s: float | None = None
    for start_s, end_s in zip(edges[::2], edges[1::2], strict=True):
        first, end = (int(i) for i in np.searchsorted(time_s, [start_s, end_s]))
        if last_s is not None:
            yield Gap(last_s, float(time_s[first]), round(shadow_s * performance.rate_hz))
        for i in range(first, end, BLOCK):
            part = slice(i, min(i + BLOCK, end))
            yield Samples(time_s[part], counts[part] * performance.chip.count_mps2)
        last_s = float(time_s[end - 1])


def shadows_s(performance: Performance, shadow_s: float) -> list[float]:
    """When they begin."""
    starts: list[float] = np.arange(
        SHADOW_EVERY_S, performance.duration_s - SHADOW_EVERY_S, SHADOW_EVERY_S
    ).tolist()
    return starts if shadow_s else []


def events_of(items: list[Samples | Gap]) -> list[Event]:
    engine = Engine()
    return [event for item in items for event in engine.feed(item)] + engine.finish()


def later(reps: list[RepTruth], by_s: float) -> list[RepTruth]:
    moved = [dict(rep) for rep in reps]
    for rep in moved:
        rep |= {name: rep[name] + by_s for name in INSTANTS if rep[name] is not None}
    return moved  # type: ignore[return-value]


def judged(args: argparse.Namespace) -> Iterator[tuple[str, Score]]:
    paths = [SCENARIOS / f"{name}.toml" for name in args.scenarios]
    for path in paths:
        for seed in range(FIRST_SEED, FIRST_SEED + args.seeds):
            performance = perform(path, seed, args.range_g)
            truth = performance.truth()
            if args.dated:
                items, start_s = list(dated(performance, args.shadow_s)), 0.0
            else:
                items, start_s = virtual_time.run(heard(performance, args.family, seed, args.shadow_s))
            score = Score()
            score.add([later(one["reps"], start_s) for one in truth["sets"]], events_of(items))
            n, gaps = score.counts, sum(isinstance(item, Gap) for item in items)
            counted = f"{n['found']} of {n['reps']} reps, {n['added']} added, {gaps} gaps"
            print(f"{path.stem}-{seed}: {counted}", file=sys.stderr, flush=True)
            yield truth["family"], score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", default="witmotion", help="of firmware_sim.families")
    parser.add_argument("--seeds", type=int, default=2, help="performances of each scenario")
    parser.add_argument("--range-g", type=int, default=16, help="of the sensor")
    parser.add_argument("--scenarios", nargs="+", metavar="NAME", default=["controlled", "touchandgo"])
    parser.add_argument("--shadow-s", type=float, default=0.0, help="length of a shadow every 20 s")
    parser.add_argument("--dated", action="store_true", help="true times instead of those of arrival")
    args = parser.parse_args()
    scores: dict[str, Score] = {}
    pooled = Score()
    for family, score in judged(args):
        scores.setdefault(family, Score()).merge(score)
        pooled.merge(score)
    families: dict[str, Figures] = {family: score.figures() for family, score in scores.items()}
    show(families, pooled.figures())


if __name__ == "__main__":
    main()
