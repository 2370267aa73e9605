"""What a coach may write, and what it is kept as."""

import pytest
from pydantic import ValidationError

from sensor_hub.prescription import Prescription, parse_tempo, write_tempo


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("4-1-2-0", "4-1-2-0"),
        ("4120", "4-1-2-0"),
        (" 30x0 ", "3-0-X-0"),
        ("3/0.5/X/1", "3-0.5-X-1"),
        ("10 0 2 0", "10-0-2-0"),
        ("2-0-0-0", "2-0-X-0"),
    ],
)
def test_a_tempo_has_many_spellings_and_one_that_is_kept(written: str, kept: str) -> None:
    assert write_tempo(parse_tempo(written)) == kept
    assert Prescription(sets=3, reps=10, tempo=written).tempo == kept


@pytest.mark.parametrize(
    "written", ["", "4-1-2", "4-X-2-0", "4-1-2-X", "99-0-1-0", "fast", "4-1-2-0-1", "4-1-2-n"]
)
def test_what_is_no_tempo_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match=r"X|4-1-2-0|30 seconds"):
        parse_tempo(written)
    with pytest.raises(ValidationError):
        Prescription(sets=3, reps=10, tempo=written)


@pytest.mark.parametrize(
    "wrong",
    [
        {"deepest": 0.5, "highest": 0.55},
        {"slowest_mps": 0.6, "fastest_mps": 0.4},
        {"sets": 0},
        {"velocity_loss": 0.9},
        {"colour": "red"},
    ],
)
def test_a_prescription_that_nobody_could_follow_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Prescription.model_validate({"sets": 3, "reps": 10} | wrong)


def test_a_prescription_survives_being_stored() -> None:
    asked = Prescription(sets=3, reps=10, tempo="4120", load_kg=80, deepest=0.2, velocity_loss=0.2, rest_s=90)
    assert Prescription.model_validate_json(asked.model_dump_json()) == asked
