"""Polar H10 and Verity Sense, through the Polar Measurement Data service; sensor_hub/sensors/pmd.py knows its bytes.

Not tried on hardware. The service's characteristics, requests, answers and errors are those of "Polar Measurement
Data Specification for 3rd Party"; names on the air, "Polar H10 12345678" and "Polar Sense 12345678", those of many
public clients. How it is started, a request at a time:

1. The control point is read: which measurements the sensor has.
2. A stream left over from before is stopped, so that the scale told at its start is not missed.
3. A Verity Sense is put in its SDK mode (request 02 09; SDK, SdkModeExplained.md and issue 215): only there are other
   rates than 52 Hz on offer, and at 52 Hz a frame takes 1.4 s to fill. A sensor without it says so and goes on.
4. The sensor is asked what it offers. The nearest rate and 8 g, or the range nearest to it, are chosen from that.
5. The stream is started. The answer tells the scale of compressed frames, where there are any.

Stamps are those of the last sample of a frame, by a clock of 32768 Hz (issue 597); no sequence numbers. When the
connection ends, so does the stream. PMD cannot blink. That the H10 advertises at skin contact: developer.polar.com,
"H6, H7, H10 and OH1 Heart rate sensors"; that it goes on streaming off the strap: issue 148 (of its ECG); that the
Verity Sense goes off without a pulse, except in the SDK mode of newer firmware: issues 382 and 390.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, Samples
from sensor_hub.sensors.blocks import BlockClock
from sensor_hub.sensors.driver import Abilities, Advertisement, Query, Step, Stream, Subscribe, Write
from sensor_hub.sensors.pmd import (
    ACCELERATION,
    SDK_MODE,
    Frame,
    Setting,
    decode_frame,
    decode_settings,
    encode_settings,
    factor_of,
)

SERVICE_UUID = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL_UUID = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA_UUID = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

_SETTINGS, _START, _STOP = 1, 2, 3
_FEATURES, _RESPONSE, _STOPPED = 0x0F, 0xF0, 0x01
_OK, _ALREADY = 0, 6
_ERRORS = {
    1: "it does not know the request",
    2: "it does not know the measurement",
    3: "it does not support it",
    4: "a length is wrong",
    5: "a parameter is wrong",
    6: "it does so already",
    7: "wrong resolution",
    8: "wrong rate",
    9: "wrong range",
    10: "the connection's packets are too small",
    11: "wrong number of channels",
    12: "it cannot do so now",
    13: "it sits in its charger",
    14: "its memory is full",
}
_LONGEST_ANSWER = 1024
_BEYOND_RANGE = 1.05
_FULL_SCALE_SHARE = 0.995
_NAMES = ("Polar H10 ", "Polar Sense ")


class PolarDriver:
    family = "polar"
    models = ("Polar H10", "Polar Verity Sense")
    service_uuids = (SERVICE_UUID,)
    abilities = Abilities(
        rates_hz=(25.0, 26.0, 50.0, 52.0, 100.0, 104.0, 200.0, 208.0, 416.0),
        usual_rate_hz=100.0,
        range_g=8.0,
        device_time=True,
        sequence=False,
        battery=True,
        identify=False,
        remarks=(
            "The H10 measures at 25, 50, 100 or 200 Hz, the Verity Sense at 26, 52, 104, 208 or 416 Hz.",
            "The H10 wakes up only while its electrodes touch skin; once it streams it goes on without.",
            "The Verity Sense measures no pulse meanwhile; with old firmware it still goes off after ten minutes.",
        ),
    )

    def matches(self, advertisement: Advertisement) -> bool:
        named = advertisement.name is not None and advertisement.name.startswith(_NAMES)
        return named or SERVICE_UUID in advertisement.service_uuids

    def stream(self) -> "PolarStream":
        return PolarStream()

    def identify(self, seconds: float) -> Sequence[Step]:
        return ()


POLAR = PolarDriver()


class PolarStream(Stream):
    def __init__(self) -> None:
        self._clock = BlockClock(ticks_per_s=10**9, modulus=1 << 64, stamps_last=True)
        self._asked_hz: float | None = None
        self._range_g = POLAR.abilities.range_g
        self._factor: float | None = None
        self._chosen = False
        """A frame that comes before is one of an earlier stream, of an unknown rate and scale."""
        self._requests: deque[bytes] = deque()
        self._awaited = b""
        self._answered = b""
        self._outbox: list[Step] = []
        self._wrong_rate: str | None = None
        self._refused: str | None = None

    @property
    def refusal(self) -> str | None:
        return self._refused or self._wrong_rate

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
        self._asked_hz = rate_hz
        return (Subscribe(CONTROL_UUID), Subscribe(DATA_UUID), *self.revive())

    def revive(self) -> Sequence[Step]:
        return (Query(CONTROL_UUID),)

    def requests(self) -> Sequence[Step]:
        steps, self._outbox = self._outbox, []
        return steps

    def interrupted(self) -> None:
        self._clock.interrupted()

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if characteristic == CONTROL_UUID:
            self._on_control(data)
        elif characteristic == DATA_UUID and self._chosen:
            frame = decode_frame(data, self._factor)
            if frame is not None:
                return self._on_frame(frame, arrival_s)
        return []

    def _on_control(self, data: bytes) -> None:
        if data[:1] == bytes((_FEATURES,)):
            self._on_features(data[1:])
        elif data[:1] == bytes((_STOPPED,)):
            if ACCELERATION in data[1:]:
                self._refused = "The sensor has ended its measurement."
        elif data[:1] != bytes((_RESPONSE,)) or len(data) < 4:
            raise PacketError(f"A Polar sensor's answer {data.hex(' ') or 'of no bytes'} is none.")
        elif data[1:3] == self._awaited[:2]:
            self._on_answer(data[3], more=data[4:5] not in (b"", b"\0"), content=data[5:])

    def _on_features(self, features: bytes) -> None:
        """The beginning; what was asked before is not waited for any longer."""
        self._requests.clear()
        self._outbox.clear()
        self._answered, self._refused = b"", None
        bits = int.from_bytes(features, "little")
        if bits >> ACCELERATION & 1:
            self._requests.append(bytes((_STOP, ACCELERATION)))
            if bits >> SDK_MODE & 1:
                self._requests.append(bytes((_START, SDK_MODE)))
            self._requests.append(bytes((_SETTINGS, ACCELERATION)))
        else:
            self._refused = "The sensor has no acceleration to stream: only an H10 or a Verity Sense will do."
        self._ask()

    def _ask(self) -> None:
        self._awaited = self._requests.popleft() if self._requests else b""
        if self._awaited:
            self._outbox.append(Write(CONTROL_UUID, self._awaited))

    def _on_answer(self, error: int, *, more: bool, content: bytes) -> None:
        self._answered += content
        if len(self._answered) > _LONGEST_ANSWER:
            self._answered = b""
            raise PacketError("A Polar sensor's answer has no end.")
        if more:
            return
        answered, self._answered = self._answered, b""
        request = (self._awaited[0], self._awaited[1])
        self._awaited = b""
        if request == (_SETTINGS, ACCELERATION) and error == _OK:
            self._choose(decode_settings(answered))
        elif request == (_START, ACCELERATION) and error in (_OK, _ALREADY):
            self._factor = factor_of(decode_settings(answered))
        elif request in ((_SETTINGS, ACCELERATION), (_START, ACCELERATION)):
            reason = _ERRORS.get(error, f"error {error}")
            self._refused = f"The sensor refuses to stream its acceleration: {reason}."
        self._ask()

    def _choose(self, offered: dict[Setting, tuple[int, ...]]) -> None:
        """Settings from those on offer, each kind that is; the sensor refuses one that it did not name."""
        if Setting.RATE_HZ not in offered or 0 in offered[Setting.RATE_HZ]:
            raise PacketError("The sensor does not tell at which rates it measures.")
        asked_hz = POLAR.abilities.usual_rate_hz if self._asked_hz is None else self._asked_hz
        wanted = {Setting.RATE_HZ: asked_hz, Setting.RANGE_G: POLAR.abilities.range_g}
        chosen: dict[Setting, int] = {
            kind: _nearest(values, wanted.get(kind, float(max(values))))
            for kind, values in offered.items()
            if kind != Setting.FACTOR
        }
        rate_hz = chosen[Setting.RATE_HZ]
        self._wrong_rate = None
        if self._asked_hz not in (None, rate_hz):
            choice = ", ".join(map(str, sorted(offered[Setting.RATE_HZ])))
            self._wrong_rate = f"{self._asked_hz:g} Hz is not on offer: it runs at {rate_hz} Hz. Choose {choice}."
        self._range_g = float(chosen.get(Setting.RANGE_G, POLAR.abilities.range_g))
        self._factor = None
        self._chosen = True
        self._clock.begin(float(rate_hz))
        self._requests.append(bytes((_START, ACCELERATION)) + encode_settings(chosen))

    def _on_frame(self, frame: Frame, arrival_s: float) -> list[Samples | Gap]:
        largest_g = float(np.abs(frame.accel_g).max())
        if largest_g > _BEYOND_RANGE * self._range_g:
            raise PacketError(
                f"A Polar frame holds {largest_g:.0f} g, more than its range of {self._range_g:g} g."
            )
        dated = self._clock.date(frame.stamp_ns, len(frame.accel_g), arrival_s)
        if dated is None:
            return []
        gap, time_s = dated
        self._refused = None
        samples = Samples(
            time_s=time_s,
            accel_mps2=frame.accel_g * STANDARD_GRAVITY_MPS2,
            resolution_mps2=frame.resolution_g * STANDARD_GRAVITY_MPS2,
            saturated=largest_g >= _FULL_SCALE_SHARE * self._range_g,
        )
        return [samples] if gap is None else [gap, samples]


def _nearest(values: tuple[int, ...], wanted: float) -> int:
    return min(values, key=lambda value: abs(value - wanted))
