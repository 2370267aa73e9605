"""Scenario files: all of the project's load; a wrong one is refused in a sentence."""

from pathlib import Path

import numpy as np
import pytest

from firmware_sim.performance import Performance
from firmware_sim.scenario import load
from firmware_sim.spans import Span, parse_tempo
from sensor_hub.errors import ConfigError

FAMILIES = [
    "controlled",
    "glass",
    "explosive",
    "bounce",
    "slam",
    "partials",
    "clutter",
    "touchandgo",
    "lossy",
    "vertical",
    "empty",
    "pause_bottom",
    "rest_pause",
    "failure",
    "cheap",
    "noisy",
    "moved",
    "no_unrack",
    "fast_controlled",
]
SET = '[[act]]\nkind = "set"\nreps = 5\ntempo = "3-1-1-1"\n'
HEAD = 'name = "own"\nfamily = "own"\n'


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_a_scenario_of_its_name(scenarios: Path, family: str) -> None:
    scenario = load(scenarios / f"{family}.toml")
    assert (scenario.name, scenario.family) == (family, family)


def test_the_demo_begins_at_once_and_lasts_for_minutes(scenarios: Path) -> None:
    demo = load(scenarios / "demo.toml")
    for seed in range(5):
        performance = Performance(demo, seed)
        first = performance.truth()["sets"][0]["reps"][0]
        assert 240.0 < performance.duration_s < 600.0
        assert first["start_s"] < 9.0
        assert first["end_s"] < 15.0


def test_the_demos_sensors_have_names_of_their_own(scenarios: Path) -> None:
    assert load(scenarios / "demo.toml").sensor.name != load(scenarios / "demo-two.toml").sensor.name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + SET + "rep = 5\n", "act 1 (set): unknown key 'rep'; did you mean 'reps'?"),
        (
            HEAD + "[machine]\nincline = 45\n" + SET,
            "[machine]: unknown key 'incline'; did you mean 'incline_deg'?",
        ),
        (HEAD + "famly = 1\n" + SET, "unknown key 'famly'; did you mean 'family'?"),
        (HEAD + "[machine]\nincline_deg = 120\n" + SET, "[machine]: incline_deg: must lie between 5 and 90"),
        (HEAD + SET + "range_m = [0.5, 0.4]\n", "act 1 (set): range_m: the range [0.5, 0.4] runs backwards"),
        (
            HEAD + SET + "range_m = 0.85\n",
            "act 1 (set): range_m = 0.85 does not fit a rail of rail_length_m = 0.9",
        ),
        (HEAD + SET + "bounced = [6]\n", "act 1 (set): bounced names rep 6, but the reps go from 1 to 5"),
        (HEAD + SET.replace("3-1-1-1", "3-1-1"), "tempo '3-1-1' is not four phases"),
        (HEAD + SET.replace("3-1-1-1", "3-X-1-1"), "has an X for a pause"),
        (HEAD + SET.replace("set", "sett"), "act 1: kind must be one of 'set', 'rest'"),
        (HEAD + '[[act]]\nkind = "rest"\n', "act 1 (rest): the key 'seconds' is missing"),
        (HEAD + '[[act]]\nkind = "rest"\nseconds = "3"\n', "expected a number or a range [low, high], got '3'"),
        (HEAD + "[[act]]\nreps = 3\n", "act 1: the key 'kind' is missing"),
        (HEAD, "the key 'act' is missing"),
        (HEAD + '[sensor]\nchip = "foo"\n' + SET, "[sensor]: chip: input should be 'lsm6dso'"),
        ('name = "own"\n' + SET, "the key 'family' is missing"),
        ("name = ", "is not valid TOML"),
    ],
)
def test_a_wrong_scenario_is_refused_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert says in str(refused.value)
    assert str(path) in str(refused.value)
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_more_than_one_mistake_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(HEAD + SET + "rep = 5\nrange_m = 7\n")
    with pytest.raises(ConfigError, match=r"'reps'\? \(and 1 more to mend\)\.$"):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        load(tmp_path / "nowhere.toml")


def test_a_tempo_may_be_a_range_and_x_stays_fast() -> None:
    tempo = parse_tempo(["2-0-X-1", "4-1-1-0.5"])
    assert tempo.phases == (Span(2, 4), Span(0, 1), None, Span(0.5, 1))


def test_ranges_are_drawn_from_evenly() -> None:
    rng = np.random.default_rng(1)
    drawn = [Span(2, 4).draw(rng) for _ in range(2000)]
    assert (min(drawn), max(drawn)) == pytest.approx((2, 4), abs=0.02)
    assert {Span(2, 4).draw_count(rng) for _ in range(100)} == {2, 3, 4}
    assert Span(3, 3).draw(rng) == 3
