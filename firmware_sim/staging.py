"""From a scenario to its script: the lifter's sets, and the plates, hands and knocks between them."""

import numpy as np

from firmware_sim.lifter import Lifter
from firmware_sim.scenario import (
    Act,
    HandleAct,
    KnockAct,
    LeanAct,
    PlatesAct,
    RestAct,
    Scenario,
    SetAct,
    UnrackAct,
)
from firmware_sim.script import Blow, Knock, Script, Spell, SpellKind
from firmware_sim.strokes import Stroke

_AFTERMATH_S = 1.0
"""Stillness at the end of every performance."""


def compose(scenario: Scenario, rng: np.random.Generator) -> Script:
    """Everything that happens in one performance of the scenario."""
    script = Script()
    time_s = 0.0
    for act in scenario.act:
        time_s = _perform(act, script, time_s, rng)
    script.duration_s = time_s + _AFTERMATH_S
    return script


def _perform(act: Act, script: Script, time_s: float, rng: np.random.Generator) -> float:
    """Write one act into the script from time_s on; returns when it is over."""
    match act:
        case SetAct():
            return _sets(act, script, time_s, rng)
        case RestAct():
            return time_s + act.seconds.draw(rng)
        case HandleAct():
            return _handling(act, script, time_s, rng)
        case PlatesAct():
            return _plates(act.count.draw_count(rng), script, time_s, rng)
        case LeanAct():
            end_s = time_s + act.seconds.draw(rng)
            script.spells.append(Spell(SpellKind.LEANING, time_s, end_s, rng.uniform(0.1, 0.6)))
            return end_s
        case UnrackAct():
            return _lifted_and_put_back(act, script, time_s, rng)
        case KnockAct():
            knock = Knock(time_s + 0.5, rng.uniform(0.06, 0.25), act.angle_deg.draw(rng))
            script.knocks.append(knock)
            script.blows.append(Blow(knock.at_s, rng.uniform(5.0, 25.0)))
            return knock.at_s + knock.duration_s + 1.0


def _sets(act: SetAct, script: Script, time_s: float, rng: np.random.Generator) -> float:
    for _ in range(act.repeat.draw_count(rng)):
        time_s = _plates(act.plates_before.draw_count(rng), script, time_s, rng)
        time_s = Lifter(act, script, time_s, rng).perform()
        time_s = _plates(act.plates_after.draw_count(rng), script, time_s, rng)
        time_s += act.rest_s.draw(rng)
    return time_s


def _plates(count: int, script: Script, time_s: float, rng: np.random.Generator) -> float:
    for _ in range(count):
        time_s += rng.uniform(0.8, 3.0)
        script.blows.append(Blow(time_s, rng.uniform(4.0, 25.0)))
        script.spells.append(Spell(SpellKind.LEANING, time_s - 0.4, time_s + 0.8, rng.uniform(0.05, 0.3)))
    return time_s + (1.5 if count else 0.0)


def _handling(act: HandleAct, script: Script, time_s: float, rng: np.random.Generator) -> float:
    end_s = time_s + act.seconds.draw(rng)
    script.spells.append(Spell(SpellKind.HANDLED, time_s, end_s, 1.0))
    script.blows += [Blow(end_s + wait, rng.uniform(5.0, 25.0)) for wait in (0.05, rng.uniform(0.4, 1.2))]
    return end_s + 2.0


def _lifted_and_put_back(act: UnrackAct, script: Script, time_s: float, rng: np.random.Generator) -> float:
    height = act.height_m.draw(rng)
    up = Stroke(time_s, rng.uniform(0.5, 1.0), height)
    down = Stroke(up.end_s + rng.uniform(0.3, 4.0), rng.uniform(0.5, 1.2), -height)
    script.strokes += [up, down]
    script.blows.append(Blow(down.end_s, rng.uniform(1.0, 8.0)))
    script.spells.append(Spell(SpellKind.HOLDING, up.start_s, down.end_s, rng.uniform(0.02, 0.06)))
    return down.end_s + 1.0
