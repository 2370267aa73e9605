"""What a picture is made of: where its positions begin, what it calls untracked, how rows share sets and strokes."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sensor_hub.app.analysis import events
from sensor_hub.app.picture import Picture, collect
from sensor_hub.app.picture.collect import spans_of
from sensor_hub.app.picture.scenes import ROW_REPS, ROW_S, scenes
from sensor_hub.app.picture.words import gates, sticking
from sensor_hub.app.recording import Recording, read_recording
from sensor_hub.model import (
    STANDARD_GRAVITY_MPS2,
    Calibrated,
    CandidateRejected,
    Event,
    Motion,
    Phase,
    PhaseBegan,
    Rep,
    RepSettled,
    RepTrace,
    Set,
    SetEnded,
)

PRESS = Path(__file__).parents[1] / "recordings" / "press-45.csv.gz"


@pytest.fixture(scope="module")
def press() -> Picture:
    recording = read_recording(PRESS)
    return collect(recording, list(events(recording.blocks())))


def quiet(duration_s: float) -> Recording:
    """A sensor that feels gravity along x and nothing else, 50 times a second."""
    time_s = np.arange(0, duration_s, 0.02)
    return Recording("quiet.csv", time_s, np.tile([STANDARD_GRAVITY_MPS2, 0.0, 0.0], (len(time_s), 1)), None)


def motion(start_s: float, end_s: float) -> list[Event]:
    instants = np.arange(start_s, end_s, 0.05)
    return [Motion(float(t), 0.0, 0.0, Phase.IDLE, 0.0, 0, 0) for t in instants]


def rep(number: int, start_s: float) -> Rep:
    return Rep(
        number=number, start_s=start_s, bottom_s=start_s + 2, turn_s=start_s + 2.5, end_s=start_s + 3.5,
        eccentric_s=2.0, bottom_pause_s=0.5, concentric_s=1.0, top_pause_s=0.5, rom_m=0.4, mean_velocity_mps=0.4,
        peak_velocity_mps=0.6, mean_eccentric_velocity_mps=0.2, peak_eccentric_velocity_mps=0.3,
        turn_acceleration_mps2=2.0, bounced=False, hard_lockout=False, partial=False,
    )  # fmt: skip


def lifted(number: int, reps: int, start_s: float, apart_s: float = 4.0) -> list[Event]:
    course = RepTrace((0.0, 2.0, 2.5, 3.5), (0.0, -0.4, -0.4, 0.0), (0.0, -0.2, 0.0, 0.4))
    done = [rep(i + 1, start_s + apart_s * i) for i in range(reps)]
    told: list[Event] = [RepSettled(one.end_s, number, one, course) for one in done]
    return [*told, SetEnded(done[-1].end_s + 15, Set(number, start_s, done[-1].end_s, tuple(done)))]


def rejected(start_s: float) -> CandidateRejected:
    return CandidateRejected(start_s + 1, start_s, start_s + 1, "too short a stroke", {"depth_m": 0.04})


def test_every_rep_begins_at_zero_and_so_does_the_live_track_under_it(press: Picture) -> None:
    assert len(press.reps) == 5
    for drawn in press.reps:
        assert drawn.track.position_m[0] == 0
        assert drawn.rep.rom_m == pytest.approx(-drawn.track.position_m.min(), abs=0.01)
        live = np.interp(drawn.start_s, press.provisional.time_s, press.provisional.position_m)
        assert live == pytest.approx(0, abs=0.01)


def test_acceleration_at_rest_is_zero_however_the_sensor_is_mounted(press: Picture) -> None:
    before = press.time_s < press.sets[0].start_s - 3
    assert abs(np.median(press.acceleration_mps2[before])) < 0.03
    assert np.ptp(press.acceleration_mps2) > 2


def test_smoothing_keeps_the_motion_and_drops_the_shaking(press: Picture) -> None:
    assert np.std(np.diff(press.smooth_mps2)) < 0.5 * np.std(np.diff(press.acceleration_mps2))
    assert np.std(press.smooth_mps2) > 0.5 * np.std(press.acceleration_mps2)


def test_a_track_that_was_given_up_is_said_and_ends_the_live_phase() -> None:
    told = [
        Calibrated(0.0, (1.0, 0.0, 0.0), 90.0, False),
        PhaseBegan(0.5, Phase.ECCENTRIC, 0.4, 1, 1),
        *motion(0, 2),
        *motion(6, 9),
    ]
    picture = collect(quiet(10), told)
    (lost, never) = picture.untracked
    assert lost == pytest.approx((2, 6), abs=0.06)
    assert never == pytest.approx((9, 10), abs=0.06)
    (live,) = picture.live_phases
    assert (live.start_s, live.told_s) == (0.4, 0.5)
    assert live.end_s == pytest.approx(2, abs=0.06)
    assert [notice.text for notice in picture.notices] == ["rail found: incline 90.0°"]


def test_a_rep_that_starts_with_the_concentric_has_its_phases_in_that_order() -> None:
    up = Rep(
        number=1, start_s=None, bottom_s=None, turn_s=10.0, end_s=11.0, eccentric_s=2.0, bottom_pause_s=None,
        concentric_s=1.0, top_pause_s=0.5, rom_m=0.4, mean_velocity_mps=0.4, peak_velocity_mps=0.6,
        mean_eccentric_velocity_mps=0.2, peak_eccentric_velocity_mps=0.3, turn_acceleration_mps2=None,
        bounced=None, hard_lockout=False, partial=False,
    )  # fmt: skip
    assert [(span.phase, span.start_s, span.end_s) for span in spans_of(up)] == [
        (Phase.CONCENTRIC, 10.0, 11.0),
        (Phase.TOP, 11.0, 11.5),
        (Phase.ECCENTRIC, 11.5, 13.5),
    ]


def test_the_sticking_point_lies_on_the_drawn_line() -> None:
    told = lifted(1, 1, 10.0)
    ended = told[-1]
    assert isinstance(ended, SetEnded)
    stuck = replace(ended.set.reps[0], sticking_point_share=0.25, sticking_velocity_share=0.5)
    picture = collect(quiet(30), [*told[:-1], SetEnded(30.0, replace(ended.set, reps=(stuck,)))])
    assert sticking(picture.reps[0]) == pytest.approx((12.75, 0.1))
    assert sticking(collect(quiet(30), told).reps[0]) is None


def test_gate_values_keep_their_units_and_nothing_is_less_than_nothing() -> None:
    values = {"depth_m": 0.0452, "returned_share": -0.0001, "mean_velocity_mps": None, "reps": 3}
    assert gates(values) == [
        ("depth", "0.045 m"),
        ("share returned", "0.000"),
        ("mean velocity", "?"),
        ("reps", "3"),
    ]


def test_a_long_set_takes_several_rows_and_no_rep_is_drawn_twice() -> None:
    picture = collect(quiet(400), lifted(1, 40, 10.0, apart_s=9.0))
    rows = scenes(picture)
    assert [one.rep.number for row in rows for one in row.reps] == list(range(1, 41))
    assert all(len(row.reps) <= ROW_REPS and row.end_s - row.start_s <= 1.2 * ROW_S for row in rows)
    assert all(before.end_s <= after.start_s for before, after in pairwise(rows))


def test_a_rejected_stroke_is_shown_once_beside_its_set_or_in_a_row_of_its_own() -> None:
    told = [*lifted(1, 3, 20.0), rejected(34.0), rejected(100.0), rejected(110.0), *lifted(2, 3, 200.0)]
    rows = scenes(collect(quiet(300), told))
    assert [(row.title.partition(" ·")[0].strip(), [one.letter for one in row.rejected]) for row in rows] == [
        ("Set 1", ["A"]),
        ("Not counted", ["B", "C"]),
        ("Set 2", []),
    ]


def test_context_ends_where_the_next_set_begins() -> None:
    told = [*lifted(1, 2, 10.0), *lifted(2, 2, 19.0)]
    first, second = scenes(collect(quiet(60), told))
    assert first.end_s <= second.reps[0].start_s
    assert second.start_s >= first.reps[-1].end_s
