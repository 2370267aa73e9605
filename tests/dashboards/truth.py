"""What every query of every panel must answer about the evening, worked out from its messages alone.

An answer is {what the series is of: [its values in order of time]}; of several columns, tuples.
"""

from collections.abc import Callable
from typing import Any

from sensor_hub.messages import RepMessage
from sensor_hub.model import Phase
from sensor_hub.store.lines import PHASE_NUMBERS
from tests.dashboards.evening import MACHINES, REPS, SETS, load_kg, motion, rep

Answer = dict[tuple[str, ...], list[Any]]
TEMPO = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s")
ROW = ("number", *TEMPO, "rom_m", "mean_velocity_mps", "bounced", "hard_lockout", "partial")


def reps(machine: str) -> list[RepMessage]:
    return [rep(machine, number, nth) for number in SETS for nth in REPS]


def each(name: str) -> Answer:
    """Of every rep that knows it."""
    return {(m,): [v for one in reps(m) if (v := getattr(one, name)) is not None] for m in MACHINES}


def by_machine(value: Callable[[str], list[Any]]) -> Answer:
    return {(machine,): value(machine) for machine in MACHINES}


def same(*values: Any) -> Answer:
    return by_machine(lambda _: [*values])


def over_all(how: Callable[[list[Any]], Any], name: str) -> Answer:
    return {(): [how([value for values in each(name).values() for value in values])]}


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def day(how: Callable[[list[Any]], Any], name: str) -> Answer:
    return {key: [how(values)] for key, values in each(name).items()}


def last(name: str) -> Answer:
    return by_machine(lambda m: [getattr(reps(m)[-1], name)])


def table(names: tuple[str, ...], chosen: list[RepMessage]) -> list[Any]:
    return [tuple(getattr(one, name) for name in names) for one in chosen]


def two_seconds(name: str) -> Answer:
    return by_machine(lambda m: [mean(getattr(motion(m), name)[:4]), mean(getattr(motion(m), name)[4:])])


ANSWERS: dict[str, Answer] = {
    "live.json: Reps of the set A": last("number"),
    "live.json: Range of the last rep A": last("rom_m"),
    "live.json: Mean velocity of the last rep A": last("mean_velocity_mps"),
    **{
        f"live.json: Tempo of the last rep {letter}": last(name)
        for letter, name in zip("ABCD", TEMPO, strict=True)
    },
    "live.json: Tempo of the last reps: eccentric, bottom, concentric, top A": by_machine(
        lambda m: table(TEMPO, reps(m)[-3:][::-1])
    ),
    "live.json: Position A": two_seconds("position_m"),
    "live.json: Velocity (concentric upwards) A": two_seconds("velocity_mps"),
    "live.json: Phase A": same(PHASE_NUMBERS[Phase.CONCENTRIC], PHASE_NUMBERS[Phase.TOP]),
    "session.json: Reps A": over_all(len, "number"),
    "session.json: Bounced A": over_all(sum, "bounced"),
    "session.json: Hard lockouts A": over_all(sum, "hard_lockout"),
    "session.json: Time under tension A": over_all(sum, "time_under_tension_s"),
    "session.json: Slowest rep A": over_all(min, "mean_velocity_mps"),
    "session.json: Shortest range A": over_all(min, "rom_m"),
    "session.json: Eccentric and concentric time A": each("eccentric_s"),
    "session.json: Eccentric and concentric time B": each("concentric_s"),
    "session.json: Pauses A": each("bottom_pause_s"),
    "session.json: Pauses B": each("top_pause_s"),
    "session.json: Concentric velocity A": each("mean_velocity_mps"),
    "session.json: Concentric velocity B": each("peak_velocity_mps"),
    "session.json: Range A": each("rom_m"),
    "session.json: Sets A": {
        (m, str(number)): [(3, load_kg(m, number), "both", 32.5, 44.8)] for m in MACHINES for number in SETS
    },
    "session.json: Bounces and hard lockouts by set A": {(str(number),): [(2, 2)] for number in SETS},
    "session.json: Every rep A": {
        (m, str(number)): table(ROW, [rep(m, number, nth) for nth in REPS]) for m in MACHINES for number in SETS
    },
    "session.json: Position A": two_seconds("position_m"),
    "progress.json: Reps a day A": day(len, "number"),
    "progress.json: Load A": by_machine(lambda m: [max(load_kg(m, number) for number in SETS)]),
    "progress.json: Eccentric time A": day(mean, "eccentric_s"),
    "progress.json: Concentric velocity A": day(mean, "mean_velocity_mps"),
    "progress.json: Range A": day(mean, "rom_m"),
    "progress.json: Time under tension a day A": day(sum, "time_under_tension_s"),
    "progress.json: Mean power A": day(mean, "mean_power_w_per_kg"),
    "progress.json: Share of reps that bounced or locked out hard A": day(mean, "bounced"),
    "progress.json: Share of reps that bounced or locked out hard B": day(mean, "hard_lockout"),
    "progress.json: Sessions A": same((80.0, 4, 40, 900.0)),
    "health.json: Battery A": same(80),
    "health.json: Use until it is empty A": same(96.5),
    "health.json: Streaming A": same(1),
    "health.json: Hub online A": same(1),
    "health.json: Points refused A": {("hub-1",): [2]},
    "health.json: Lost samples A": same(0.0, 0.02),
    "health.json: Signal A": same(-61, -61),
    "health.json: Sample rate A": same(104.1, 104.1),
    "health.json: Packets dropped by the hub A": same(0, 3),
    "health.json: Between packets A": same(0.0384, 0.0384),
    "health.json: Still to come from the sensor's memory A": same(0.0, 4.5),
    "health.json: Clock against the hub's A": same(-12.4, -12.4),
    "health.json: Battery over time A": same(82, 80),
    "health.json: Not passed on yet A": {("hub-1",): [700, 0]},
}
