"""What the screen is told of the running rep."""

import pytest

from sensor_hub.app.measuring.live_view import LiveView
from sensor_hub.engine import Engine, Profile
from sensor_hub.messages import Live
from sensor_hub.model import Motion, Phase, PhaseBegan, Rep, RepSettled, RepTrace
from tests.engine.conftest import part, perform


def motion(at_s: float, phase: Phase, phase_start_s: float, position_m: float = 0.0) -> Motion:
    return Motion(at_s, position_m, 0.0, phase, phase_start_s, 1, 0)


def began(phase: Phase, start_s: float, rep: int = 1) -> PhaseBegan:
    return PhaseBegan(start_s + 0.1, phase, start_s, 1, rep)


def settled(start_s: float, deepest_m: float, number: int = 1, end_m: float = 0.0) -> RepSettled:
    """A rep of four seconds: two down, half of it at the bottom, a second and a half up."""
    rep = Rep(
        number=number,
        start_s=start_s,
        bottom_s=start_s + 2.0,
        turn_s=start_s + 2.5,
        end_s=start_s + 4.0,
        eccentric_s=2.0,
        bottom_pause_s=0.5,
        concentric_s=1.5,
        rom_m=-deepest_m,
    )
    return RepSettled(start_s + 4.2, 1, rep, RepTrace((0.0, 2.2, 4.0), (0.0, deepest_m, end_m), (0.0, 0.0, 0.0)))


def test_durations_grow_and_then_stand_still() -> None:
    view = LiveView()
    view.phase(began(Phase.ECCENTRIC, 1.0))
    running = view.motion(motion(3.0, Phase.ECCENTRIC, 1.0))
    assert running is not None
    assert running["eccentric_s"] == running["phase_elapsed_s"] == 2.0
    view.phase(began(Phase.BOTTOM, 4.0))
    view.phase(began(Phase.CONCENTRIC, 4.5))
    later = view.motion(motion(5.0, Phase.CONCENTRIC, 4.5))
    assert later is not None
    assert (later["eccentric_s"], later["bottom_pause_s"], later["concentric_s"]) == (3.0, 0.5, 0.5)
    assert "top_pause_s" not in later


def test_a_new_rep_begins_with_empty_digits() -> None:
    view = LiveView()
    view.phase(began(Phase.CONCENTRIC, 1.0))
    view.phase(began(Phase.TOP, 2.0))
    view.phase(began(Phase.ECCENTRIC, 3.0, rep=2))
    fields = view.motion(motion(3.5, Phase.ECCENTRIC, 3.0))
    assert fields is not None
    assert "concentric_s" not in fields
    assert "top_pause_s" not in fields


def test_a_push_that_was_none_leaves_no_digit() -> None:
    view = LiveView()
    for phase, start_s in ((Phase.ECCENTRIC, 1.0), (Phase.CONCENTRIC, 4.0), (Phase.BOTTOM, 4.4)):
        view.phase(began(phase, start_s))
    fields = view.motion(motion(4.6, Phase.BOTTOM, 4.4))
    assert fields is not None
    assert (fields["eccentric_s"], fields["bottom_pause_s"]) == pytest.approx((3.0, 0.2))
    assert "concentric_s" not in fields


def test_where_the_push_comes_first_the_lowering_follows_it() -> None:
    view = LiveView()
    for phase, start_s in ((Phase.CONCENTRIC, 1.0), (Phase.TOP, 2.0), (Phase.ECCENTRIC, 2.5)):
        view.phase(began(phase, start_s))
    fields = view.motion(motion(4.0, Phase.ECCENTRIC, 2.5))
    assert fields is not None
    assert (fields["concentric_s"], fields["top_pause_s"], fields["eccentric_s"]) == (1.0, 0.5, 1.5)


def test_the_digits_of_a_rep_that_settles_are_the_settled_ones() -> None:
    view = LiveView()
    view.phase(began(Phase.ECCENTRIC, 1.0))
    view.phase(began(Phase.CONCENTRIC, 4.1))
    view.settled(settled(1.0, -0.4))
    view.phase(began(Phase.TOP, 5.1))
    fields = view.motion(motion(6.0, Phase.TOP, 5.1))
    assert fields is not None
    assert (fields["eccentric_s"], fields["bottom_pause_s"], fields["concentric_s"]) == (2.0, 0.5, 1.5)
    assert fields["top_pause_s"] == fields["phase_elapsed_s"] == 1.0
    view.phase(began(Phase.ECCENTRIC, 6.5, rep=2))
    fields = view.motion(motion(7.0, Phase.ECCENTRIC, 6.5))
    assert fields is not None
    assert {name for name in fields if name.endswith("_s")} == {"at_s", "phase_elapsed_s", "eccentric_s"}
    assert fields["eccentric_s"] == 0.5


def test_a_rep_that_settles_when_the_next_has_begun_leaves_its_digits_alone() -> None:
    view = LiveView()
    view.phase(began(Phase.ECCENTRIC, 5.1, rep=2))
    view.settled(settled(1.0, -0.4))
    fields = view.motion(motion(5.3, Phase.ECCENTRIC, 5.1))
    assert fields is not None
    assert fields["eccentric_s"] == pytest.approx(0.2)
    assert "concentric_s" not in fields


def test_the_range_becomes_that_of_the_settled_reps_and_moves_with_the_drift() -> None:
    view = LiveView()
    view.phase(began(Phase.ECCENTRIC, 1.0))
    for at_s, position in ((1.0, 0.0), (3.2, -0.55), (5.0, -0.1)):
        view.motion(motion(at_s, Phase.ECCENTRIC, 1.0, position))
    view.settled(settled(1.0, -0.4, end_m=0.01))
    fields = view.motion(motion(5.2, Phase.TOP, 5.0, -0.12))
    assert fields is not None
    assert fields["range_high_m"] == pytest.approx(-0.11)
    assert fields["range_low_m"] == pytest.approx(-0.51)
    for at_s, position in ((8.0, -0.7), (10.0, -0.2)):
        view.motion(motion(at_s, Phase.ECCENTRIC, 6.0, position))
    view.settled(settled(6.0, -0.42, number=2))
    fields = view.motion(motion(10.2, Phase.TOP, 10.0, -0.2))
    assert fields is not None
    assert (fields["range_low_m"], fields["range_high_m"]) == pytest.approx((-0.62, -0.2))


def test_at_most_twenty_a_second_and_every_field_is_one_of_the_message() -> None:
    view = LiveView()
    sent = [view.motion(motion(i * 0.01, Phase.TOP, 0.0)) for i in range(100)]
    assert len([one for one in sent if one is not None]) == 20
    first = sent[0]
    assert first is not None
    assert set(first) <= set(Live.model_fields)
    rest = view.uncalibrated(2.0)
    assert rest is not None
    assert rest["calibrated"] is False
    assert set(rest) <= set(Live.model_fields)


def test_the_range_is_that_of_the_running_set() -> None:
    view = LiveView()
    for i, position in enumerate((0.0, -0.4, 0.2)):
        fields = view.motion(motion(i, Phase.ECCENTRIC, 0.0, position))
    assert fields is not None
    assert (fields["range_low_m"], fields["range_high_m"]) == (-0.4, 0.2)
    view.phase(PhaseBegan(8.1, Phase.ECCENTRIC, 8.0, 2, 1))
    fields = view.motion(motion(9, Phase.ECCENTRIC, 0.0, 0.1))
    assert fields is not None
    assert fields["range_low_m"] == pytest.approx(0.1)


@pytest.mark.parametrize(("brake_s", "expected"), [(0.06, True), (0.5, False)])
def test_a_bounce_is_told_at_the_turn_and_forgotten_with_the_next_rep(brake_s: float, expected: bool) -> None:
    view = LiveView()
    view.phase(began(Phase.ECCENTRIC, 0.0))
    position_m = 0.0
    for step in range(51):
        at_s = 0.04 * step
        velocity_mps = -0.6 * min(1.0, max(-1.0, (1.9 - at_s) / brake_s))
        position_m += 0.04 * velocity_mps
        view.motion(Motion(at_s, position_m, velocity_mps, Phase.ECCENTRIC, 0.0, 1, 0))
    view.phase(began(Phase.CONCENTRIC, 1.95))
    pushing = view.motion(motion(2.1, Phase.CONCENTRIC, 1.95, position_m))
    assert pushing is not None
    assert pushing["bounced"] is expected
    view.phase(began(Phase.ECCENTRIC, 4.0, rep=2))
    lowering = view.motion(motion(4.2, Phase.ECCENTRIC, 4.0))
    assert lowering is not None
    assert lowering["bounced"] is None


def test_what_is_known_of_the_machine_goes_with_the_sled() -> None:
    fields = LiveView().motion(motion(1.0, Phase.IDLE, 0.0), Profile(full_range_m=0.44, bumper_m=0.46))
    assert fields is not None
    assert (fields["full_range_m"], fields["bumper_m"]) == (0.44, 0.46)


@pytest.mark.parametrize("family", ["bounce", "touchandgo"])
def test_what_is_told_at_the_turn_is_what_the_settled_rep_says(family: str) -> None:
    view, told, settled = LiveView(), None, []
    for event in perform(family, seed=12).events:
        match event:
            case Motion():
                fields = view.motion(event)
                told = fields["bounced"] if fields and fields["phase"] is Phase.CONCENTRIC else told
            case PhaseBegan():
                view.phase(event)
            case RepSettled():
                settled.append((told, event.rep.bounced))
                view.settled(event)
    assert len(settled) > 20
    assert [early for early, _ in settled] == [late for _, late in settled]


def test_what_threw_the_sled_back_is_told_before_the_rep_is_over_and_as_the_settled_rep_says() -> None:
    engine, told, settled = Engine(), None, []
    view = LiveView(cause_of=engine.bounce_cause)
    samples = perform("bounce", seed=12).samples
    for event in (e for start in range(0, len(samples), 8) for e in engine.feed(part(samples, start, start + 8))):
        match event:
            case Motion():
                fields = view.motion(event)
                told = fields["bounce_cause"] if fields and fields["phase"] is Phase.CONCENTRIC else told
            case PhaseBegan():
                view.phase(event)
            case RepSettled():
                settled.append((told, event.rep.bounce_cause))
                view.settled(event)
                told = None
    known = [(early, late) for early, late in settled if early is not None and late is not None]
    assert all(early is late for early, late in known)
    assert len(known) >= 0.8 * sum(late is not None for _, late in settled) > 8
