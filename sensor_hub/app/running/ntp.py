"""Whether the computer's clock follows another one."""

import ctypes

_TIMEX_BYTES = 512
"""More than struct timex takes anywhere. Zeroed it asks and changes nothing (adjtimex(2), modes 0)."""
_TIME_ERROR = 5


def synchronised() -> bool | None:
    """Whether the kernel holds its clock for synchronised; None where it cannot be asked."""
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR
