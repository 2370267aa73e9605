"""From 7 to 400 samples a second, with and without a gyroscope, cut off in the middle of a motion: the count is right,
and what the rate cannot tell is said to be uncertain or not at all."""

import gzip
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.scoring import METRICS, Score
from sensor_hub.app.analysis import analyze
from sensor_hub.app.recording import read_recording
from sensor_hub.engine import Engine
from sensor_hub.model import Samples
from tests.engine.conftest import Performed, RepTruth, between, perform_acts, reps_of, tell
from tests.engine.synthetic import journey

RATES_HZ = (7.0, 7.63, 10.0, 12.5, 25.0, 50.0, 100.0, 200.0, 400.0)
TEMPI = ("2-0.5-1-0.5", "1.2-0-0.6-0")
BOUNCE_FROM_HZ, LOCKOUT_FROM_HZ = 19.7, 41.7
"""Samples at most 51 and 24 ms apart."""


@cache
def lifted(rate_hz: float, tempo: str = TEMPI[0], seed: int = 21) -> Performed:
    """A rest and one set of eight, as a sensor of this rate feels it."""
    rest = {"kind": "rest", "seconds": 6}
    lift = {"kind": "set", "reps": 8, "tempo": tempo, "rest_s": 8}
    return perform_acts(rest, lift, seed=seed, sensor={"rate_hz": rate_hz})


def pooled(rate_hz: float) -> dict[str, float]:
    """Figures of both tempi and a few seeds at one rate."""
    score = Score()
    for tempo in TEMPI:
        for seed in (21, 22):
            performed = lifted(rate_hz, tempo, seed)
            score.add(performed.sets, performed.events)
    return score.figures()


@pytest.mark.parametrize("tempo", TEMPI)
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_every_rep_is_counted_at_any_rate(rate_hz: float, tempo: str) -> None:
    performed = lifted(rate_hz, tempo)
    assert len(performed.found) == len(performed.settled) == len(performed.reps) == 8


@pytest.mark.parametrize("rate_hz", [7.63, 12.5, 25.0])
def test_what_a_low_rate_tells_is_as_true_as_it_says(rate_hz: float) -> None:
    figures = pooled(rate_hz)
    assert {name: figures[f"{name}.inside"] for name in METRICS if figures[f"{name}.inside"] < 0.9} == {}


@pytest.mark.parametrize("metric", METRICS)
def test_a_lower_rate_states_more_uncertainty(metric: str) -> None:
    def stated(rate_hz: float) -> float:
        return float(np.median([event.rep.uncertainty[metric] for event in lifted(rate_hz).settled]))

    assert stated(7.63) > 1.2 * stated(25.0) > 1.3 * stated(100.0)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_flag_is_told_only_where_the_rate_supports_it(rate_hz: float) -> None:
    reps = [event.rep for event in lifted(rate_hz).settled]
    assert {rep.bounced is not None for rep in reps} == {rate_hz > BOUNCE_FROM_HZ}
    assert {rep.hard_lockout is not None for rep in reps} == {rate_hz > LOCKOUT_FROM_HZ}


def test_strokes_that_hardly_stand_out_of_a_slow_sensors_noise_are_counted() -> None:
    """A leg extension: 12 cm, a handful of samples a stroke. The first motion shows its line only roughly."""
    rep = [(0.12, 1.1), (0.0, 0.2), (-0.12, 1.4), (0.0, 0.3)]
    lift = journey([(0.0, 3.0), *rep * 10, (0.0, 3.0)], rate_hz=7.63)
    found = []
    for seed in range(6):
        engine = Engine()
        told = engine.feed(lift.felt(noise_mps2=0.06, seed=seed)) + engine.finish()
        found.append(len(reps_of(told)))
    assert np.median(found) >= 9
    assert max(found) <= 10


def cut(performed: Performed, start_s: float, end_s: float) -> tuple[list[float], list[RepTruth]]:
    """Turns that a recording cut to [start_s, end_s) tells, and the true reps that lie wholly in it."""
    engine = Engine()
    events = tell(engine, between(performed.samples, start_s, end_s)) + engine.finish()
    inner = [rep for rep in performed.reps if rep["start_s"] > start_s and rep["end_s"] < end_s]
    return [event.rep.turn_s for event in reps_of(events)], inner


@pytest.mark.parametrize(("rate_hz", "may_miss"), [(7.63, 1), (100.0, 0), (400.0, 0)])
def test_a_recording_that_starts_and_ends_in_motion_holds_its_reps(rate_hz: float, may_miss: int) -> None:
    performed = lifted(rate_hz)
    first, last = performed.reps[0], performed.reps[-1]
    driving_s, lowering_s = (first["turn_s"] + first["end_s"]) / 2, (last["start_s"] + last["bottom_s"]) / 2
    turns, inner = cut(performed, driving_s, lowering_s)
    assert len(inner) == 6
    missed = [rep for rep in inner if min(abs(turn_s - rep["turn_s"]) for turn_s in turns) > 0.8]
    assert len(missed) <= may_miss
    assert len(turns) <= len(inner) - len(missed) + 1


@pytest.mark.parametrize("tempo", TEMPI)
@pytest.mark.parametrize("rate_hz", [7.63, 100.0])
def test_a_recording_may_end_anywhere_in_its_last_rep(rate_hz: float, tempo: str) -> None:
    performed = lifted(rate_hz, tempo)
    begin_s, end_s = performed.reps[-1]["start_s"], performed.reps[-1]["end_s"]
    for stop_s in np.linspace(begin_s, end_s, 9):
        turns, _ = cut(performed, 0.0, float(stop_s))
        assert len(turns) in (7, 8)


def written(path: Path, samples: Samples, gyro: bool) -> Path:
    """The recording in a file, with a gyroscope's noise where asked."""
    columns = [samples.time_s[:, None], samples.accel_mps2]
    if gyro:
        columns.append(np.random.default_rng(3).normal(0.0, 0.01, samples.accel_mps2.shape))
    header = "time_s,ax,ay,az" + (",gx,gy,gz" if gyro else "")
    with gzip.open(path, "wt") as file:
        np.savetxt(file, np.hstack(columns), fmt="%.6f", delimiter=",", header=header, comments="")
    return path


@pytest.mark.parametrize("rate_hz", [7.63, 100.0])
def test_a_gyroscope_changes_no_number(rate_hz: float, tmp_path: Path) -> None:
    samples = lifted(rate_hz).samples
    without, with_gyro = (
        analyze(read_recording(written(tmp_path / f"{gyro}.csv.gz", samples, gyro))) for gyro in (False, True)
    )
    assert len(without["sets"][0]["reps"]) == 8
    assert with_gyro["sets"] == without["sets"]
