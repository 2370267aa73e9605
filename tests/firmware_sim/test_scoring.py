"""The judge is judged: what the engine told of one performance, spoilt in known ways."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_sim.scoring import Score
from sensor_hub.model import BounceCause, Event, Phase, PhaseBegan, Rep, RepSettled
from tests.engine.conftest import perform

Change = Callable[[RepSettled], RepSettled]


def told() -> list[Event]:
    return perform("controlled", 11).events


def figures(events: list[Event]) -> dict[str, float]:
    score = Score()
    score.add(perform("controlled", 11).sets, events)
    return score.figures()


def change_reps(change: Change) -> list[Event]:
    return [change(event) if isinstance(event, RepSettled) else event for event in told()]


def with_rep(change: Callable[[Rep], Rep]) -> list[Event]:
    return change_reps(lambda event: replace(event, rep=change(event.rep)))


def first_rep() -> RepSettled:
    return next(event for event in told() if isinstance(event, RepSettled))


def test_a_good_account_is_exact_and_whole() -> None:
    good = figures(told())
    assert (good["sets"], good["exact"], good["whole"], good["added"]) == (3, 1.0, 1.0, 0)
    assert good["found"] == good["reps"] == 22


def test_a_rep_that_was_not_told_spoils_its_set() -> None:
    spoilt = figures([event for event in told() if event is not first_rep()])
    assert (spoilt["found"], spoilt["added"]) == (21, 0)
    assert spoilt["exact"] == spoilt["whole"] == pytest.approx(2 / 3)


def test_a_rep_that_never_was_spoils_its_set() -> None:
    ghost = replace(first_rep(), rep=replace(first_rep().rep, turn_s=first_rep().rep.turn_s - 4.0))
    spoilt = figures([*told(), ghost])
    assert (spoilt["found"], spoilt["added"]) == (22, 1)
    assert spoilt["exact"] == pytest.approx(2 / 3)


def test_a_rep_that_never_was_far_from_any_set_is_added_all_the_same() -> None:
    ghost = replace(first_rep(), set_number=9, rep=replace(first_rep().rep, turn_s=-50.0))
    spoilt = figures([*told(), ghost])
    assert (spoilt["exact"], spoilt["added"]) == (1.0, 1)


def test_sets_told_as_one_are_exact_but_not_whole() -> None:
    joined = figures(change_reps(lambda event: replace(event, set_number=1)))
    assert (joined["exact"], joined["whole"]) == (1.0, 0.0)


def test_an_error_beyond_two_sigma_lies_outside() -> None:
    off = figures(with_rep(lambda rep: replace(rep, rom_m=(rep.rom_m or 0.0) + 0.5)))
    assert off["rom_m.median"] == pytest.approx(0.5, abs=0.05)
    assert off["rom_m.inside"] == 0.0
    assert off["eccentric_s.inside"] > 0.8


def test_a_value_that_is_not_told_makes_no_error() -> None:
    silent = figures(with_rep(lambda rep: replace(rep, rom_m=None, bounced=None)))
    assert (silent["rom_m.withheld"], silent["bounced.withheld"]) == (22, 22)
    assert "rom_m.median" not in silent


def test_a_flag_on_every_rep_is_imprecise() -> None:
    score, bounce = Score(), perform("bounce", 11)
    flagged = [
        replace(event, rep=replace(event.rep, bounced=True)) if isinstance(event, RepSettled) else event
        for event in bounce.events
    ]
    score.add(bounce.sets, flagged)
    share = sum(bool(rep["bounce"]) for rep in bounce.reps) / len(bounce.reps)
    assert score.figures()["bounced.recall"] == 1.0
    assert score.figures()["bounced.precision"] == pytest.approx(share)


def test_causes_count_where_they_are_told() -> None:
    def figures_with(cause: Callable[[Rep], BounceCause | None]) -> dict[str, float]:
        score = Score()
        events = [
            replace(event, rep=replace(event.rep, bounce_cause=cause(event.rep)))
            for event in perform("bounce", 11).events
            if isinstance(event, RepSettled)
        ]
        score.add(perform("bounce", 11).sets, events)
        return score.figures()

    true = [rep["bounce_cause"] for rep in perform("bounce", 11).reps if rep["bounce"]]
    always = figures_with(lambda rep: BounceCause.STOP)
    assert always["bounce_cause.told"] == 1.0
    assert always["bounce_cause.right"] == pytest.approx(true.count(BounceCause.STOP) / len(true))
    silent = figures_with(lambda rep: None)
    assert silent["bounce_cause.told"] == 0.0
    assert "bounce_cause.right" not in silent


def test_a_phase_that_is_never_told_is_missed() -> None:
    mute = [e for e in told() if not (isinstance(e, PhaseBegan) and e.phase is Phase.CONCENTRIC)]
    assert figures(mute)["concentric.missed"] == 1.0
    assert figures(mute)["concentric.told_s"] == float("inf")
    assert figures(mute)["eccentric.missed"] == 0.0


def test_a_rep_told_later_is_told_later() -> None:
    late = figures(change_reps(lambda event: replace(event, at_s=event.at_s + 1.0)))
    assert late["rep.told_s"] == pytest.approx(figures(told())["rep.told_s"] + 1.0)


def test_what_is_told_where_nobody_lifts_is_counted_apart() -> None:
    score = Score()
    score.add([], told())
    assert score.figures()["told_idle"] == score.figures()["added"] == 22


def test_merged_scores_judge_as_one() -> None:
    one, two, both = Score(), Score(), Score()
    for score, family in ((one, "controlled"), (two, "bounce"), (both, "controlled"), (both, "bounce")):
        score.add(perform(family, 11).sets, perform(family, 11).events)
    one.merge(two)
    assert one.figures() == both.figures()
