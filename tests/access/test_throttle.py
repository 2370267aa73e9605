"""Tries: some in a row, then one now and then, and never more memory than agreed."""

from sensor_hub.access.throttle import MOST_KEYS, Throttle


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_after_a_burst_one_try_each_interval() -> None:
    clock = Clock()
    throttle = Throttle(burst=3, every_s=10.0, clock=clock)
    for _ in range(3):
        assert throttle.wait_s("a") == 0.0
        throttle.spend("a")
    assert throttle.wait_s("a") == 10.0
    assert throttle.wait_s("b") == 0.0
    clock.now_s += 10.0
    assert throttle.wait_s("a") == 0.0
    throttle.spend("a")
    assert throttle.wait_s("a") == 10.0


def test_a_bucket_fills_up_again_but_no_further() -> None:
    clock = Clock()
    throttle = Throttle(burst=2, every_s=10.0, clock=clock)
    throttle.spend("a")
    clock.now_s += 1000.0
    for _ in range(2):
        throttle.spend("a")
    assert throttle.wait_s("a") == 10.0


def test_a_good_try_gives_back_itself_and_no_other() -> None:
    throttle = Throttle(burst=2, every_s=10.0, clock=Clock())
    for _ in range(2):
        throttle.spend("a")
    throttle.give_back("a")
    assert throttle.wait_s("a") == 0.0
    throttle.spend("a")
    assert throttle.wait_s("a") == 10.0


def test_memory_is_bounded_and_the_busy_are_remembered() -> None:
    throttle = Throttle(burst=1, every_s=10.0, clock=Clock())
    for stranger in range(3 * MOST_KEYS):
        throttle.spend("busy")
        throttle.spend(f"stranger {stranger}")
    assert len(throttle) == MOST_KEYS
    assert throttle.wait_s("busy") > 0.0
