"""What the desks behind the API share: whether one is here, who asks, and what there is not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from fastapi import HTTPException, Request

from sensor_hub.access import Right, Visitor
from sensor_hub.errors import MissingError

D = TypeVar("D")
NO_ATHLETES = "Nothing is known of athletes here: ask the hub that keeps the store."


def present(desk: D | None, elsewhere: str) -> Callable[[], D]:
    """The desk, for a route to depend on; 503 with a sentence that says where it is, where it is not here."""

    def here() -> D:
        if desk is None:
            raise HTTPException(503, elsewhere)
        return desk

    return here


def visitor_of(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


def ask_to_manage(request: Request) -> Visitor:
    """Who passes the door because the athlete is their own may still only read."""
    visitor = visitor_of(request)
    if not visitor.may(Right.ATHLETES):
        raise HTTPException(403, "A coach or an admin does that.")
    return visitor


@contextmanager
def missing() -> Iterator[None]:
    """404 for what there is not."""
    try:
        yield
    except MissingError as error:
        raise HTTPException(404, str(error)) from error
