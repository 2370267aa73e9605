"""Power in watts: what the engine knows per kilogram, times what was moved."""

from sensor_hub.engine.metrics import UNKNOWN, Figure


def power(per_kg: Figure, load_kg: float | None) -> Figure:
    """Watts without friction, of W/kg and everything that moves: plates and sled (kg, taken as exact)."""
    if per_kg.value is None or per_kg.sigma is None or load_kg is None:
        return UNKNOWN
    return Figure(per_kg.value * load_kg, per_kg.sigma * load_kg)
