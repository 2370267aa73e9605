"""One sensor's link, kept up for ever.

    SEARCHING ──heard──▶ CONNECTING ──set up──▶ STREAMING ◀──data──▶ STALLED
        ▲ no room             │                     ▲                   │
        ▼                     │                     ▼                   │
       LOST ◀─────────────────┤                CATCHING_UP              │
        ▲                     │                     │                   │
        └─────────── failed, or the connection ended, or silence ◀──────┘

A session is: wait until an adapter with room hears the sensor, connect (one at a time per adapter), see whether it
is the one expected, subscribe, and only then start it. While it runs, data must keep coming: after `stall_s` of
silence the link says STALLED, long before Bluetooth itself would notice, and asks the sensor to start again; a
sensor that stays silent without a reason is disconnected. However a session ends, the sensor is disconnected, and
after a pause that grows with every failure the next one begins. A sensor that nobody hears costs nothing but its
share of the listening.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable

from bleak import BleakClient
from bleak.exc import BleakError

from sensor_hub.errors import LinkError
from sensor_hub.link.events import LinkEvent, StateChanged
from sensor_hub.link.found import BATTERY_SERVICE_UUID, Found, Hearing
from sensor_hub.link.intake import Intake
from sensor_hub.link.radio import Radio
from sensor_hub.link.session import USUAL_TIMING, Session, Timing
from sensor_hub.link.trust import DEVICE_INFORMATION_UUID
from sensor_hub.messages import LinkState

BEHIND_S = 1.0
"""A stream this far behind is catching up."""
_DISCONNECT_TIMEOUT_S = 5.0
_MOST_DOUBLINGS = 16


class SensorLink:
    """deliver: called with every LinkEvent, in order, in the loop; it must return quickly. What it raises ends `run`.

    rate_hz: None leaves the sensor's rate alone. identity: the serial number it must have. bookmark: of the last
    Received of an earlier link, to go on there.
    """

    def __init__(
        self,
        found: Found,
        radio: Radio,
        deliver: Callable[[LinkEvent], None],
        rate_hz: float | None = None,
        *,
        identity: str | None = None,
        bookmark: str | None = None,
        timing: Timing = USUAL_TIMING,
        rng: random.Random | None = None,
    ) -> None:
        self.found = found
        self._radio = radio
        self._deliver = deliver
        self._rate_hz = rate_hz
        self._identity = identity
        self._timing = timing
        self._rng = rng or random.Random()
        self._intake = Intake(found.name, found.driver.stream(), deliver, self._on_samples, bookmark)
        self._shown: StateChanged | None = None
        self._failures = 0
        self._session: Session | None = None
        self.serial: str | None = None
        """What the sensor gave as its serial number, None where it has none or was never connected."""

    async def run(self) -> None:
        """Connect, supervise, reconnect, until cancelled; then the sensor is disconnected."""
        self._show(LinkState.SEARCHING)
        try:
            while True:
                try:
                    await self._connect_once()
                except (BleakError, LinkError, TimeoutError, OSError, EOFError) as error:
                    self._intake.interrupted()
                    self._show(LinkState.LOST, _sentence(error))
                doublings = min(self._failures, _MOST_DOUBLINGS)
                self._failures += 1
                pause_s = min(self._timing.backoff_s * 2**doublings, self._timing.longest_backoff_s)
                await asyncio.sleep(pause_s * self._rng.uniform(0.75, 1.25))
        except asyncio.CancelledError:
            self._intake.finish()
            raise

    async def identify(self, seconds: float) -> None:
        """Let the sensor show itself for so long, by light or buzzer. Raises LinkError where it cannot, or is away."""
        if not self.found.driver.abilities.identify:
            raise LinkError(f"{self.found.name} has nothing to show itself with. Shake it and watch its numbers.")
        if self._session is None:
            raise LinkError(f"{self.found.name} is not connected now. Bring it nearer and try again.")
        await self._session.identify(seconds)

    async def _connect_once(self) -> None:
        async with self._radio.reach(self.found, self._timing.scan_s, self._show) as hearing:
            gone = asyncio.Event()
            services = [*self.found.driver.service_uuids, BATTERY_SERVICE_UUID, DEVICE_INFORMATION_UUID]
            client = hearing.adapter.client(hearing.found.device, services, gone.set)
            try:
                async with hearing.adapter.connect_lock:
                    self._show(LinkState.CONNECTING)
                    await client.connect()
                await self._supervise(client, gone, hearing)
            finally:
                self._session = None
                await _disconnect(client)

    async def _supervise(self, client: BleakClient, gone: asyncio.Event, hearing: Hearing) -> None:
        self._session = Session(
            client,
            gone,
            self.found,
            self._intake,
            self._timing,
            hearing.adapter,
            self._deliver,
            lambda sentence: self._show(LinkState.STALLED, sentence),
            self._on_serial,
        )
        await self._session.run(self._rate_hz, self._identity)

    def _on_serial(self, serial: str | None) -> None:
        self.serial = serial

    def _on_samples(self) -> None:
        self._failures = 0
        stream = self._intake.stream
        if stream.behind_s > BEHIND_S:
            self._show(LinkState.CATCHING_UP, stream.refusal, float(round(stream.behind_s)))
        else:
            self._show(LinkState.STREAMING, stream.refusal)

    def _show(self, state: LinkState, note: str | None = None, behind_s: float | None = None) -> None:
        change = StateChanged(state, note, behind_s)
        if change != self._shown:
            self._shown = change
            self._deliver(change)


async def _disconnect(client: BleakClient) -> None:
    """Also after a set-up that stopped half-way: a link left open would block the sensor."""
    with contextlib.suppress(BleakError, TimeoutError, OSError, EOFError):
        async with asyncio.timeout(_DISCONNECT_TIMEOUT_S):
            await client.disconnect()


def _sentence(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "The sensor did not answer in time."
    return str(error) or type(error).__name__
