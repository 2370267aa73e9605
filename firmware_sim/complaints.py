"""What is wrong with a file, in words: validation errors as one sentence that names the key."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

Location = tuple[int | str, ...]


def complaint(error: ValidationError, keys_at: Callable[[Location], list[str]]) -> str:
    """The first thing that is wrong, unknown keys before others, as a clause without a final full stop.

    keys_at: the keys known at an error's location.
    """
    found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    places = {one["loc"][:4] for one in found}
    first = found[0]
    clause = _clause(first["loc"], first["type"], first["msg"], first.get("ctx", {}), keys_at)
    return clause + (f" (and {len(places) - 1} more to mend)" if len(places) > 1 else "")


def _clause(
    location: Location,
    kind: str,
    message: str,
    context: Mapping[str, Any],
    keys_at: Callable[[Location], list[str]],
) -> str:
    if not location:
        return str(context.get("error", message))
    place, key = _place(location)
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, keys_at(location), n=1, cutoff=0.5)
        return f"{place}unknown key '{key}'" + (f"; did you mean '{near[0]}'?" if near else "")
    if kind == "missing":
        return f"{place}the key '{key}' is missing"
    if kind == "union_tag_not_found":
        return f"{_place((*location, ''))[0]}the key 'kind' is missing"
    if kind == "union_tag_invalid":
        return f"{_place((*location, ''))[0]}kind must be one of {context['expected_tags']}"
    said = str(context["error"]) if kind == "value_error" else message[0].lower() + message[1:]
    return f"{place}{key}: {said}" if key else f"{place}{said}"


def _place(location: Location) -> tuple[str, str]:
    """The table as a prefix for a sentence, and the key in it."""
    if location[0] == "act" and len(location) > 2:
        label = f" ({location[2]})" if location[2] else ""
        key = str(location[3]) if len(location) > 3 else ""
        return f"act {int(location[1]) + 1}{label}: ", key
    if len(location) > 1:
        return f"[{location[0]}]: ", str(location[1])
    return "", str(location[0])
