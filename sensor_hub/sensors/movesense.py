"""Movesense sensors (Active, HR+, HR2, Medical), through their GATT SensorData Protocol.

Not tried on hardware. What is known, and from where:

- Service, characteristics, commands and references: "GATT SensorData Protocol specification" (GSP),
  movesense.com/docs/esw/gatt_sensordata_protocol. A request is [command, reference, path]; what comes back begins
  with [kind, reference]. Default firmware from 2.3 on speaks it; older sensors need "gatt_sensordata_app".
- A result holds an HTTP-like status (u16). Early firmware sends none for a subscription that worked, so data
  counts as consent (the app's source, GATTSensorDataClient.cpp).
- Data over 150 bytes come in two notifications, the second of the kind DATA_PART2 (the same source). There is no
  sequence number. When the connection ends the sensor drops the subscription.
- /Meas/Acc/{rate} gives a u32 stamp, "local timestamp of first measurement" in ms, and n times three float32 in
  m/s²; /Meas/Acc/Config gives the range as one byte; an unknown rate is refused with 501 (acc.yaml of the Movesense
  API). That lost packets show in the stamps is the maker's own advice (movesense.com, best practices).
- The 13 Hz on offer are 12.5 Hz of its LSM6DS3 chip; the other names are the chip's nominal rates, rounded.
- GSP cannot set the range, nor blink. A sensor too old to tell its range is taken to have 8 g (recalled, unchecked).
"""

import math
import re
import struct
from collections.abc import Sequence

import numpy as np

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, Samples
from sensor_hub.sensors.blocks import BlockClock
from sensor_hub.sensors.driver import Abilities, Advertisement, Step, Stream, Subscribe, Write

SERVICE_UUID = "34802252-7185-4d5d-b431-630e7050e8f0"
COMMAND_UUID = "34800001-7185-4d5d-b431-630e7050e8f0"
DATA_UUID = "34800002-7185-4d5d-b431-630e7050e8f0"

_SUBSCRIBE, _UNSUBSCRIBE, _GET = 1, 2, 4
_RESULT, _DATA, _DATA_PART2 = 1, 2, 3
_STATUS = struct.Struct("<H")
_STAMP = struct.Struct("<I")
_SAMPLE_BYTES = 12
_LARGEST_RANGE_G = 16
_CHIP_BITS = 16
_CONFIG_REFERENCE = 1
_DATA_REFERENCES = range(2, 256)
_FULL_SCALE_SHARE = 0.998
_FIRST_REFUSAL = 400

_NAME = re.compile(r"Movesense \d+")


class MovesenseDriver:
    family = "movesense"
    models = ("Movesense Active", "Movesense HR+", "Movesense HR2", "Movesense Medical")
    service_uuids = (SERVICE_UUID,)
    abilities = Abilities(
        rates_hz=(13.0, 26.0, 52.0, 104.0, 208.0, 416.0),
        usual_rate_hz=104.0,
        range_g=8.0,
        device_time=True,
        sequence=False,
        battery=True,
        identify=False,
        remarks=("Its range cannot be set: it measures in the one it was left in, and tells which.",),
    )

    def matches(self, advertisement: Advertisement) -> bool:
        named = advertisement.name is not None and _NAME.fullmatch(advertisement.name) is not None
        return named or SERVICE_UUID in advertisement.service_uuids

    def stream(self) -> "MovesenseStream":
        return MovesenseStream()

    def identify(self, seconds: float) -> Sequence[Step]:
        return ()


MOVESENSE = MovesenseDriver()


class MovesenseStream(Stream):
    def __init__(self) -> None:
        self._clock = BlockClock(ticks_per_s=1000, modulus=1 << 32, stamps_last=False)
        self._rate_hz = MOVESENSE.abilities.usual_rate_hz
        self._range_g = MOVESENSE.abilities.range_g
        self._reference = _DATA_REFERENCES[-1]
        self._first_part = b""
        self._wrong_rate: str | None = None
        self._refused: str | None = None
        self._cut: str | None = None

    @property
    def refusal(self) -> str | None:
        return self._refused or self._cut or self._wrong_rate

    @property
    def idle(self) -> bool:
        return self._refused is not None

    @property
    def packet_s(self) -> float:
        return self._clock.block_s

    @property
    def bookmark(self) -> str | None:
        return self._clock.bookmark

    def resume(self, bookmark: str) -> None:
        self._clock.resume(bookmark)

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        """A new reference each time, so that what belongs to an earlier subscription is recognised."""
        self._rate_hz, self._wrong_rate = MOVESENSE.abilities.rate_for(rate_hz)
        self._clock.begin(self._rate_hz)
        self._refused, self._first_part = None, b""
        following = _DATA_REFERENCES.index(self._reference) + 1
        self._reference = _DATA_REFERENCES[following % len(_DATA_REFERENCES)]
        config = Write(COMMAND_UUID, bytes((_GET, _CONFIG_REFERENCE)) + b"/Meas/Acc/Config")
        return (Subscribe(DATA_UUID), config, self._subscription())

    def revive(self) -> Sequence[Step]:
        self._first_part = b""
        return (Write(COMMAND_UUID, bytes((_UNSUBSCRIBE, self._reference))), self._subscription())

    def interrupted(self) -> None:
        self._first_part = b""
        self._clock.interrupted()

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if characteristic != DATA_UUID:
            return []
        if len(data) < 2:
            raise PacketError(f"A Movesense packet has at least 2 bytes, this one has {len(data)}.")
        kind, reference, rest = data[0], data[1], data[2:]
        if kind == _RESULT:
            self._on_result(reference, rest)
            return []
        if kind not in (_DATA, _DATA_PART2):
            raise PacketError(f"Movesense packets of the kind {kind} are unknown.")
        if reference != self._reference:
            return []
        block = self._assemble(kind, rest)
        return [] if block is None else self._on_block(block, arrival_s)

    def _subscription(self) -> Write:
        path = f"/Meas/Acc/{self._rate_hz:g}"
        return Write(COMMAND_UUID, bytes((_SUBSCRIBE, self._reference)) + path.encode())

    def _on_result(self, reference: int, rest: bytes) -> None:
        if len(rest) < _STATUS.size:
            raise PacketError("A Movesense result lacks its status.")
        (status,) = _STATUS.unpack_from(rest)
        if reference == self._reference:
            self._refused = (
                f"The sensor refuses /Meas/Acc/{self._rate_hz:g}: status {status}."
                if status >= _FIRST_REFUSAL
                else None
            )
        elif reference == _CONFIG_REFERENCE and status < _FIRST_REFUSAL and len(rest) > _STATUS.size:
            if not 0 < rest[_STATUS.size] <= _LARGEST_RANGE_G:
                raise PacketError(f"A range of {rest[_STATUS.size]} g is not one of a Movesense sensor.")
            self._range_g = float(rest[_STATUS.size])

    def _assemble(self, kind: int, rest: bytes) -> bytes | None:
        """A whole block; None while its second part is to come. A first part shows in a sample that is cut."""
        first, self._first_part = self._first_part, b""
        if kind == _DATA_PART2:
            if not first:
                raise PacketError("The second part of a Movesense block came without its first.")
            return first + rest
        if len(rest) > _STAMP.size and (len(rest) - _STAMP.size) % _SAMPLE_BYTES:
            self._first_part = rest
            self._cut = "Its packets arrive cut: the connection's are too small for it." if first else self._cut
            return None
        return rest

    def _on_block(self, block: bytes, arrival_s: float) -> list[Samples | Gap]:
        count, remainder = divmod(len(block) - _STAMP.size, _SAMPLE_BYTES)
        if count < 1 or remainder:
            raise PacketError(f"A Movesense block of {len(block)} bytes does not hold whole samples.")
        accel_mps2 = np.frombuffer(block, "<f4", offset=_STAMP.size).reshape(count, 3).astype(np.float64)
        largest_mps2 = float(np.abs(accel_mps2).max())
        if not largest_mps2 <= _LARGEST_RANGE_G * STANDARD_GRAVITY_MPS2 * 1.01:
            raise PacketError("A Movesense block holds numbers that are no acceleration.")
        dated = self._clock.date(_STAMP.unpack_from(block)[0], count, arrival_s)
        if dated is None:
            return []
        gap, time_s = dated
        self._refused = self._cut = None
        full_scale_mps2 = self._range_g * STANDARD_GRAVITY_MPS2
        samples = Samples(
            time_s=time_s,
            accel_mps2=accel_mps2,
            resolution_mps2=math.ldexp(full_scale_mps2, 1 - _CHIP_BITS),
            saturated=largest_mps2 >= _FULL_SCALE_SHARE * full_scale_mps2,
        )
        return [samples] if gap is None else [gap, samples]
