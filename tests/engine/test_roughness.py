"""Whether a sled sounds as if it rolled: learned from sure moments, silent where the two do not differ."""

import numpy as np

from sensor_hub.engine import Params
from sensor_hub.engine.roughness import Roughness, Sound

PARAMS = Params()
STANDING = 0.0002
ROLLING = 0.002


def hear(roughness: Roughness, *moments: float) -> Sound:
    for rough_mps in moments:
        roughness.advance(rough_mps)
    return roughness.sound()


def taught(standing: float, rolling: float) -> Roughness:
    roughness = Roughness(PARAMS)
    rng = np.random.default_rng(3)
    for level, is_standing in ((standing, True), (rolling, False)):
        for _ in range(PARAMS.rough_memory):
            roughness.advance(level * rng.uniform(0.8, 1.2))
            roughness.learn(standing=is_standing)
        roughness.clear()
    return roughness


def moment(level: float) -> list[float]:
    return [level] * PARAMS.rough_steps


def test_nothing_is_told_before_both_are_known() -> None:
    roughness = Roughness(PARAMS)
    for _ in range(PARAMS.rough_memory):
        roughness.advance(STANDING)
        roughness.learn(standing=True)
    assert roughness.sound() is Sound.UNKNOWN


def test_a_standing_and_a_rolling_sled_are_told_apart() -> None:
    roughness = taught(STANDING, ROLLING)
    assert hear(roughness, *moment(STANDING)) is Sound.STANDING
    assert hear(roughness, *moment(ROLLING)) is Sound.ROLLING


def test_between_the_two_nothing_is_told() -> None:
    height = (PARAMS.standing_height + PARAMS.rolling_height) / 2
    between = STANDING * (ROLLING / STANDING) ** height
    assert hear(taught(STANDING, ROLLING), *moment(between)) is Sound.UNKNOWN


def test_a_rail_that_rolls_as_quietly_as_it_stands_tells_nothing() -> None:
    roughness = taught(STANDING, STANDING * PARAMS.rough_ratio * 0.9)
    assert hear(roughness, *moment(STANDING)) is Sound.UNKNOWN
    assert hear(roughness, *moment(ROLLING)) is Sound.UNKNOWN


def test_after_a_gap_a_moment_must_be_heard_anew() -> None:
    roughness = taught(STANDING, ROLLING)
    hear(roughness, *moment(ROLLING))
    roughness.clear()
    assert hear(roughness, *moment(ROLLING)[:-1]) is Sound.UNKNOWN
    assert hear(roughness, ROLLING) is Sound.ROLLING


def test_a_sensor_without_any_noise_is_heard_too() -> None:
    roughness = taught(0.0, ROLLING)
    assert hear(roughness, *moment(0.0)) is Sound.STANDING
