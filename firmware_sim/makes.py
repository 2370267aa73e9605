"""What a scenario must know of each family of sensors: how it measures, and what it calls itself.

How a family speaks is in firmware_sim.families; this table needs no Bluetooth. Rates and ranges are those that the
hub's drivers ask for.
"""

from dataclasses import dataclass
from itertools import cycle
from zlib import crc32

from sensor_hub.errors import ConfigError

SLED = "sled"


@dataclass(frozen=True, slots=True)
class Make:
    """called: its name on the air, # being a digit of its serial number; None where it is called what its owner calls
    it. rates_hz: what it measures at, any where there are none; usual_rate_hz: of these, where nobody chooses.
    range_g: its full scale; None where any will do.
    """

    called: str | None = None
    rates_hz: tuple[float, ...] = ()
    usual_rate_hz: float | None = None
    range_g: int | None = None

    def name_of(self, sensor: str) -> str:
        """What the sensor that its owner calls so advertises: that, where it begins as this make's names do."""
        if self.called is None or sensor.startswith(self.called.split()[0].rstrip("#")):
            return sensor
        digits = cycle(f"{crc32(sensor.encode()):010d}")
        return "".join(next(digits) if letter == "#" else letter for letter in self.called)


MAKES: dict[str, Make] = {
    SLED: Make(),
    "dot": Make("Movella DOT", (60.0,), 60.0, 16),
    "metamotion": Make("MetaWear", (12.5, 25.0, 50.0, 100.0, 200.0), 100.0, 8),
    "metamotion-r": Make("MetaWear", (12.5, 25.0, 50.0, 100.0, 200.0), 100.0, 8),
    "movesense": Make("Movesense ############", (13.0, 26.0, 52.0, 104.0, 208.0, 416.0), 104.0),
    "polar": Make("Polar H10 ########", (25.0, 50.0, 100.0, 200.0), 100.0, 8),
    "polar-verity": Make("Polar Sense ########", (26.0, 52.0, 104.0, 208.0, 416.0), 104.0, 8),
    "thingy": Make("Thingy", (5.0, 10.0, 20.0, 50.0, 100.0, 200.0), 100.0),
    "witmotion": Make("WT901BLE##", (10.0, 20.0, 50.0, 100.0, 200.0), 100.0, 16),
}


def make_of(family: str) -> Make:
    """Raises ConfigError, which names the families there are."""
    if family not in MAKES:
        raise ConfigError(f"There is no family {family!r} of sensors; there are {', '.join(sorted(MAKES))}.")
    return MAKES[family]
