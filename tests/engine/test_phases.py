"""The state machine's table, row by row, on hand-made motion."""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from sensor_hub.engine import First, Params, phases
from sensor_hub.engine.motion import Track
from sensor_hub.engine.phases import PhaseMachine, State
from sensor_hub.engine.strokes import Candidate, PhaseChange
from sensor_hub.model import Phase, Refusal

STEP_S = 0.04
DOWN, UP = (-0.4, 1.6), (0.4, 0.8)
PAUSE = (0.0, 0.4)


class Sled:
    """Moves with constant speed and tells the machine; each move is a travel in metres and its time in seconds."""

    def __init__(self, first: First = First.ECCENTRIC) -> None:
        self.machine = PhaseMachine(Params(first=first))
        self.time_s = self.position_m = 0.0
        self.seen: list[PhaseChange | Candidate] = []

    def go(self, *moves: tuple[float, float]) -> "Sled":
        for travel_m, duration_s in moves:
            for _ in range(round(duration_s / STEP_S)):
                self.seen += self.machine.advance(self.next(travel_m / duration_s))
        return self

    def next(self, velocity_mps: float) -> Track:
        self.time_s += STEP_S
        self.position_m += velocity_mps * STEP_S
        held = 0.001 if velocity_mps == 0 else None
        return Track(self.time_s, self.position_m, velocity_mps, 0.0, 0.001, 1e-6, 0.0, 1e-8, held)

    @property
    def phases(self) -> list[Phase]:
        return [seen.phase for seen in self.seen if isinstance(seen, PhaseChange)]

    @property
    def candidates(self) -> list[Candidate]:
        return [seen for seen in self.seen if isinstance(seen, Candidate)]

    @property
    def refusals(self) -> list[Refusal | None]:
        return [candidate.refusal for candidate in self.candidates]


def phase_changes(sled: Sled) -> Iterator[PhaseChange]:
    return (seen for seen in sled.seen if isinstance(seen, PhaseChange))


def test_home_moving_out() -> None:
    sled = Sled().go(PAUSE, (-0.1, 0.4))
    assert sled.machine.state is State.OUT
    (began,) = phase_changes(sled)
    assert began.phase is Phase.ECCENTRIC
    assert began.start_s == pytest.approx(0.4, abs=STEP_S)


def test_out_stopped() -> None:
    sled = Sled().go(PAUSE, DOWN, (0.0, 0.12))
    assert sled.machine.state is State.TURN
    assert sled.phases == [Phase.ECCENTRIC, Phase.BOTTOM]
    assert sled.machine.phase_start_s == pytest.approx(2.0, abs=1.5 * STEP_S)


def test_out_moving_back() -> None:
    sled = Sled().go(PAUSE, DOWN, (0.1, 0.2))
    assert sled.machine.state is State.BACK
    assert sled.phases == [Phase.ECCENTRIC, Phase.CONCENTRIC]
    assert sled.machine.phase_start_s == pytest.approx(2.0, abs=STEP_S)


def test_turn_moving_back() -> None:
    sled = Sled().go(PAUSE, DOWN, PAUSE, (0.1, 0.2))
    assert sled.machine.state is State.BACK
    assert sled.phases == [Phase.ECCENTRIC, Phase.BOTTOM, Phase.CONCENTRIC]


def test_turn_moving_out_again() -> None:
    sled = Sled().go(PAUSE, (-0.2, 0.8), PAUSE, (-0.2, 0.8))
    assert sled.machine.state is State.OUT
    assert sled.phases == [Phase.ECCENTRIC, Phase.BOTTOM, Phase.ECCENTRIC]
    (rep,) = sled.go(PAUSE, UP, PAUSE).candidates
    assert rep.depth_m == pytest.approx(0.4)
    assert rep.start_s == pytest.approx(0.4, abs=STEP_S)


def test_turn_racked() -> None:
    sled = Sled().go(PAUSE, DOWN, UP, PAUSE, (-0.04, 0.4), (0.0, 3.9))
    assert sled.refusals == [None]
    sled.go((0.0, 0.3))
    assert sled.machine.state is State.HOME
    assert sled.refusals == [None, Refusal.RACKED]
    assert sled.phases[-1] is Phase.IDLE


def test_turn_parked() -> None:
    sled = Sled().go(PAUSE, DOWN, (0.0, 44.0))
    assert sled.machine.state is State.TURN
    sled.go((0.0, 1.2))
    assert sled.machine.state is State.HOME
    assert sled.refusals == [Refusal.PARKED]


def test_back_stopped_at_home() -> None:
    sled = Sled().go(PAUSE, DOWN, UP, (0.0, 0.12))
    assert sled.machine.state is State.HOME
    (rep,) = sled.candidates
    assert rep.refusal is None
    assert (rep.start_s, rep.far_s) == pytest.approx((0.4, 2.0), abs=STEP_S)
    assert rep.returned_share == pytest.approx(1.0)
    assert not rep.turned_at_home
    assert sled.phases == [Phase.ECCENTRIC, Phase.CONCENTRIC, Phase.TOP]


def test_back_stopped_half_way() -> None:
    sled = Sled().go(PAUSE, DOWN, (0.25, 0.6), (0.0, 1.9))
    assert sled.candidates == []
    (rep,) = sled.go((0.0, 0.3)).candidates
    assert rep.refusal is None
    assert rep.returned_share == pytest.approx(0.25 / 0.4)
    assert sled.machine.state is State.HOME


def test_back_at_a_sticking_point_that_is_overcome() -> None:
    sled = Sled().go(PAUSE, DOWN, (0.25, 0.6), (0.0, 1.0), (0.15, 0.6), PAUSE)
    assert sled.refusals == [None]
    assert sled.candidates[0].returned_share == pytest.approx(1.0)
    assert sled.phases == [Phase.ECCENTRIC, Phase.CONCENTRIC, Phase.TOP]


def test_back_stopped_short_of_half_way() -> None:
    sled = Sled().go(PAUSE, DOWN, (0.1, 0.3), PAUSE)
    assert sled.machine.state is State.TURN
    assert sled.phases == [Phase.ECCENTRIC, Phase.CONCENTRIC, Phase.BOTTOM]
    assert sled.go((0.3, 0.6), PAUSE).refusals == [None]


def test_back_moving_out_is_touch_and_go() -> None:
    sled = Sled().go(PAUSE, DOWN, UP, DOWN, UP, DOWN, UP, PAUSE)
    assert sled.refusals == [None] * 3
    assert [rep.turned_at_home for rep in sled.candidates] == [True, True, False]
    assert [rep.start_s for rep in sled.candidates] == pytest.approx([0.4, 2.8, 5.2], abs=STEP_S)
    assert sled.phases == [Phase.ECCENTRIC, Phase.CONCENTRIC] * 3 + [Phase.TOP]


def test_back_moving_out_too_early_goes_on() -> None:
    sled = Sled().go(PAUSE, DOWN, (0.1, 0.3), (-0.05, 0.2))
    assert sled.machine.state is State.OUT
    assert sled.candidates == []
    assert sled.phases == [Phase.ECCENTRIC, Phase.CONCENTRIC, Phase.ECCENTRIC]


@pytest.mark.parametrize("moves", [[DOWN], [DOWN, PAUSE], [DOWN, (0.1, 0.3)]], ids=["out", "turn", "back"])
def test_a_lost_track_closes_what_was_open(moves: list[tuple[float, float]]) -> None:
    sled = Sled().go(PAUSE, *moves)
    lost = sled.machine.lose(sled.next(0.0), Refusal.LOST)
    assert lost is not None
    assert lost.refusal is Refusal.LOST
    assert sled.machine.state is State.HOME
    assert sled.machine.phase is Phase.IDLE


def test_a_track_lost_at_home_was_no_rep() -> None:
    sled = Sled().go(PAUSE)
    assert sled.machine.lose(sled.next(0.0), Refusal.LOST) is None


def test_a_tremor_is_no_stroke() -> None:
    sled = Sled().go(PAUSE, *[(-0.003, 0.08), (0.003, 0.08)] * 20)
    assert sled.seen == []


def test_lifting_the_sled_off_its_stops_only_moves_home() -> None:
    sled = Sled().go(PAUSE, (0.04, 0.4), PAUSE)
    assert sled.seen == []
    assert sled.machine.home_m == pytest.approx(0.04)
    assert sled.go(DOWN, UP, PAUSE).refusals == [None]
    assert sled.candidates[0].depth_m == pytest.approx(0.4)


def test_the_same_machine_upside_down() -> None:
    sled = Sled(First.CONCENTRIC).go(PAUSE, UP, PAUSE, DOWN, PAUSE)
    assert sled.phases == [Phase.CONCENTRIC, Phase.TOP, Phase.ECCENTRIC, Phase.BOTTOM]
    assert [(rep.refusal, rep.concentric_first) for rep in sled.candidates] == [(None, True)]


def test_the_first_full_stroke_tells_which_phase_comes_first() -> None:
    assert Sled(First.AUTO).go(PAUSE, UP, PAUSE, DOWN, PAUSE).candidates[0].concentric_first
    assert not Sled(First.AUTO).go(PAUSE, DOWN, PAUSE, UP, PAUSE).candidates[0].concentric_first


def test_two_reps_settle_the_order_and_one_does_not() -> None:
    up_first = Sled(First.AUTO).go(PAUSE, UP, PAUSE, DOWN, PAUSE)
    up_first.machine.new_set(reps=1)
    assert not up_first.go(DOWN, PAUSE, UP, PAUSE, DOWN, UP, PAUSE).candidates[-1].concentric_first
    settled = Sled(First.AUTO).go(PAUSE, DOWN, UP, PAUSE, DOWN, UP, PAUSE)
    settled.machine.order.confirm()
    settled.machine.new_set(reps=2)
    assert settled.go((0.2, 0.5), PAUSE).machine.state is State.HOME


def test_the_documents_show_the_table_as_it_stands_in_the_code() -> None:
    table = re.search(r"^    state    what.*?\n\n", phases.__doc__ or "", flags=re.DOTALL | re.MULTILINE)
    assert table is not None
    shown = (Path(__file__).parents[2] / "docs" / "signal.md").read_text(encoding="utf-8")
    assert dedent(table[0]).strip() in shown
