"""The page judges as the coach does: the same times, the same verdicts."""

import json

import pytest

from sensor_hub.coach.adherence import PHASES, adherence, judge
from sensor_hub.coach.fatigue import velocity_losses
from sensor_hub.engine.metrics import Figure
from sensor_hub.prescription import parse_tempo
from tests.browser.conftest import Screen
from tests.web.lifter import Lift, LiftingSet

JUDGE = """async (cases) => {
    const { judge } = await import("/assets/prescription.js");
    return cases.map(([digit, ...times]) => judge(digit, ...times));
}"""
ADHERENCE = """async ([reps, digits]) => {
    const { adherence } = await import("/assets/prescription.js");
    return adherence(reps, digits);
}"""
LOSS = """async (reps) => {
    const { velocityLoss } = await import("/assets/prescription.js");
    return reps.map((_, i) => velocityLoss(reps.slice(0, i + 1)));
}"""


def test_every_digit_is_judged_by_the_coachs_rule(screen: Screen) -> None:
    asked = (0.0, 1.0, 2.5, 4.0)
    measured = (None, 0.0, 0.4, 0.5, 0.7, 0.75, 0.8, 0.81, 1.2, 1.25, 2.0, 3.0, 3.1, 3.2, 4.8, 4.9)
    cases = [
        (digit, seconds, time_s, sigma_s)
        for digit in range(4)
        for seconds in asked
        for time_s in measured
        for sigma_s in (None, 0.06)
    ]
    expected = [judge(PHASES[digit], *times) for digit, *times in cases]
    found = screen().open("/").evaluate(JUDGE, cases)
    assert [one and one["kept"] for one in found] == [one and one.kept for one in expected]
    assert [one["error_s"] for one in found if one] == pytest.approx([one.error_s for one in expected if one])
    assert {one and one["kept"] for one in found} == {True, False, None}


@pytest.mark.parametrize(
    "text",
    [
        "4-1-2-0",
        "3/0/x/0",
        "41X0",
        "2.5-0-1-0.5",
        " 3 1 2 0 ",
        "4-1-2",
        "4-X-2-0",
        "31-0-1-0",
        "4-1-2-0-1",
        "",
        "abcd",
    ],
)
def test_a_tempo_is_read_as_the_coach_reads_it(text: str, screen: Screen) -> None:
    try:
        expected: list[float] | None = list(parse_tempo(text))
    except ValueError:
        expected = None
    found = (
        screen()
        .open("/")
        .evaluate("async (text) => (await import('/assets/prescription.js')).parseTempo(text)", text)
    )
    assert found == expected


def test_velocity_is_lost_by_the_coachs_rule(screen: Screen) -> None:
    lifts = [Lift(concentric_s=time_s, partial=time_s == 0.5) for time_s in (1.2, 1.0, 0.5, 1.1, 1.4)]
    lifting = LiftingSet(lifts)
    reps = [lifting.rep(number) for number in range(1, len(lifts) + 1)]
    speeds = [Figure(None if rep.partial else rep.mean_velocity_mps, 0.01) for rep in reps]
    expected = [loss.value for loss in velocity_losses(speeds)]
    found = screen().open("/").evaluate(LOSS, [json.loads(rep.model_dump_json()) for rep in reps])
    assert found == [None, *(pytest.approx(loss) if loss is not None else None for loss in expected[1:])]


def test_a_sets_phases_are_pooled_by_the_coachs_rule(screen: Screen) -> None:
    lifting = LiftingSet([Lift(), Lift(eccentric_s=4.1), Lift(concentric_s=2.0, bottom_s=1.0)])
    tops = (0.2, 0.9, 5.0)
    reps = [lifting.rep(number).model_copy(update={"top_pause_s": top_s}) for number, top_s in enumerate(tops, 1)]
    digits = (4.0, 0.0, 1.2, 0.0)
    expected = adherence([reps], digits)
    found = screen().open("/").evaluate(ADHERENCE, [[json.loads(rep.model_dump_json()) for rep in reps], digits])
    for phase, one in zip(PHASES, found, strict=True):
        pooled = expected[phase]
        assert (one["judged"], one["kept_share"], one["error_s"]) == pytest.approx(
            (pooled.judged, pooled.kept_share, pooled.error_s)
        )
    assert found[3]["judged"] == 2
