"""One machine: what its sensor sends, through the real engine, becomes messages; whatever the link does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from sensor_hub.app.analysis import analyze
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import SET_ASIDE, MachineProfile
from sensor_hub.app.recording import Recording, read_recording
from sensor_hub.engine import Profile
from sensor_hub.link import Health, Missing, Received, StateChanged
from sensor_hub.messages import (
    LifterMessage,
    LinkState,
    Live,
    Message,
    MotionMessage,
    Progress,
    RawMessage,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.model import Gap, GapReason, Phase, Samples
from sensor_hub.store import decode_samples

RECORDING = Path(__file__).parents[2] / "recordings" / "press-45.csv.gz"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOST_S = 5000.0
"""The hub's monotonic clock when the recording begins."""
AIR_S = 0.01

M = TypeVar("M", bound=Message)


class Tray:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.shown: list[Live] = []

    def next_seq(self) -> int:
        return len(self.messages) + 1

    def append(self, message: Message) -> None:
        self.messages.append(message)

    def live(self, message: Live) -> None:
        self.shown.append(message)

    def of(self, model: type[M]) -> list[M]:
        return [message for message in self.messages if isinstance(message, model)]


@pytest.fixture(scope="module")
def recording() -> Recording:
    return read_recording(RECORDING)


@pytest.fixture
def tray() -> Tray:
    return Tray()


@pytest.fixture
def profile(tmp_path: Path) -> MachineProfile:
    return MachineProfile(tmp_path, "gym", "leg-press-1")


@pytest.fixture
def machine(tray: Tray, profile: MachineProfile) -> Machine:
    sensor = SensorIdentity("C0:FF:EE:00:00:01", "press-45", "sled")
    return Machine(Desk("gym", "leg-press-1", tray), sensor, HostClock(NOON, HOST_S), Memory(profile))


def play(machine: Machine, recording: Recording, start_s: float = 0.0, end_s: float = np.inf) -> None:
    """Feeds the part of a recording as the link would."""
    for block in recording.blocks():
        if isinstance(block, Samples) and start_s <= block.time_s[0] < end_s:
            arrival_s = HOST_S + float(block.time_s[-1]) + AIR_S
            machine.handle(Received(block, arrival_s), arrival_s)


def test_the_reps_are_those_of_the_analysis(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording)
    machine.finish(HOST_S + 40)
    expected = [rep["turn_s"] for one in analyze(recording)["sets"] for rep in one["reps"]]
    assert [rep.turn_s for rep in tray.of(RepMessage)] == expected
    assert [one.progress for one in tray.of(SetMessage)] == [Progress.STARTED, Progress.ENDED]
    assert [one.progress for one in tray.of(SessionMessage)] == [Progress.STARTED, Progress.ENDED]
    assert tray.of(SessionMessage)[-1].rep_count == len(expected)


def test_what_was_not_counted_is_told_as_the_analysis_tells_it(
    machine: Machine, tray: Tray, recording: Recording
) -> None:
    play(machine, recording)
    machine.finish(HOST_S + 40)
    told, expected = tray.of(RejectedMessage), analyze(recording)["rejected"]
    own = [one for one in told if one.session is not None]
    assert len(own) == len(expected) > 0
    assert [(one.reason, one.start_s, one.end_s) for one in own] == [
        (one["reason"], one["start_s"], one["end_s"]) for one in expected
    ]
    assert own[0].gates == expected[0]["gates"]
    assert {one.session for one in own} == {tray.of(RepMessage)[0].session}


def test_a_stopped_hub_leaves_no_sensor_behind_as_streaming(machine: Machine, tray: Tray) -> None:
    machine.handle(StateChanged(LinkState.STREAMING, None), HOST_S)
    machine.finish(HOST_S + 1)
    assert [one.state for one in tray.of(SensorMessage)] == [LinkState.STREAMING, LinkState.LOST]


def test_times_are_utc_by_the_hubs_clock(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording)
    machine.finish(HOST_S + 40)
    for rep in tray.of(RepMessage):
        assert abs(rep.time - (NOON + timedelta(seconds=rep.end_s + AIR_S))) < timedelta(milliseconds=5)


def test_live_values_come_ten_to_twenty_times_a_second(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording)
    steps = np.diff([live.at_s for live in tray.shown])
    assert 0.045 <= np.median(steps) <= 0.1
    assert steps.min() >= 0.04
    assert not tray.shown[0].calibrated
    assert tray.shown[-1].calibrated
    assert max(live.rep_count for live in tray.shown) == len(tray.of(RepMessage))


def test_at_the_top_digits_and_range_are_the_settled_ones(
    machine: Machine, tray: Tray, recording: Recording
) -> None:
    play(machine, recording)
    deepest_m = 0.0
    for rep in tray.of(RepMessage):
        assert rep.trace is not None
        assert (rep.start_s or 0.0) + rep.trace.offset_s[-1] == pytest.approx(rep.end_s, abs=0.001)
        deepest_m = max(deepest_m, -min(rep.trace.position_m))
        seen = [live for live in tray.shown if live.rep_count == rep.number and live.phase is Phase.TOP]
        assert seen != []
        for live in seen:
            digits = (live.eccentric_s, live.bottom_pause_s, live.concentric_s)
            assert digits == (rep.eccentric_s, rep.bottom_pause_s, rep.concentric_s)
            assert (live.range_high_m or 0.0) - (live.range_low_m or 0.0) == pytest.approx(deepest_m, abs=0.001)


def test_raw_samples_of_the_session_are_kept_whole(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording)
    machine.finish(HOST_S + 40)
    chunks = [decode_samples(raw.data) for raw in tray.of(RawMessage)]
    np.testing.assert_allclose(np.concatenate([chunk.time_s for chunk in chunks]), recording.time_s, atol=1e-6)
    np.testing.assert_allclose(np.concatenate([chunk.accel_mps2 for chunk in chunks]), recording.accel_mps2)


def test_motion_covers_the_set(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording)
    machine.finish(HOST_S + 40)
    ended = tray.of(SetMessage)[-1]
    instants = [motion.start_s + offset for motion in tray.of(MotionMessage) for offset in motion.offset_s]
    assert ended.end_s is not None
    assert instants[-1] >= ended.end_s
    assert max(np.diff(instants)) < 0.25


def test_a_restart_in_a_set_costs_only_the_rep_that_nobody_saw(
    machine: Machine, tray: Tray, recording: Recording
) -> None:
    reps = analyze(recording)["sets"][0]["reps"]
    third = reps[2]
    from_s, until_s = third["start_s"], third["end_s"] + 0.2
    play(machine, recording, end_s=from_s)
    machine.handle(Missing(Gap(from_s, until_s, None, GapReason.RESTARTED)), HOST_S + until_s)
    play(machine, recording, start_s=until_s)
    machine.finish(HOST_S + 100)
    assert [one.number for one in tray.of(SetMessage)] == [1, 1]
    told = [rep.turn_s for rep in tray.of(RepMessage)]
    for rep in (*reps[:2], *reps[3:]):
        assert min(abs(rep["turn_s"] - turn_s) for turn_s in told) < 0.1
    assert len({rep.id for rep in tray.of(RepMessage)}) == len(told)


def test_ten_quiet_minutes_end_the_session(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording)
    machine.tick(HostClock(NOON, HOST_S + 300))
    assert [one.progress for one in tray.of(SessionMessage)] == [Progress.STARTED]
    machine.tick(HostClock(NOON, HOST_S + 700))
    assert [one.progress for one in tray.of(SessionMessage)] == [Progress.STARTED, Progress.ENDED]


def test_what_was_lost_is_told_with_the_raw_samples(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording, end_s=3.0)
    machine.handle(Missing(Gap(3.0, 3.2, 20)), HOST_S + 3.2)
    play(machine, recording, start_s=3.2)
    machine.finish(HOST_S + 40)
    assert sum(raw.lost or 0 for raw in tray.of(RawMessage)) == 20


def test_the_sensors_state_and_health_are_told(machine: Machine, tray: Tray) -> None:
    machine.handle(StateChanged(LinkState.LOST, "Bring it nearer."), HOST_S)
    machine.handle(Health(81, -60, 104.2, 0.01, "1.0"), HOST_S + 1)
    lost, healthy = tray.of(SensorMessage)
    assert (lost.state, lost.note, lost.battery_percent) == (LinkState.LOST, "Bring it nearer.", None)
    assert (healthy.battery_percent, healthy.rate_hz, healthy.firmware) == (81, 104.2, "1.0")
    assert healthy.time == NOON + timedelta(seconds=1)


def test_nothing_lifted_leaves_only_the_sensors_state(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording, end_s=3.5)
    machine.finish(HOST_S + 5)
    assert [type(message) for message in tray.messages] == [LifterMessage, SensorMessage]
    assert tray.shown


def test_a_set_leaves_the_machines_profile_and_the_next_engine_starts_with_it(
    machine: Machine, profile: MachineProfile, recording: Recording
) -> None:
    play(machine, recording)
    machine.finish(HOST_S + 40)
    learned = profile.read()
    assert learned is not None
    assert learned.sets == 1
    assert learned.incline_deg == pytest.approx(analyze(recording)["machine"]["incline_deg"], abs=3.0)


def test_a_rail_that_is_not_the_profiles_is_told_for_a_minute(
    tray: Tray, profile: MachineProfile, recording: Recording
) -> None:
    profile.write(Profile(incline_deg=15.0, incline_sigma_deg=1.0, sets=9))
    sensor = SensorIdentity("C0:FF:EE:00:00:01", "press-45", "sled")
    machine = Machine(Desk("gym", "leg-press-1", tray), sensor, HostClock(NOON, HOST_S), Memory(profile))
    play(machine, recording)
    (told,) = tray.of(SensorMessage)
    assert told.note is not None
    assert "the profile says 15: is the sensor on another machine?" in told.note
    rest = Recording(
        "rest", recording.time_s + 60, np.tile(recording.accel_mps2[:1], (len(recording.time_s), 1)), None
    )
    play(machine, rest)
    machine.handle(Health(81, -60, 104.2, 0.01, "1.0"), HOST_S + 110)
    assert tray.of(SensorMessage)[-1].note is None
    assert profile.read() == Profile(incline_deg=15.0, incline_sigma_deg=1.0, sets=9)


def test_a_profile_that_cannot_be_read_is_told(tray: Tray, profile: MachineProfile) -> None:
    profile.path.parent.mkdir()
    profile.path.write_text("incline_deg = 400\n", encoding="utf-8")
    sensor = SensorIdentity("C0:FF:EE:00:00:01", "press-45", "sled")
    machine = Machine(Desk("gym", "leg-press-1", tray), sensor, HostClock(NOON, HOST_S), Memory(profile))
    machine.handle(StateChanged(LinkState.STREAMING, None), HOST_S)
    assert tray.of(SensorMessage)[-1].note == SET_ASIDE


def test_a_clip_that_has_moved_is_told_in_degrees(machine: Machine, tray: Tray, recording: Recording) -> None:
    play(machine, recording)
    turn = np.radians(20.0)
    about_x = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    length_s = float(recording.time_s[-1])
    later = Recording("later", recording.time_s + length_s + 0.01, recording.accel_mps2 @ about_x.T, None)
    play(machine, later)
    before, after = recording.accel_mps2[:100].mean(axis=0), later.accel_mps2[:100].mean(axis=0)
    cosine = before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    turned_deg = round(float(np.degrees(np.arccos(cosine))))
    notes = [one.note for one in tray.of(SensorMessage)]
    assert f"The clip has moved by {turned_deg} degrees. It was measured anew." in notes


def test_a_low_battery_is_told_before_the_set_never_in_it(
    machine: Machine, tray: Tray, recording: Recording
) -> None:
    charges = iter([20, 17, 16, 14, 13, 12, 11, 10, 9, 9, 9, 9, 9, 9])
    for start_s in range(0, 36, 3):
        play(machine, recording, start_s, start_s + 3)
        machine.handle(Health(next(charges), -60, 104.2, 0.01, "1.0"), HOST_S + start_s + 3)
    machine.finish(HOST_S + 40)
    started, ended = (one.time for one in tray.of(SetMessage))
    within = [one for one in tray.of(SensorMessage) if started + timedelta(seconds=6) < one.time < ended]
    assert len(within) > 3
    (percent,) = {one.battery_percent for one in within}
    assert percent is not None
    assert percent > 15
    assert {one.note for one in within} == {None}
