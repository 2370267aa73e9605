"""Why a stroke was not counted, as a plain sentence with the figure that decided it."""

from collections.abc import Mapping

from sensor_hub.model import Refusal

Gates = Mapping[str, float | None]


def why_not(reason: Refusal, gates: Gates) -> str:
    """`too short: 9 cm, counted from 11 cm`. gates: as of sensor_hub.model.CandidateRejected."""
    match reason:
        case Refusal.SHORT:
            return f"too short: {_cm(gates, 'rom_m', 'depth_m')}, counted from {_cm(gates, 'least_range_m')}"
        case Refusal.LONG:
            return f"too long for any machine: {_cm(gates, 'rom_m', 'depth_m')}"
        case Refusal.SLOW:
            return f"too slow for a stroke, as knocks or plates being loaded are: {_slowest(gates)}"
        case Refusal.OFF_RAIL:
            return f"not along the rail: only {_percent(gates, 'along_share')} of the motion was"
        case Refusal.UNEVEN:
            return f"it came back by {_percent(gates, 'returned_share')} of the way out"
    return _PLAIN[reason]


_PLAIN = {
    Refusal.UNSEEN: "too little of it was seen: samples were lost",
    Refusal.AT_REST: "the sensor was at rest",
    Refusal.RACKED: "the sled was put on its stops",
    Refusal.PARKED: "the sled stayed at the far end",
    Refusal.HANDLED: "the sensor was handled",
    Refusal.LOST: "it moved as no sled can, so its track was lost",
}


def _cm(gates: Gates, *names: str) -> str:
    """The first of them that is known, to the tenth: what is just too short must not look long enough."""
    value = next((gates[name] for name in names if gates.get(name) is not None), None)
    return "?" if value is None else f"{100 * value:.1f} cm"


def _slowest(gates: Gates) -> str:
    speeds = [gates.get("mean_velocity_mps"), gates.get("mean_eccentric_velocity_mps")]
    known = [abs(speed) for speed in speeds if speed is not None]
    return f"{100 * min(known):.1f} cm/s on average" if known else "under 3 cm/s on average"


def _percent(gates: Gates, name: str) -> str:
    value = gates.get(name)
    return "?" if value is None else f"{100 * value:.0f} %"
