"""From a sensor's device seconds to UTC, through the hub's monotonic clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sensor_hub.engine.clock import DeviceClock


@dataclass(frozen=True, slots=True)
class HostClock:
    """The date, anchored to the monotonic clock at one instant: setting the computer's clock moves nothing."""

    utc: datetime
    host_s: float

    def at(self, host_s: float) -> datetime:
        return self.utc + timedelta(seconds=host_s - self.host_s)

    @classmethod
    def now(cls, host_s: float) -> "HostClock":
        return cls(datetime.now(UTC), host_s)


class SensorClock:
    """UTC of a sensor's device time. The anchor may be replaced while nothing depends on it."""

    def __init__(self, host: HostClock) -> None:
        self.host = host
        self._device = DeviceClock()

    def observe(self, device_s: float, host_s: float) -> None:
        self._device.observe(device_s, host_s)

    def restarted(self) -> None:
        self._device.reset()

    def utc(self, device_s: float) -> datetime:
        return self.host.at(self._device.to_host(device_s))

    def early_s(self, device_s: float, host_s: float) -> float:
        """How much earlier than it was taken a sample has arrived, by these clocks; negative where it is late."""
        return self._device.to_host(device_s) - host_s if self._device.is_set else 0.0

    @property
    def rate_error_ppm(self) -> float | None:
        """How much faster the sensor's clock runs than the hub's; None until that can be told."""
        return self._device.rate_error_ppm
