"""The store beside the truth: what is missing, what is too much, and by how much the rest is off."""

from datetime import UTC, datetime
from typing import Any

from sensor_hub.app.demonstration.comparison import compare
from sensor_hub.messages import RepMessage


def stored(turn_s: float, bounced: bool = False) -> RepMessage:
    nothing = dict.fromkeys(
        ("top_pause_s", "mean_eccentric_velocity_mps", "peak_eccentric_velocity_mps", "turn_acceleration_mps2")
    )
    return RepMessage.model_validate(
        {
            **nothing,
            "id": str(turn_s), "seq": 1, "time": datetime(2026, 3, 1, tzinfo=UTC), "site": "s", "machine": "m",
            "session": "x", "set_number": 1, "number": 1, "start_s": turn_s - 3, "bottom_s": turn_s - 1,
            "turn_s": turn_s, "end_s": turn_s + 1, "eccentric_s": 2.0, "bottom_pause_s": 1.0, "concentric_s": 1.0,
            "rom_m": 0.41, "mean_velocity_mps": None, "peak_velocity_mps": 0.6, "bounced": bounced,
            "hard_lockout": None, "partial": False, "uncertainty": {},
        }
    )  # fmt: skip


def truth(*turns_s: float) -> dict[str, Any]:
    reps = [
        {
            "turn_s": turn_s, "end_s": turn_s + 1, "eccentric_s": 2.1, "bottom_pause_s": 0.9, "concentric_s": 1.0,
            "rom_m": 0.4, "mean_concentric_velocity": 0.4, "peak_concentric_velocity": 0.6, "bounce": False,
            "lockout_slam": False, "partial": None,
        }
        for turn_s in turns_s
    ]  # fmt: skip
    return {"sets": [{"reps": reps}]}


def test_equal_when_every_rep_has_its_match() -> None:
    result = compare("sled-01", truth(5, 10), [stored(5.01), stored(9.98)], until_s=60)
    assert result.equal
    assert (result.expected, result.stored) == (2, 2)
    assert result.differences[0]["turn_s"] == 0.01
    assert result.differences[0]["rom_m"] == 0.01
    assert result.differences[0]["mean_velocity_mps"] is None


def test_a_truth_without_a_metric_has_nothing_to_say_of_it() -> None:
    rep = stored(5).model_copy(update={"time_under_tension_s": 4.02})
    known = truth(5)
    assert compare("sled-01", known, [rep], until_s=60).differences[0]["time_under_tension_s"] is None
    known["sets"][0]["reps"][0]["time_under_tension_s"] = 4.0
    assert compare("sled-01", known, [rep], until_s=60).differences[0]["time_under_tension_s"] == 0.02


def test_missing_and_extra_reps_are_named_by_their_turn() -> None:
    result = compare("sled-01", truth(5, 10), [stored(5), stored(20)], until_s=60)
    assert not result.equal
    assert (result.missing, result.extra) == ([10], [20])


def test_what_was_done_after_the_end_is_not_expected() -> None:
    assert compare("sled-01", truth(5, 10), [stored(5)], until_s=11.5).equal
    assert not compare("sled-01", truth(5, 10), [stored(5)], until_s=12.5).equal


def test_a_stored_rep_matches_once() -> None:
    result = compare("sled-01", truth(5, 5.5), [stored(5.2)], until_s=60)
    assert (len(result.differences), result.missing) == (1, [5.5])


def test_wrong_flags_are_named_unknown_ones_are_not() -> None:
    result = compare("sled-01", truth(5), [stored(5, bounced=True)], until_s=60)
    assert [one["flag"] for one in result.wrong_flags] == ["bounced"]
