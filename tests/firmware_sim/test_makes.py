"""Makes of sensors: a scenario says which, they measure as those do, and are called as those are."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_sim.cli import main
from firmware_sim.families import FAMILIES
from firmware_sim.makes import MAKES, make_of
from firmware_sim.performance import Performance
from firmware_sim.scenario import load, load_all
from sensor_hub.errors import ConfigError
from sensor_hub.sensors import DRIVERS, Advertisement, Driver, driver_for

TEXT = """
name = "own"
family = "own"
{sensor}
[[act]]
kind = "set"
reps = 3
tempo = "2-0-1-0.5"
"""


def scenario_of(tmp_path: Path, sensor: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(TEXT.format(sensor=sensor))
    return path


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.family)
def test_every_family_the_hub_knows_can_be_simulated_as_the_hub_asks_for_it(driver: Driver) -> None:
    make, abilities = MAKES[driver.family], driver.abilities
    assert driver.family in FAMILIES
    assert make.range_g in (None, abilities.range_g)
    if make.rates_hz:
        assert make.usual_rate_hz == abilities.usual_rate_hz
        assert make.usual_rate_hz in make.rates_hz
        assert set(make.rates_hz) <= set(abilities.rates_hz)


def test_every_family_that_is_simulated_has_a_make() -> None:
    assert set(FAMILIES) <= set(MAKES)


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.family)
def test_its_name_on_the_air_makes_no_other_driver_take_it(driver: Driver) -> None:
    name = MAKES[driver.family].name_of("sled-01")
    others = [other for other in DRIVERS if other is not driver]
    assert driver_for(Advertisement(name=name), others) is None


def test_a_serial_number_is_the_same_in_every_run_and_another_for_another_sensor() -> None:
    polar = MAKES["polar"]
    assert polar.name_of("press-1") == polar.name_of("press-1") != polar.name_of("press-2")
    assert polar.name_of("Polar H10 1A2B3C4D") == "Polar H10 1A2B3C4D"
    assert MAKES["sled"].name_of("press-1") == "press-1"


def test_an_unknown_family_is_refused_and_the_known_ones_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"\[sensor\]: family: there is no 'polr'; known are dot, .*polar, .*\.$"
    ):
        load(scenario_of(tmp_path, '[sensor]\nfamily = "polr"'))
    with pytest.raises(ConfigError, match=r"no family 'polr' of sensors; there are dot, "):
        make_of("polr")


@pytest.mark.parametrize(
    ("sensor", "says"),
    [
        ('family = "dot"\nrate_hz = 100', "rate_hz = 100, but a dot measures at 60 Hz"),
        ('family = "movesense"\nrate_hz = 100', "a movesense measures at 13, 26, 52, 104, 208, 416 Hz"),
        ('family = "dot"\nrange_g = 8', "range_g = 8, but a dot measures up to ±16 g"),
    ],
)
def test_what_a_family_cannot_measure_is_refused(tmp_path: Path, sensor: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(scenario_of(tmp_path, f"[sensor]\n{sensor}"))
    assert says in str(refused.value)


def test_a_family_gives_the_rate_and_range_that_nobody_chose(tmp_path: Path) -> None:
    performance = Performance(load(scenario_of(tmp_path, '[sensor]\nfamily = "dot"\nchip = "lsm6dso"')))
    assert (performance.rate_hz, performance.range_g) == (60.0, 16.0)
    sled = Performance(load(scenario_of(tmp_path, '[sensor]\nchip = "lsm6dso"')))
    assert (sled.rate_hz, sled.range_g) == (104.0, 8.0)


def test_several_sensors_are_as_many_scenarios(tmp_path: Path) -> None:
    path = scenario_of(tmp_path, '[[sensor]]\nname = "a"\n[[sensor]]\nname = "b"\nfamily = "dot"')
    one, two = load_all(path)
    assert [(each.name, each.sensor.name, each.sensor.family) for each in (one, two)] == [
        ("own-1", "a", "sled"),
        ("own-2", "b", "dot"),
    ]
    assert {each.sensor.family for each in load_all(path, "movesense")} == {"movesense"}
    with pytest.raises(ConfigError, match="has 2 sensors"):
        load(path)


def test_a_mistake_in_one_of_several_sensors_is_told(tmp_path: Path) -> None:
    path = scenario_of(tmp_path, '[[sensor]]\nname = "a"\n[[sensor]]\nnam = "b"')
    with pytest.raises(ConfigError, match=r"\[sensor\]: unknown key 'nam'; did you mean 'name'\?"):
        load_all(path)


def test_the_gym_has_six_sensors_of_their_own_on_machines_of_their_own(scenarios: Path) -> None:
    gym = [Performance(one, 1) for one in load_all(scenarios / "mixed.toml")]
    assert len({performance.name for performance in gym}) == 6
    assert len({performance.frame.incline_deg for performance in gym}) == 6
    assert len({performance.scenario.sensor.family for performance in gym}) >= 4


def test_run_refuses_a_family_it_does_not_know_and_names_those_it_does(scenarios: Path) -> None:
    result = CliRunner().invoke(main, ["run", str(scenarios / "demo.toml"), "--family", "polr"])
    assert result.exit_code == 2
    assert "'movesense'" in result.output
