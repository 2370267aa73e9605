"""Each reason has its sentence, with the figure that decided it."""

import pytest

from sensor_hub.app.telling.refusal_words import why_not
from sensor_hub.model import Refusal

GATES: dict[str, float | None] = {
    "depth_m": 0.31,
    "rom_m": 0.088,
    "least_range_m": 0.105,
    "along_share": 0.61,
    "returned_share": 2.4,
    "mean_velocity_mps": 0.04,
    "mean_eccentric_velocity_mps": 0.021,
}


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Refusal.SHORT, "too short: 8.8 cm, counted from 10.5 cm"),
        (Refusal.LONG, "too long for any machine: 8.8 cm"),
        (Refusal.SLOW, "2.1 cm/s on average"),
        (Refusal.OFF_RAIL, "not along the rail: only 61 % of the motion was"),
        (Refusal.UNEVEN, "it came back by 240 % of the way out"),
        (Refusal.HANDLED, "the sensor was handled"),
    ],
)
def test_the_figure_that_decided_is_told(reason: Refusal, said: str) -> None:
    assert said in why_not(reason, GATES)


@pytest.mark.parametrize("reason", Refusal)
def test_every_reason_has_a_sentence_of_its_own_even_where_nothing_was_measured(reason: Refusal) -> None:
    others = {why_not(one, {}) for one in Refusal if one is not reason}
    assert why_not(reason, {}) not in others
    assert why_not(reason, dict.fromkeys(GATES)) == why_not(reason, {})


def test_what_was_not_measured_is_told_as_seen_live() -> None:
    assert "31.0 cm" in why_not(Refusal.SHORT, {"depth_m": 0.31, "least_range_m": 0.4})
