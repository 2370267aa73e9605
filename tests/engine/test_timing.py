"""Times that are themselves uncertain: of a sensor that does not date its samples."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sensor_hub.engine import Engine
from sensor_hub.model import Event, Samples
from tests.engine.conftest import BLOCK, part, perform, reps_of

STROKES = ("eccentric_s", "concentric_s", "rom_m", "mean_velocity_mps", "peak_velocity_mps")
OTHERS = ("propulsive_share", "sticking_point_share", "eccentric_control")


def told(samples: Samples, sigma_s: float, block: int = BLOCK) -> list[Event]:
    engine, events = Engine(), []
    for start in range(0, len(samples), block):
        events += engine.feed(replace(part(samples, start, start + block), time_sigma_s=sigma_s))
    return events + engine.finish()


@cache
def dated() -> list[Event]:
    return perform("controlled", 100).events


def test_each_metric_is_less_certain_by_what_the_time_makes_of_it() -> None:
    sigma_s = 0.02
    samples = perform("controlled", 100).samples
    pairs = list(zip(reps_of(dated()), reps_of(told(samples, sigma_s)), strict=True))
    assert len(pairs) > 3
    for before, after in pairs:
        rep, old, new = after.rep, before.rep.uncertainty, after.rep.uncertainty
        assert replace(rep, uncertainty={}) == replace(before.rep, uncertainty={}), "the values stay"
        assert new.keys() == old.keys()
        assert rep.eccentric_s is not None
        assert rep.rom_m is not None
        assert rep.peak_velocity_mps is not None
        r = sigma_s / rep.concentric_s
        longest = sigma_s / min(rep.concentric_s, rep.eccentric_s)
        expected = {
            "eccentric_s": sigma_s,
            "concentric_s": sigma_s,
            "bottom_pause_s": sigma_s,
            "peak_velocity_mps": r * rep.peak_velocity_mps,
            "rom_m": 2 * longest * rep.rom_m,
        }
        for name, added in expected.items():
            assert new[name] == pytest.approx(np.hypot(old[name], added)), name
        assert {name: new[name] for name in OTHERS} == {name: old[name] for name in OTHERS}


def test_a_sensor_that_dates_its_samples_is_as_certain_as_ever() -> None:
    assert told(perform("controlled", 100).samples, 0.0) == dated()


@pytest.mark.parametrize("rate_error", [-0.015, 0.015])
def test_a_rate_that_is_off_by_a_sigma_keeps_the_truth_inside(rate_error: float) -> None:
    performed = perform("controlled", 100)
    wrong = replace(performed.samples, time_s=performed.samples.time_s * (1.0 + rate_error))
    inside: dict[str, list[bool]] = {name: [] for name in STROKES}
    truth_names = {
        "mean_velocity_mps": "mean_concentric_velocity",
        "peak_velocity_mps": "peak_concentric_velocity",
    }
    settled = reps_of(told(wrong, abs(rate_error) * 2.0))
    assert len(settled) == len(performed.reps)
    for event, truth in zip(settled, performed.reps, strict=True):
        for name in STROKES:
            sigma = event.rep.uncertainty[name]
            assert sigma is not None
            inside[name].append(abs(getattr(event.rep, name) - truth[truth_names.get(name, name)]) <= 2 * sigma)
    assert {name: np.mean(hits) > 0.9 for name, hits in inside.items()} == dict.fromkeys(STROKES, True)


def test_only_the_reps_measured_while_time_was_uncertain_are() -> None:
    samples = perform("controlled", 100).samples
    reps = reps_of(dated())
    middle_s = 0.5 * (reps[1].rep.end_s + (reps[2].rep.start_s or reps[2].rep.turn_s))
    engine, events = Engine(), []
    for start in range(0, len(samples), BLOCK):
        block = part(samples, start, start + BLOCK)
        events += engine.feed(replace(block, time_sigma_s=0.05 if block.time_s[0] > middle_s else 0.0))
    events += engine.finish()
    wider = [
        after.rep.uncertainty != before.rep.uncertainty
        for before, after in zip(reps, reps_of(events), strict=True)
    ]
    assert wider == [False, False, *[True] * (len(reps) - 2)]


@pytest.mark.parametrize("block", [1, 7, 5000])
def test_it_does_not_matter_how_the_samples_are_cut(block: int) -> None:
    samples = part(perform("controlled", 100).samples, 0, 4000)
    assert told(samples, 0.01, block) == told(samples, 0.01)
