"""What Home Assistant needs to show a machine by itself: one retained message a machine, its device and entities.

Format: Home Assistant's MQTT integration, "Device discovery payload". Everything shown is read off the topics that
are there anyway; a machine that is taken off the hub is taken back by an empty message.
"""

import json
from typing import Any

from sensor_hub import __version__
from sensor_hub.bus.topics import ROOT
from sensor_hub.messages import Kind, LinkState
from sensor_hub.model import Phase

PREFIX = "homeassistant"
_TEMPO = (
    "{% set r = value_json %}"
    "{% for s in [r.eccentric_s, r.bottom_pause_s, r.concentric_s, r.top_pause_s] %}"
    "{{ '-' if not loop.first }}{{ '?' if s is none else s | round(1) }}"
    "{% endfor %}"
)


def discovery_topic(site: str, machine: str, prefix: str = PREFIX) -> str:
    """A level for the site, one for the machine: no two machines share it, and a hub can be allowed its own site's."""
    return f"{prefix}/device/{ROOT}-{site}/{machine}/config"


def former_topics(site: str, machine: str, prefix: str = PREFIX) -> tuple[str, ...]:
    """Where earlier versions introduced the machine."""
    return (f"{prefix}/device/{ROOT}_{site}_{machine}/config",)


def discovery(site: str, machine: str) -> bytes:
    """The payload for a machine."""
    device = f"{ROOT}.{site}.{machine}"
    place = f"{ROOT}/{site}/{machine}"
    entities = {name: {**entity, "unique_id": f"{device}.{name}"} for name, entity in _entities(place).items()}
    return json.dumps(
        {
            "device": {
                "identifiers": [device],
                "name": machine,
                "manufacturer": "sensor-hub",
                "sw_version": __version__,
            },
            "origin": {"name": "sensor-hub", "sw_version": __version__},
            "availability": [
                {
                    "topic": f"{place}/{Kind.STATUS}",
                    "value_template": "{{ 'online' if value_json.online else 'offline' }}",
                }
            ],
            "qos": 1,
            "components": entities,
        }
    ).encode()


def _entities(place: str) -> dict[str, dict[str, Any]]:
    return {
        "reps": _sensor(f"{place}/{Kind.REP}", "Reps", "{{ value_json.number }}", icon="mdi:counter"),
        "tempo": _sensor(f"{place}/{Kind.REP}", "Tempo", _TEMPO, icon="mdi:metronome"),
        "range": _sensor(
            f"{place}/{Kind.REP}",
            "Range",
            "{{ none if value_json.rom_m is none else (value_json.rom_m * 100) | round(1) }}",
            device_class="distance",
            unit_of_measurement="cm",
            state_class="measurement",
        ),
        "velocity": _sensor(
            f"{place}/{Kind.REP}",
            "Mean concentric velocity",
            "{{ none if value_json.mean_velocity_mps is none else value_json.mean_velocity_mps | round(3) }}",
            device_class="speed",
            unit_of_measurement="m/s",
            state_class="measurement",
        ),
        "phase": _sensor(
            f"{place}/{Kind.PHASE}", "Phase", "{{ value_json.phase }}", device_class="enum", options=list(Phase)
        ),
        "in_use": {
            "platform": "binary_sensor",
            "name": "In use",
            "state_topic": f"{place}/{Kind.SESSION}",
            "value_template": "{{ 'ON' if value_json.progress == 'started' else 'OFF' }}",
            "device_class": "occupancy",
        },
        "link": _diagnosis(place, "Sensor", "state", device_class="enum", options=list(LinkState)),
        "battery": _diagnosis(
            place,
            "Battery",
            "battery_percent",
            device_class="battery",
            unit_of_measurement="%",
            state_class="measurement",
        ),
        "signal": _diagnosis(
            place,
            "Signal",
            "rssi_dbm",
            device_class="signal_strength",
            unit_of_measurement="dBm",
            state_class="measurement",
        ),
    }


def _sensor(topic: str, name: str, template: str, **more: Any) -> dict[str, Any]:
    return {"platform": "sensor", "name": name, "state_topic": topic, "value_template": template, **more}


def _diagnosis(place: str, name: str, field: str, **more: Any) -> dict[str, Any]:
    template = f"{{{{ value_json.{field} }}}}"
    return _sensor(f"{place}/{Kind.SENSOR}", name, template, entity_category="diagnostic", **more)
