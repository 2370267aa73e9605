"""Points whose every answer can be told: two machines, two sets of three reps on each, a sensor and a hub."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Message, MotionMessage, RepMessage
from sensor_hub.model import Phase
from sensor_hub.store.lines import lines_of, sink_line

BEGAN = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
MACHINES = ("press-1", "press-2")
SETS, REPS = (1, 2), (1, 2, 3)


def rep(machine: str, set_number: int, number: int) -> RepMessage:
    """Each with values of its own. The very last of a machine does not know its range, nor the pause after it."""
    nth = 100 * MACHINES.index(machine) + 10 * set_number + number
    last = (set_number, number) == (2, 3)
    values = {
        "machine": machine,
        "set_number": set_number,
        "number": number,
        "time": BEGAN + timedelta(minutes=5 * set_number, seconds=6 * number),
        "eccentric_s": 3 + nth / 1000,
        "bottom_pause_s": 1 + nth / 1000,
        "concentric_s": 2 + nth / 1000,
        "top_pause_s": None if last else 0.5 + nth / 1000,
        "time_under_tension_s": 6 + 3 * nth / 1000,
        "rom_m": None if last else 0.4 + nth / 10000,
        "mean_velocity_mps": 0.3 + nth / 10000,
        "peak_velocity_mps": 0.6 + nth / 10000,
        "mean_power_w_per_kg": 2 + nth / 1000,
        "bounced": number == 2,
        "hard_lockout": number == 3,
        "partial": False,
    }
    made = examples()[Kind.REP].model_copy(update=values)
    assert isinstance(made, RepMessage)
    return made


def load_kg(machine: str, set_number: int) -> float:
    return 80.0 + 10 * set_number + MACHINES.index(machine)


def motion(machine: str) -> MotionMessage:
    """Four points inside the first second, four inside the next."""
    offset_s = [second + 0.1 * index for second in (0, 1) for index in (1, 2, 3, 4)]
    return MotionMessage(
        **{name: getattr(rep(machine, 1, 1), name) for name in ("seq", "site", "session", "set_number")},
        id="motion",
        machine=machine,
        time=BEGAN,
        start_s=0.0,
        offset_s=offset_s,
        position_m=[0.1 + 0.01 * index for index in range(8)],
        velocity_mps=[0.04] * 8,
        phase=[Phase.CONCENTRIC] * 4 + [Phase.TOP] * 4,
    )


def messages() -> Iterator[Message]:
    made = examples()
    for machine in MACHINES:
        at = {"machine": machine, "time": BEGAN, "started": BEGAN, "ended": BEGAN + timedelta(minutes=15)}
        for number in SETS:
            yield from (rep(machine, number, nth) for nth in REPS)
            started = {"number": number, "started": BEGAN + timedelta(minutes=5 * number)}
            started |= {"load_kg": load_kg(machine, number)}
            yield made[Kind.SET].model_copy(update=at | started)
        yield made[Kind.SESSION].model_copy(update=at)
        yield motion(machine)
        for minute, percent, lost in ((0, 82, 0.0), (1, 80, 0.02)):
            health = {"time": BEGAN + timedelta(minutes=minute), "battery_percent": percent, "loss_ratio": lost}
            health |= {"machine": machine, "dropped_notifications": 3 * minute, "behind_s": 4.5 * minute}
            yield made[Kind.SENSOR].model_copy(update=health)
        for minute, online in ((0, False), (1, True)):
            status = {"machine": machine, "time": BEGAN + timedelta(minutes=minute), "online": online}
            yield made[Kind.STATUS].model_copy(update=status)


def lines() -> list[str]:
    own = [sink_line("hub-1", waiting, 2, BEGAN + timedelta(minutes=n)) for n, waiting in enumerate((700, 0))]
    return [line for message in messages() for line in lines_of(message)] + own
