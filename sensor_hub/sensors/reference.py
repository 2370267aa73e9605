"""The content of docs/sensors.md, from the drivers: `make docs` writes it, a test says when it is out of date."""

from collections.abc import Iterable

from sensor_hub.sensors import DRIVERS, Driver

_INTRODUCTION = """\
# Sensors

Made by `make docs` from the drivers in `sensor_hub/sensors/`; edit those.

A sensor of any of these families can be clipped on a machine. `sensor-hub scan` lists those that are near. The sled
sensor is this project's own ([protocol.md](protocol.md)); the others can be bought.
"""

_LEGEND = """\
- Rates: what can be asked for; the usual one is in bold. A rate that a sensor lacks is told, and the nearest taken.
- Device time: whether the sensor dates its samples by a clock of its own.
- Numbered: whether a gap is known to the sample from sequence numbers.
- Buffer: the longest outage whose samples arrive afterwards.
- Blinks: whether `sensor-hub scan --identify` can make it show itself.
- Bonds: whether it agrees on a key with the hub, so that no other device can pass for it ([links.md](links.md)).
- Tried: whether the driver has met the real thing. One that has not was written from its maker's documentation and
  public code, named in the driver, and runs in the tests against a simulated sensor that was written from the same.
"""

_FLAGS = ("device time", "numbered", "buffer", "gyroscope", "battery", "blinks", "bonds", "tried")

_ADDING = """\
## Adding a family

1. `sensor_hub/sensors/<family>.py`: a `Driver` and its `Stream` as in
   [driver.py](../sensor_hub/sensors/driver.py). At the top the layout and scale of its bytes as a table, each fact
   with its source. It is pure: bytes and arrival times in, samples and gaps out, GATT operations as values.
   `BlockClock` dates samples that come in stamped blocks, `ArrivalClock` those that nobody dated. What the sensor
   cannot do stands in its `Abilities`; from there it gets here and to the user. Add it to `DRIVERS`.
2. `tests/vectors/<family>.json`: literal bytes and what they mean, from documentation or a recording; bytes that must
   be refused, too. `tests/sensors/test_<family>.py` reads them. The fuzzers (`tests/sensors/test_fuzz.py`,
   `make fuzz`) find a new driver by themselves.
3. `firmware_sim/families/<family>.py`: a `Peripheral` that speaks the maker's protocol. Add it to `FAMILIES`.
   `tests/link/test_<family>.py` puts it on the virtual radio, with packets lost, repeated, cut and garbled.
4. `make docs`.
"""


def page(drivers: Iterable[Driver] = DRIVERS) -> str:
    """The content of docs/sensors.md."""
    known = tuple(drivers)
    head = "| family | models | rates, Hz | range | " + " | ".join(_FLAGS) + " |"
    table = "\n".join([head, "|" + "---|" * (4 + len(_FLAGS)), *(_row(driver) for driver in known)])
    parts = [
        _INTRODUCTION,
        table + "\n",
        _LEGEND,
        "## What to know of each\n",
        *(_about(driver) for driver in known),
        _ADDING,
    ]
    return "\n".join(parts)


def _row(driver: Driver) -> str:
    able = driver.abilities
    flags = (able.device_time, able.sequence)
    cells = [
        f"[{driver.family}](../{_file(driver)})",
        ", ".join(driver.models),
        _rates(driver),
        f"±{able.range_g:g} g",
        *("yes" if flag else "" for flag in flags),
        f"{able.buffer_s:g} s" if able.buffer_s else "",
        *("yes" if flag else "" for flag in (able.gyroscope, able.battery, able.identify, able.bonds, able.tried)),
    ]
    return f"| {' | '.join(cells)} |"


def _rates(driver: Driver) -> str:
    able = driver.abilities
    rates_hz = sorted({*able.rates_hz, able.usual_rate_hz})
    return ", ".join(
        f"**{rate_hz:g}**" if rate_hz == able.usual_rate_hz else f"{rate_hz:g}" for rate_hz in rates_hz
    )


def _about(driver: Driver) -> str:
    sentences = list(driver.abilities.shortcomings)
    if not driver.abilities.tried:
        sentences.append("Its driver was not tried on hardware.")
    lines = "\n".join(f"- {sentence}" for sentence in sentences)
    return f"### {', '.join(driver.models)}\n\n{lines}\n"


def _file(driver: Driver) -> str:
    return type(driver).__module__.replace(".", "/") + ".py"


if __name__ == "__main__":
    print(page(), end="")
