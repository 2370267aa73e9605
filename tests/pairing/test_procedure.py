"""The procedure's steps: what leads from one to the next, what starts them anew, and what changes nothing."""

from typing import Any

import numpy as np

from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, GapReason, Samples
from sensor_hub.pairing import REPS, MachineKind, Procedure, Step
from sensor_hub.pairing.procedure import RESTLESS_S, TABLE, Happening
from tests.pairing.conftest import items


def still(seconds: float, start_s: float = 0.0, swing_mps2: float = 0.0) -> list[Samples]:
    """A sensor at rest, or one that somebody sways."""
    rng = np.random.default_rng(1)
    time_s = start_s + np.arange(0.0, seconds, 0.01)
    force = 0.01 * rng.normal(size=(len(time_s), 3)) + [0.0, 0.0, STANDARD_GRAVITY_MPS2]
    force[:, 0] += swing_mps2 * np.sin(4 * time_s)
    return [Samples(time_s[i : i + 10], force[i : i + 10]) for i in range(0, len(time_s), 10)]


def fed(*blocks: Samples | Gap) -> Procedure:
    procedure = Procedure(MachineKind.LEG_PRESS_45, 100.0)
    for block in blocks:
        procedure.feed(block)
    return procedure


def test_the_table_leads_everywhere_and_out_of_nothing_that_is_over() -> None:
    assert set(TABLE.values()) | {Step.CONNECT} == set(Step)
    assert not {step for step, _ in TABLE} & {Step.DONE, Step.CANCELLED}
    cancellable = {step for step, happening in TABLE if happening is Happening.CANCELLED}
    assert cancellable == set(Step) - {Step.DONE, Step.CANCELLED}


def test_it_waits_for_data_then_for_rest(press: Any) -> None:
    assert fed().step is Step.CONNECT
    assert fed(*still(1.0)).step is Step.REST
    assert fed(*still(3.0)).step is Step.PRESS


def test_a_sled_that_is_swayed_does_not_rest_and_that_is_told() -> None:
    procedure = fed(*still(RESTLESS_S - 1, swing_mps2=1.0))
    assert (procedure.step, procedure.progress.restless) == (Step.REST, False)
    for block in still(3.0, RESTLESS_S - 1, swing_mps2=1.0):
        procedure.feed(block)
    assert procedure.progress.restless
    assert procedure.progress.share < 0.5


def test_after_three_reps_everything_is_judged_once(press: Any) -> None:
    procedure, steps, reps = Procedure(MachineKind.LEG_PRESS_45, 100.0), [], []
    for item in items(press()):
        if procedure.feed(item):
            steps.append(procedure.step)
        reps.append(procedure.progress.reps)
    assert steps == [Step.REST, Step.PRESS, Step.REVIEW]
    assert sorted(set(reps)) == list(range(REPS + 1))
    assert procedure.findings
    assert procedure.progress.share == 1


def test_a_sensor_that_restarts_begins_anew(press: Any) -> None:
    given = items(press())
    half = len(given) // 2
    procedure = fed(*given[:half])
    assert procedure.progress.reps > 0
    procedure.feed(Gap(0.0, 1.0, None, GapReason.RESTARTED))
    assert (procedure.step, procedure.progress.reps) == (Step.REST, 0)


def test_again_forgets_everything_and_measures_anew(press: Any) -> None:
    procedure = fed(*items(press()))
    first = procedure.measured
    procedure.again()
    assert (procedure.step, procedure.progress.reps) == (Step.REST, 0)
    for item in items(press()):
        procedure.feed(item)
    assert procedure.step is Step.REVIEW
    assert procedure.measured == first


def test_what_was_judged_is_not_changed_by_what_comes_after(press: Any) -> None:
    procedure = fed(*items(press()))
    before = procedure.findings
    procedure.feed(still(1.0, 500.0)[0])
    assert procedure.step is Step.REVIEW
    assert procedure.findings is before


def test_confirmed_or_cancelled_it_is_over(press: Any) -> None:
    done = fed(*items(press()))
    done.confirm()
    done.again()
    done.cancel()
    assert done.step is Step.DONE
    early = fed(*still(1.0))
    early.confirm()
    assert early.step is Step.REST
    early.cancel()
    early.again()
    early.feed(still(1.0, 5.0)[0])
    assert early.step is Step.CANCELLED


def test_a_wrong_kind_is_told_before_the_reps_are_over(press: Any) -> None:
    procedure = Procedure(MachineKind.WEIGHT_STACK, 100.0)
    told = []
    for item in items(press(machine={"incline_deg": 45})):
        procedure.feed(item)
        told.append((procedure.progress.reps, procedure.progress.remark))
    reps, remark = next(one for one in told if one[1] is not None)
    assert reps == 0
    assert "a weight stack has 75° to 90°" in (remark or "")
    right = Procedure(MachineKind.LEG_PRESS_45, 100.0)
    for item in items(press(machine={"incline_deg": 45})):
        right.feed(item)
        assert right.progress.remark is None


def test_reps_before_the_rest_do_not_count(press: Any) -> None:
    lift = {"kind": "set", "reps": 3, "tempo": "2-0.3-1.6-0.6", "range_m": 0.4, "rest_s": 10}
    performance = press(acts=[{"kind": "rest", "seconds": 3}, lift, lift])
    begun_s = performance.truth()["sets"][0]["reps"][0]["start_s"]
    procedure, reps = Procedure(MachineKind.LEG_PRESS_45, 100.0), {}
    for item in items(performance):
        if isinstance(item, Samples) and item.time_s[0] > begun_s and procedure.feed(item):
            reps[procedure.step] = procedure.progress.reps
    assert reps == {Step.REST: 0, Step.PRESS: 0, Step.REVIEW: REPS}
