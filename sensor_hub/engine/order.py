"""Which phase a repetition of this machine starts with, and what its phases are called for that.

who tells                       when                 who outvotes it
------------------------------  -------------------  --------------------------------------------------------------
the owner (Params.first)        from the start       nobody
a slope: the eccentric          the rail is found    a profile that says concentric
the machine's profile           the rail is found    a long first stroke the other way, until a rep is counted
the first full stroke of a set  nobody else has      the next set's first stroke, unless this set had two reps
"""

from dataclasses import dataclass

from sensor_hub.engine.params import First, Params
from sensor_hub.model import Phase

CONTRARY_SHARE = 1.5
"""A first stroke against what the profile says comes first must be this many times the shortest rep."""


@dataclass(slots=True)
class Order:
    params: Params
    concentric_first: bool = False
    sign: int = -1
    """Direction of out: -1 down the rail."""
    decided: bool = False
    _known: bool = False
    """Decided by the machine or its owner, not by a stroke."""
    _expected: bool = False
    """A profile says which phase comes first: it takes a full stroke to outvote it, and one to confirm it."""

    def __post_init__(self) -> None:
        self.decided = self._known = self.params.first is not First.AUTO
        self._set(self.params.first is First.CONCENTRIC)

    def mount(self, incline_deg: float, expected: First = First.AUTO) -> None:
        """What the rail's slope says of the machine, and its profile. A full stroke the other way outvotes a profile
        that is not also what the slope says."""
        slope = self.params.flat_deg <= abs(incline_deg) < self.params.upright_deg
        if self.params.first is not First.AUTO:
            return
        if slope and expected is not First.CONCENTRIC:
            self.decided = self._known = True
            self._set(False)
        elif expected is not First.AUTO:
            self.decided = self._known = False
            self._expected = True
            self._set(expected is First.CONCENTRIC)

    def confirm(self) -> None:
        """A rep has been counted: its first phase is the machine's."""
        self.decided = True

    def new_set(self, reps: int) -> None:
        """A set of so many reps has ended. Fewer than two do not settle which phase comes first on this machine."""
        self.decided = self.decided and (reps > 1 or self._known)

    @property
    def contrary_m(self) -> float:
        """What a first stroke the other way must exceed to be one."""
        return self.params.min_range_m * (CONTRARY_SHARE if self._expected else 1.0)

    def turn_round(self) -> None:
        """A stroke has told that it is the other way round."""
        self._set(not self.concentric_first)

    @property
    def outward(self) -> Phase:
        return Phase.CONCENTRIC if self.concentric_first else Phase.ECCENTRIC

    @property
    def far_pause(self) -> Phase:
        return Phase.TOP if self.concentric_first else Phase.BOTTOM

    @property
    def returning(self) -> Phase:
        return Phase.ECCENTRIC if self.concentric_first else Phase.CONCENTRIC

    @property
    def home_pause(self) -> Phase:
        return Phase.BOTTOM if self.concentric_first else Phase.TOP

    def _set(self, concentric_first: bool) -> None:
        self.concentric_first = concentric_first
        self.sign = 1 if concentric_first else -1
