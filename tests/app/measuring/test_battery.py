"""A battery's course in use, and what is foretold from it."""

from pathlib import Path

import pytest

from sensor_hub.app.measuring.battery import Battery


def use(battery: Battery, hours: float, *, life_h: float, start: float = 87.0, from_s: float = 0.0) -> None:
    """Reports every 5 s of a battery that would last so long from full to empty."""
    for number in range(round(hours * 720)):
        at_s = number * 5.0
        battery.observe(int(start - 100.0 * at_s / 3600.0 / life_h), from_s + at_s)


@pytest.mark.parametrize(("life_h", "hours"), [(12.0, 2.0), (100.0, 10.0), (5.0, 3.0)])
def test_the_hours_left_are_those_of_a_steady_use(life_h: float, hours: float) -> None:
    battery = Battery()
    use(battery, hours, life_h=life_h)
    left_h = life_h * 0.87 - hours
    assert battery.hours_left == pytest.approx(left_h, rel=0.05, abs=0.02 * life_h)


def test_nothing_is_foretold_from_a_fall_of_two_per_cent() -> None:
    battery = Battery()
    use(battery, 2.0, life_h=100.0)
    assert battery.percent == 85
    assert battery.hours_left is None


def test_a_night_in_the_drawer_is_no_use() -> None:
    battery = Battery()
    use(battery, 2.0, life_h=20.0)
    left_h = battery.hours_left
    use(battery, 2.0, life_h=20.0, start=77.0, from_s=12 * 3600.0)
    assert left_h is not None
    assert battery.hours_left == pytest.approx(left_h - 2.0, abs=0.6)


def test_a_fall_that_took_no_use_foretells_nothing() -> None:
    battery = Battery()
    for hour, percent in enumerate((80, 76, 72, 68)):
        battery.observe(percent, 3600.0 * hour)
    assert battery.percent == 68
    assert battery.hours_left is None


def test_a_charge_begins_a_new_course_and_a_flicker_does_not() -> None:
    battery = Battery()
    use(battery, 4.0, life_h=20.0)
    assert battery.hours_left is not None
    battery.observe(70, 4 * 3600.0)
    assert battery.hours_left is not None
    battery.observe(100, 4 * 3600.0 + 5)
    assert battery.hours_left is None


def test_a_battery_is_remembered_by_the_next_hub(tmp_path: Path) -> None:
    path = tmp_path / "batteries" / "c0.json"
    first = Battery(path)
    use(first, 4.0, life_h=20.0)
    again = Battery(path)
    assert again.hours_left == pytest.approx(first.hours_left, abs=0.3)


@pytest.mark.parametrize("content", ["", "[]", '{"used_h": 1}', '{"used_h": 1, "steps": [["a", 2]]}'])
def test_a_file_that_makes_no_sense_is_left_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "c0.json"
    path.write_text(content, encoding="utf-8")
    battery = Battery(path)
    use(battery, 4.0, life_h=20.0)
    assert battery.hours_left == pytest.approx(13.4, abs=0.5)


def test_low_is_told_by_the_gauge_and_by_the_hours_that_are_left() -> None:
    by_gauge, by_hours, well = Battery(), Battery(), Battery()
    by_gauge.observe(12, 0.0)
    use(by_hours, 1.0, life_h=3.0)
    use(well, 1.0, life_h=10.0)
    assert by_gauge.warning == "The sensor's battery is low (12 %). Charge it before the next set."
    assert by_hours.warning is not None
    assert "53 %, about 2 h" in by_hours.warning
    assert well.warning is None
