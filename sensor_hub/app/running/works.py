"""What runs in this process, for those who look after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sensor_hub.app.floor.hub import Hub
from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.keeping.backlog import Watch
from sensor_hub.app.keeping.keeper import Keeper
from sensor_hub.app.keeping.recorder import Recorder
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.measuring.tally import Tally
from sensor_hub.app.running.pulse import Pulse
from sensor_hub.bus import Subscriber
from sensor_hub.store import InfluxSink, Store


@dataclass(slots=True)
class Works:
    """None where another process does it, or nobody. folder: the hub's data."""

    folder: Path
    pulse: Pulse = field(default_factory=Pulse)
    hub: Hub | None = None
    outlets: dict[Place, BrokerOutlet] = field(default_factory=dict)
    """Also those that are closed."""
    pages: Subscriber | None = None
    store: Store | None = None
    recorder: Recorder | None = None
    keeper: Keeper | None = None
    centre: Watch | None = None
    """In a gym of a chain."""
    sinks: dict[str, InfluxSink] = field(default_factory=dict)

    @property
    def tallies(self) -> Mapping[Place, Tally]:
        return {} if self.hub is None else self.hub.tallies.copy()

    @property
    def open_outlets(self) -> list[tuple[Place, BrokerOutlet]]:
        return [(place, outlet) for place, outlet in self.outlets.copy().items() if not outlet.closed]

    @property
    def connections(self) -> dict[str, tuple[bool, str | None]]:
        """To the broker: whether each is up, and what is wrong with it where that is known."""
        found = {
            f"{place.site}/{place.machine}": (outlet.connected, outlet.broker_problem)
            for place, outlet in self.open_outlets
        }
        for name, client in (("recorder", self.recorder), ("pages", self.pages)):
            if client is not None:
                found[name] = (client.connected, client.problem)
        return found
