"""What ends a hub, out of all that went wrong at once."""

from collections.abc import Iterator
from typing import NoReturn

from sensor_hub.errors import SensorHubError


def raise_first(group: BaseExceptionGroup[BaseException]) -> NoReturn:
    """Raises what a user must act on; anything else is a bug and stays whole."""
    errors = list(_leaves(group))
    if all(isinstance(error, SensorHubError) for error in errors):
        raise errors[0] from group
    raise group


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
