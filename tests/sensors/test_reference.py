"""docs/sensors.md tells what the drivers say of themselves, and is current."""

from pathlib import Path

from sensor_hub.sensors import DRIVERS
from sensor_hub.sensors.reference import page

CHECKOUT = Path(__file__).parents[2]


def test_the_page_is_current() -> None:
    assert (CHECKOUT / "docs" / "sensors.md").read_text(encoding="utf-8") == page(), "run: make docs"


def test_every_family_has_a_row_and_every_shortcoming_its_sentence() -> None:
    text = page()
    for driver in DRIVERS:
        assert f"| [{driver.family}](" in text
        for sentence in driver.abilities.shortcomings:
            assert f"- {sentence}\n" in text


def test_the_files_it_points_to_are_there() -> None:
    text = (CHECKOUT / "docs" / "sensors.md").read_text(encoding="utf-8")
    targets = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert len(targets) > len(DRIVERS)
    assert [target for target in targets if not (CHECKOUT / "docs" / target).resolve().is_file()] == []
