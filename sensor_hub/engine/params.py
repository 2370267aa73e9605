"""Every number the engine can be told, with its meaning, unit and default."""

from dataclasses import dataclass
from enum import StrEnum


class First(StrEnum):
    """Which phase a repetition of this machine starts with."""

    AUTO = "auto"
    """On a slope the eccentric: a sled is lifted off its stops at the top. On an upright or a flat rail the first full
    stroke of a set tells."""
    ECCENTRIC = "eccentric"
    CONCENTRIC = "concentric"


@dataclass(frozen=True, slots=True)
class Params:
    step_s: float = 0.04
    """Live state advances in steps of about this length; a step is a whole number of samples."""

    first: First = First.AUTO

    bias_prior_mps2: float = 0.02
    """Standard uncertainty of the offset left after gravity has been averaged at rest."""
    flex_mps2: float = 0.005
    """Offset that appears when the load comes off the stops and the frame gives: left however long the rest was."""
    bias_walk_mps2: float = 0.0006
    """Offset drift in one second: temperature, a frame that flexes under load, ..."""
    accel_walk: float = 0.0005
    """... and this share of the acceleration: scale, a rail found a little off, vibration."""
    noise_mps2: float = 0.001
    """White noise of the chip and the frame, per root hertz."""
    vibration_share: float = 0.25
    """Share of a sample's curvature (its second difference) that sampling may have hidden from the integral."""
    blind_mps2: float = 1.2
    """Typical acceleration of a sled nobody measures: what a gap may hide."""

    hold_window_s: float = 0.2
    hold_swing_mps: float = 0.012
    """Over the window the integrated velocity of a sled that stands swings less than this."""
    hold_noise_mps: float = 0.001
    hold_swing_share: float = 0.4
    """Standard uncertainty of "velocity is zero": the noise, and this share of the swing a holding hand leaves."""
    hold_gate_sigma: float = 3.0
    """A standstill is refused when the integrated velocity says otherwise by this many sigmas."""

    reach_after_s: float = 0.5
    reach_m: float = 0.05
    """A sled that has not been seen to stand for so long is still somewhere near where it has been: a measurement of
    position with this standard uncertainty once a second, ..."""
    blind_reach_m: float = 0.15
    """... and this one through a gap, in which it may have gone from one end to the other."""

    doubt_mps: float = 0.06
    doubt_s: float = 0.25
    """A standstill that the filter's velocity contradicts, or that follows a gap which left it this uncertain, must
    last so long to be believed: a moving sled is even for a moment, too."""

    give_up_s: float = 6.0
    """So long after a gap without a standstill that tells what it hid, the live reading counts."""

    rough_steps: int = 5
    """A moment whose roughness is judged."""
    rough_memory: int = 48
    """Moments over which the roughness of a standing and of a rolling sled is averaged."""
    rough_ratio: float = 3.0
    """A rolling sled must be this much rougher than a standing one for roughness to tell."""
    standing_height: float = 0.12
    rolling_height: float = 0.4
    """On the logarithmic way from standing to rolling, up to where a moment stands and from where it rolls."""
    contradicted_s: float = 0.2
    """A sled that sounds as if it stood, though the filter's velocity says otherwise, must do so for this long."""
    rolling_mps: float = 0.08
    """A sled this fast rolls beyond doubt."""

    stalled_share: float = 0.35
    stalled_mps: float = 0.12
    stalled_s: float = 0.3
    stalled_memory_s: float = 1.2
    """A stroke slowed below stalled_mps and to this share of what its speed was within the memory, and dead even for
    stalled_s, has stopped, whatever the filter's velocity says: the offset has moved."""

    rest_window_s: float = 0.5
    rest_swing_mps2: float = 0.12
    """Step means of a sensor at rest stay within this, on each axis."""
    moved_deg: float = 2.0
    """Gravity turned by more than this between two rests: the clip has moved."""
    flat_deg: float = 10.0
    """Below this incline gravity cannot tell up the rail from down."""
    upright_deg: float = 70.0
    """From this incline a machine may well be a weight stack, which starts with the concentric."""
    disturbed_mps: float = 0.3
    """Velocity across the rail that no rail allows: the sensor is being shifted, ..."""
    handled_deg: float = 3.0
    """... and if the mean force leads off the rail by so much of gravity meanwhile, turned."""

    still_s: float = 0.07
    """A stroke has ended when the sled has not moved for this long."""
    nudge_m: float = 0.004
    """Displacement that turns a crossing of the moving threshold into a stroke."""
    min_range_m: float = 0.07
    """Shortest stroke that can be a repetition while the set's range is unknown."""
    min_range_share: float = 0.25
    """... and its share of the set's full range once that is known."""
    least_mean_mps: float = 0.03
    """No stroke of a rep is slower than this on average."""
    max_range_m: float = 1.2
    least_along_share: float = 0.75
    """A rep's velocity lies along the rail, at least by this share of its scatter, ..."""
    first_along_share: float = 0.9
    """... and the first rep's on a rail that has just been found by this."""
    first_returned_share: float = 2.0
    """On such a rail what comes back by more than so many times the way out was no pair of strokes."""
    partial_share: float = 0.70
    returned_share: float = 0.80
    """A stop this far back towards the start ends the rep at once."""
    half_share: float = 0.50
    """A stop or turn short of that still ends it, later."""
    sticking_s: float = 2.0
    """How long a stop half-way back may last before the rep is closed without it."""
    racked_s: float = 4.0
    racked_share: float = 0.3
    """A descent of less than this share of the range followed by this much rest: the sled is on its stops."""
    parked_s: float = 45.0
    """Rest at the far end after which the rep is given up."""
    set_pause_s: float = 15.0
    """So long after the last rep without the next one begun, the set has ended."""
    max_velocity_mps: float = 3.0
    max_travel_m: float = 1.6

    brisk_mps: float = 0.3
    """Speed whose sudden loss is a shock."""
    bounce_s: float = 0.085
    """A descent that loses its last brisk_mps within this time has bounced."""
    rebound_s: float = 0.14
    """... and so has one that turns from four fifths of its speed to upward movement within this."""
    stop_s: float = 0.041
    thrown_s: float = 0.048
    """A bounce that is reversed within stop_s hit something hard; one that takes thrown_s or longer was thrown back
    softly; between the two nobody can tell."""
    lockout_s: float = 0.04
    """A concentric that loses its last brisk_mps within this time has hit the lockout hard."""
