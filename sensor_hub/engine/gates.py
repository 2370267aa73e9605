"""The gates a stroke pair must pass to be a rep."""

from sensor_hub.engine.params import Params
from sensor_hub.engine.reps import Measured
from sensor_hub.engine.strokes import Candidate
from sensor_hub.model import Refusal


def why_not(
    measured: Measured | None, least_range_m: float, along_share: float, confirmed: bool, params: Params
) -> Refusal | None:
    """Why a measured candidate is no rep; None for a rep. along_share: of its motion, along the rail; confirmed:
    whether a rep has been seen along it."""
    if measured is None:
        return Refusal.UNSEEN
    rep = measured.rep
    if (rep.rom_m or 0.0) < least_range_m:
        return Refusal.SHORT
    if min(rep.mean_velocity_mps or 0.0, rep.mean_eccentric_velocity_mps or 0.0) < params.least_mean_mps:
        return Refusal.SLOW
    if (rep.rom_m or 0.0) > params.max_range_m:
        return Refusal.LONG
    if along_share < (params.least_along_share if confirmed else params.first_along_share):
        return Refusal.OFF_RAIL
    if not confirmed and (measured.gates["returned_share"] or 0.0) > params.first_returned_share:
        return Refusal.UNEVEN
    return None


def gate_values(
    candidate: Candidate, measured: Measured | None, least_range_m: float, along_share: float
) -> dict[str, float | None]:
    """What a rejected candidate was judged by."""
    return {
        "depth_m": candidate.depth_m,
        "returned_share": candidate.returned_share,
        "least_range_m": least_range_m,
        "along_share": along_share,
        **({} if measured is None else measured.gates),
    }
