"""Nordic Thingy:52. From its firmware's source and documentation, version 2.2; not tried on hardware.

what                      value                                                            source
UUIDs                     ef68xxxx-9b35-4933-9b10-52ffa9740042                             ble_tms.c, ble_uis.h
motion service 0400       configuration 0401, raw data 0406; light 0301 of service 0300    ble_tms.c, ble_uis.h
configuration             5 uint: pedometer, temperature, compass interval (ms), rate      ble_tms.h, documentation
                          (5-200 Hz), wake on motion; refused where one is out of range    of ble_tms.h
raw data                  9 int16: acceleration /1024 g, rotation /32 °/s, compass /16 µT  m_motion.c
acceleration's sign       turned: an axis that points down reads +1 g                      drv_motion.c
range                     ±2 g, ±2000 °/s                                                  inv_mpu.c, mpu_init
rates                     200 Hz over a whole number                                       dmp_set_fifo_rate
light                     02, colours, intensity 1-100, pause in ms (uint16): it breathes  ble_uis.h, .c
advertisement             the configuration service ef680100                               m_ble.c

All files are those of github.com/NordicSemiconductor/Nordic-Thingy52-FW, but for dmp_set_fifo_rate, which is that of
the InvenSense library it uses. The battery has the standard service.

1. It measures while somebody subscribes to the raw data. Every writing of the configuration goes into its flash memory:
   it is read first and written only where the rate is another one.
2. Nothing is dated or numbered: times are those of arrival (arrival.py). What finds no room on its way to the radio is
   dropped without a word. Owners report 50 to 120 Hz where 200 were asked for (nordicsemi/Android-Nordic-Thingy, issues
   24 and 25).
3. A range of ±2 g is little for a hard lockout: such reps are said to have exceeded it.
"""

import struct
from collections.abc import Sequence

import numpy as np

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, Samples
from sensor_hub.sensors.arrival import ArrivalClock, Scale
from sensor_hub.sensors.driver import Abilities, Advertisement, Query, Step, Stream, Subscribe, Write

_UUID = "ef68{}-9b35-4933-9b10-52ffa9740042"
ADVERTISED_UUID = _UUID.format("0100")
LIGHT_SERVICE_UUID, LIGHT_UUID = _UUID.format("0300"), _UUID.format("0301")
MOTION_SERVICE_UUID = _UUID.format("0400")
CONFIGURATION_UUID, RAW_UUID = _UUID.format("0401"), _UUID.format("0406")
CONFIGURATION = struct.Struct("<HHHHB")
USUAL_CONFIGURATION = (1000, 500, 500, 100, 1)
RATE_FIELD = 3
RAW_SIZE = 18
RANGE_G = 2.0
SCALE = Scale(
    accel_mps2=-STANDARD_GRAVITY_MPS2 / 1024, gyro_radps=np.radians(1 / 32), full_scale=int(RANGE_G * 1024) - 1
)
BREATHE, OFF = struct.pack("<BBBH", 2, 7, 100, 50), b"\x00"
"""White, as bright and as fast as it can."""


class ThingyDriver:
    family = "thingy"
    models = ("Nordic Thingy:52",)
    service_uuids = (MOTION_SERVICE_UUID, LIGHT_SERVICE_UUID)
    abilities = Abilities(
        rates_hz=(5.0, 10.0, 20.0, 25.0, 40.0, 50.0, 100.0, 200.0),
        usual_rate_hz=100.0,
        range_g=RANGE_G,
        device_time=False,
        sequence=False,
        battery=True,
        identify=True,
        gyroscope=True,
        remarks=(
            "Its range of ±2 g is little for a hard lockout: such reps are told without what it cut off.",
            "Asked for 200 Hz, some have sent 50 to 120.",
        ),
    )

    def matches(self, advertisement: Advertisement) -> bool:
        return ADVERTISED_UUID in advertisement.service_uuids

    def stream(self) -> "ThingyStream":
        return ThingyStream()

    def identify(self, seconds: float) -> Sequence[Step]:
        return (Write(LIGHT_UUID, BREATHE if seconds else OFF),)


THINGY = ThingyDriver()


class ThingyStream(Stream):
    def __init__(self) -> None:
        self._asked_hz = THINGY.abilities.usual_rate_hz
        self._clock = ArrivalClock(self._asked_hz)
        self._configuration: tuple[int, ...] = USUAL_CONFIGURATION
        self._subscribed = False
        self._requests: list[Step] = []
        self._refusal: str | None = None

    @property
    def refusal(self) -> str | None:
        return self._refusal

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        wanted_hz = rate_hz or THINGY.abilities.usual_rate_hz
        self._asked_hz = min(THINGY.abilities.rates_hz, key=lambda known: abs(known - wanted_hz))
        self._clock.interrupted(nominal_hz=self._asked_hz)
        self._requests, self._subscribed, self._refusal = [], False, None
        if self._asked_hz != wanted_hz:
            self._refusal = (
                f"The sensor cannot measure at {wanted_hz:g} Hz; it was asked for {self._asked_hz:g} Hz."
            )
        return (Query(CONFIGURATION_UUID),)

    def requests(self) -> Sequence[Step]:
        requests, self._requests = self._requests, []
        return requests

    def revive(self) -> Sequence[Step]:
        """Written anew, the configuration makes the sensor's motion unit start again."""
        return (self._configure(), *self._subscribe())

    def interrupted(self) -> None:
        self._clock.interrupted()

    def finish(self) -> list[Samples | Gap]:
        return [SCALE.samples(item) for item in self._clock.finish()]

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if characteristic == CONFIGURATION_UUID:
            self._on_configuration(data)
        elif characteristic == RAW_UUID:
            if len(data) != RAW_SIZE:
                raise PacketError(f"A raw measurement of a Thingy:52 has {RAW_SIZE} bytes, not {len(data)}.")
            rows = np.frombuffer(data, "<i2", 6)[None, :].astype(np.float64)
            return [SCALE.samples(item) for item in self._clock.feed(rows, arrival_s)]
        return []

    def _on_configuration(self, data: bytes) -> None:
        if len(data) != CONFIGURATION.size:
            raise PacketError(f"The configuration of a Thingy:52 has {CONFIGURATION.size} bytes, not {len(data)}.")
        self._configuration = CONFIGURATION.unpack(data)
        if self._configuration[RATE_FIELD] != self._asked_hz:
            self._requests.append(self._configure())
        self._requests += self._subscribe()

    def _configure(self) -> Write:
        fields = list(self._configuration)
        fields[RATE_FIELD] = round(self._asked_hz)
        return Write(CONFIGURATION_UUID, CONFIGURATION.pack(*fields))

    def _subscribe(self) -> list[Step]:
        if self._subscribed:
            return []
        self._subscribed = True
        return [Subscribe(RAW_UUID)]
