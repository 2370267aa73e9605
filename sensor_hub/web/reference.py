"""Writes the tables of docs/security.md (who may ask for what) and docs/operation.md (what is measured).

`python -m sensor_hub.web.reference` in a checkout brings both up to date; a test says when they are not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from starlette.routing import Route

from sensor_hub.access import ROLE_RIGHTS, SCREEN_RIGHTS, Role
from sensor_hub.web.application import create_app
from sensor_hub.web.doors import Door, door
from sensor_hub.web.feed import LiveFeed
from sensor_hub.web.metrics import FAMILIES
from sensor_hub.web.pages import load_assets, pages_router
from sensor_hub.web.review import ReviewStore

_CHECKOUT = Path(__file__).parents[2]
STRANGER, LINK, SCREEN = "a stranger", "a link", "a screen"
VISITORS = (STRANGER, LINK, SCREEN, *(role.value for role in Role))


def routes() -> list[tuple[str, str]]:
    """Method and path of every page and of everything in the API's description, by path."""
    pages = [route for route in pages_router(load_assets()).routes if isinstance(route, Route)]
    app = create_app(LiveFeed(), cast(ReviewStore, None))
    api: Mapping[str, Mapping[str, Any]] = app.openapi()["paths"]
    described = [(method.upper(), path) for path, methods in api.items() for method in methods]
    return sorted(
        {*described, ("GET", str(app.openapi_url)), *(("GET", page.path) for page in pages)},
        key=lambda route: (route[1], route[0]),
    )


def may_ask(path: str) -> dict[str, bool]:
    """Who may ask there, by visitor; a screen only for its own machine, a link's holder only for its session."""
    needed = door(path)
    anybody = needed.right is None and not needed.link
    roles = {role.value: anybody or needed.right in ROLE_RIGHTS[role] for role in Role}
    return {STRANGER: anybody, LINK: anybody or needed.link, SCREEN: _shown_to_a_screen(needed), **roles}


def routes_table() -> str:
    rows = []
    for method, path in routes():
        marks = ["yes" if may else "" for may in may_ask(path).values()]
        rows.append([f"`{method} {path}`", _scope(door(path)), *marks])
    return _table(["address", "an API token's scope", *VISITORS], rows)


def metrics_table() -> str:
    rows = [
        [f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels), one.meaning]
        for one in FAMILIES
    ]
    return _table(["name", "type", "labels", "what"], rows)


def with_table(text: str, name: str, table: str) -> str:
    """A page with the table in its place, between two comments."""
    begin, end = f"<!-- {name}: made by `make docs` -->\n", f"<!-- end of {name} -->\n"
    return re.sub(
        f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}{table}{end}", text, flags=re.DOTALL
    )


def write(checkout: Path = _CHECKOUT) -> None:
    for file, name, table in (
        ("security.md", "addresses", routes_table()),
        ("operation.md", "measures", metrics_table()),
    ):
        path = checkout / "docs" / file
        path.write_text(with_table(path.read_text(encoding="utf-8"), name, table), encoding="utf-8")


def _shown_to_a_screen(needed: Door) -> bool:
    if needed.right is None:
        return not needed.link
    return needed.right in SCREEN_RIGHTS and needed.place is not None


def _scope(needed: Door) -> str:
    return "" if needed.right is None else f"`{needed.right}`"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def lines() -> Iterator[str]:
        yield f"| {' | '.join(head)} |\n"
        yield f"|{'---|' * len(head)}\n"
        for row in rows:
            yield f"| {' | '.join(row)} |\n"

    return "".join(lines())


if __name__ == "__main__":
    write()
