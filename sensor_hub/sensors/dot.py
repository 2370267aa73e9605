"""Movella DOT, sold as Xsens DOT before 2023. Never tried on hardware.

Where the facts come from:
- Services, characteristics, payload modes, layouts and units: "Movella DOT BLE Service Specification", XD0506P
  revision C, July 2023. Checked against the maker's own xsens_dot_server and two independent clients (adamkewley/xdc,
  Xsens_DOT_PC_Reader).
- Output rates, the clock and how rates are derived: "Xsens DOT User Manual", XD0502P, chapters 3.3.5 and 4.2.
- The range of ±16 g is recalled, not checked; it only decides what counts as saturated.

The payload is "rate quantities": acceleration with gravity, and rate of turn. "Free acceleration", which most
examples show, has gravity taken out by a filter and is of no use here. The sensor measures at 800 Hz and sends the
mean over each output interval, so a short clipping can hide in a value well below full scale.

How its stream is put together:

1. The sensor dates every sample in microseconds since it was switched on; 32 bits, so it wraps after 71 minutes. How
   often it wrapped is told by how long ago, by arrival, the last sample came.
2. Samples come every 1/rate. A longer step is a Gap with the exact number of missing ones.
3. What is dated no later than the last sample was seen before, and dropped. A date more than 5 s away from where
   arrival puts it is in doubt: a garbled or a very late sample, and left out. Where such dates go on with arrival for
   half a second, the sensor was switched off and on, and an offset puts its new clock where arrival says it belongs.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray, Gap, GapReason, Samples
from sensor_hub.sensors.driver import Abilities, Advertisement, Query, Step, Stream, Subscribe, Write

_UUID = "1517{}-4947-11e9-8646-d663bd873d93"
CONFIGURATION_SERVICE_UUID = _UUID.format("1000")
DEVICE_CONTROL_UUID = _UUID.format("1002")
MEASUREMENT_SERVICE_UUID = _UUID.format("2000")
CONTROL_UUID = _UUID.format("2001")
MEDIUM_PAYLOAD_UUID = _UUID.format("2003")
BATTERY_SERVICE_UUID = _UUID.format("3000")
BATTERY_UUID = _UUID.format("3001")

COMPANY_ID = 0x0886
NAMES = ("movella dot", "xsens dot")

RATE_QUANTITIES = 21
PAYLOAD = struct.Struct("<I3f3f")
"""µs since it was switched on, acceleration in m/s², rate of turn in °/s; zeros fill it up to 40 bytes."""
_LONGEST_PAYLOAD = 40

DEVICE_CONTROL = struct.Struct("<BB22xHB5x")
"""Which fields to set, 1 to identify, output rate in Hz, filter profile."""
_SET_IDENTIFY, _SET_RATE = 0x01, 0x10

_MEASUREMENT, _STOP, _START = 1, 0, 1
_FULL_SCALE_MPS2 = 16.0 * STANDARD_GRAVITY_MPS2
_SATURATED_SHARE = 0.98
_ABSURD_MPS2 = 2.0 * _FULL_SCALE_MPS2
_CLOCK_MODULUS_US = 1 << 32
_DOUBTFUL_US = 5_000_000
_NEW_CLOCK_US = 500_000


class DotDriver:
    family = "dot"
    models = ("Movella DOT", "Xsens DOT")
    service_uuids = (CONFIGURATION_SERVICE_UUID, MEASUREMENT_SERVICE_UUID, BATTERY_SERVICE_UUID)
    abilities = Abilities(
        rates_hz=(10.0, 12.0, 15.0, 20.0, 30.0, 60.0),
        usual_rate_hz=60.0,
        range_g=16.0,
        device_time=True,
        sequence=False,
        battery=True,
        identify=True,
        gyroscope=True,
        remarks=(
            "All DOTs call themselves alike: let one blink to know which it is.",
            "It sends the mean over each interval: of a short blow less is seen than there was.",
            "Ten minutes without a connection send it to sleep; wake it then.",
        ),
    )

    def matches(self, advertisement: Advertisement) -> bool:
        if advertisement.name is None:
            return COMPANY_ID in advertisement.manufacturer_data
        return advertisement.name.lower().startswith(NAMES)

    def stream(self) -> "DotStream":
        return DotStream()

    def identify(self, seconds: float) -> Sequence[Step]:
        """It blinks for ten seconds; nothing ends that earlier."""
        return (Write(DEVICE_CONTROL_UUID, DEVICE_CONTROL.pack(_SET_IDENTIFY, 1, 0, 0)),) if seconds > 0 else ()


DOT = DotDriver()


@dataclass(frozen=True, slots=True)
class _Dated:
    """A sample: what the sensor's clock said, where that is on the stream's time, and when it arrived."""

    raw_us: int
    time_us: int
    arrival_s: float

    def early_us(self, raw_us: int, arrival_s: float) -> int:
        """How much later a sample is dated than its arrival after this one explains."""
        return _signed(raw_us - self.raw_us - _us(arrival_s - self.arrival_s))


class DotStream(Stream):
    def __init__(self) -> None:
        self._rate_hz = DOT.abilities.usual_rate_hz
        self._last: _Dated | None = None
        self._doubtful: _Dated | None = None
        self._gap_reason = GapReason.LOST
        self._wrong_rate: str | None = None
        self._wrong_mode: str | None = None
        self._battery_percent: int | None = None

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        rates = DOT.abilities.rates_hz
        wanted_hz = DOT.abilities.usual_rate_hz if rate_hz is None else rate_hz
        nearest_hz = min(rates, key=lambda rate: abs(rate - wanted_hz))
        self._wrong_rate = None
        if nearest_hz != wanted_hz:
            able = ", ".join(f"{rate:g}" for rate in rates)
            refused = f"A DOT cannot send at {wanted_hz:g} Hz, only at {able} Hz"
            self._wrong_rate = f"{refused}; it sends at {nearest_hz:g} Hz."
        return (
            Subscribe(BATTERY_UUID),
            Query(BATTERY_UUID),
            Subscribe(MEDIUM_PAYLOAD_UUID),
            _control(_STOP),
            Write(DEVICE_CONTROL_UUID, DEVICE_CONTROL.pack(_SET_RATE, 0, round(nearest_hz), 0)),
            Query(DEVICE_CONTROL_UUID),
            _control(_START),
            Query(CONTROL_UUID),
        )

    def revive(self) -> Sequence[Step]:
        return (_control(_STOP), _control(_START), Query(CONTROL_UUID))

    def interrupted(self) -> None:
        self._gap_reason = GapReason.DISCONNECTED

    @property
    def refusal(self) -> str | None:
        return self._wrong_mode or self._wrong_rate

    @property
    def battery_percent(self) -> int | None:
        return self._battery_percent

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if characteristic == MEDIUM_PAYLOAD_UUID:
            return self._on_payload(data, arrival_s)
        if characteristic == BATTERY_UUID:
            self._on_battery(data)
        elif characteristic == DEVICE_CONTROL_UUID:
            self._on_device_control(data)
        elif characteristic == CONTROL_UUID:
            self._on_control(data)
        return []

    def _on_battery(self, data: bytes) -> None:
        if len(data) != 2 or data[0] > 100:
            raise PacketError(f"A DOT's battery is a percentage and whether it charges, not {data.hex()}.")
        self._battery_percent = data[0]

    def _on_device_control(self, data: bytes) -> None:
        if len(data) != DEVICE_CONTROL.size:
            raise PacketError(f"A DOT's settings are {DEVICE_CONTROL.size} bytes, not {len(data)}.")
        *_, rate_hz, _ = DEVICE_CONTROL.unpack(data)
        if rate_hz not in DOT.abilities.rates_hz:
            raise PacketError(f"A DOT does not send {rate_hz} samples a second.")
        self._rate_hz = float(rate_hz)

    def _on_control(self, data: bytes) -> None:
        if len(data) != 3:
            raise PacketError(f"A DOT's measurement control is 3 bytes, not {len(data)}.")
        measuring = tuple(data) == (_MEASUREMENT, _START, RATE_QUANTITIES)
        refusal = "The DOT does not start to measure acceleration. Is it recording? Update its firmware if not."
        self._wrong_mode = None if measuring else refusal

    def _on_payload(self, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        raw_us, accel, gyro = _decode(data)
        last = self._last
        if last is None:
            return [self._accept(raw_us, raw_us, accel, gyro, arrival_s)]
        early_us = last.early_us(raw_us, arrival_s)
        if abs(early_us) > _DOUBTFUL_US:
            return self._on_doubtful(last, raw_us, accel, gyro, arrival_s)
        self._doubtful = None
        step_us = _us(arrival_s - last.arrival_s) + early_us
        steps = round(step_us * self._rate_hz / 1e6)
        if steps < 1:
            return []
        reason = self._gap_reason
        samples = self._accept(raw_us, last.time_us + step_us, accel, gyro, arrival_s)
        if steps == 1:
            return [samples]
        return [Gap(last.time_us / 1e6, float(samples.time_s[0]), steps - 1, reason), samples]

    def _on_doubtful(
        self, last: _Dated, raw_us: int, accel: FloatArray, gyro: FloatArray, arrival_s: float
    ) -> list[Samples | Gap]:
        first = self._doubtful
        if first is None or abs(first.early_us(raw_us, arrival_s)) > _NEW_CLOCK_US:
            self._doubtful = _Dated(raw_us, 0, arrival_s)
            raise PacketError(f"A sample is dated {raw_us} µs, far from when it arrived.")
        if _us(arrival_s - first.arrival_s) < _NEW_CLOCK_US:
            return []
        self._doubtful = None
        time_us = last.time_us + _us(arrival_s - last.arrival_s)
        samples = self._accept(raw_us, time_us, accel, gyro, arrival_s)
        return [Gap(last.time_us / 1e6, float(samples.time_s[0]), None, GapReason.RESTARTED), samples]

    def _accept(self, raw_us: int, time_us: int, accel: FloatArray, gyro: FloatArray, arrival_s: float) -> Samples:
        self._last = _Dated(raw_us, time_us, arrival_s)
        self._gap_reason = GapReason.LOST
        return Samples(
            time_s=np.array([time_us / 1e6]),
            accel_mps2=accel[None, :],
            gyro_radps=gyro[None, :],
            saturated=bool(np.abs(accel).max() >= _SATURATED_SHARE * _FULL_SCALE_MPS2),
        )


def _control(action: int) -> Write:
    return Write(CONTROL_UUID, bytes((_MEASUREMENT, action, RATE_QUANTITIES)))


def _decode(data: bytes) -> tuple[int, FloatArray, FloatArray]:
    """Clock in µs, (3,) specific force in m/s², (3,) rate of turn in rad/s."""
    if not PAYLOAD.size <= len(data) <= _LONGEST_PAYLOAD or any(data[PAYLOAD.size :]):
        raise PacketError(f"{len(data)} bytes are not a DOT's rate quantities.")
    raw_us, *values = PAYLOAD.unpack_from(data)
    accel, gyro = np.array(values[:3]), np.array(values[3:])
    if not np.isfinite(values).all() or np.abs(accel).max() > _ABSURD_MPS2:
        raise PacketError("A DOT's sample holds an acceleration or rate of turn that cannot be.")
    return raw_us, accel, np.radians(gyro)


def _us(seconds: float) -> int:
    return round(seconds * 1e6)


def _signed(us: int) -> int:
    """A difference between two readings of the wrapping clock, the nearest to 0 of those it can be."""
    return (us + _CLOCK_MODULUS_US // 2) % _CLOCK_MODULUS_US - _CLOCK_MODULUS_US // 2
