"""What every address may answer instead of what was asked for, for the description of the API."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

WHEN = {
    400: "No request that can be read",
    401: "Nobody known: log in, or send a token that is still good",
    403: "Not for this visitor, or asked by a page of another address",
    404: "Nothing of this name",
    408: "The request did not come whole in time",
    409: "It contradicts how things stand",
    413: "More than is taken",
    421: "Asked by a name that is not this computer's",
    422: "Something in it does not fit",
    429: "Too many tries",
    503: "Not possible now; the sentence says why",
}


class Problem(BaseModel):
    """error: a sentence that says what was wrong."""

    error: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, description in WHEN.items()
}


def describe_problems(app: FastAPI) -> None:
    """Puts Problem among the schemas of the application's description."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        api: dict[str, Any] = described()
        api["components"]["schemas"].setdefault("Problem", Problem.model_json_schema())
        return api

    app.openapi = openapi  # type: ignore[method-assign]
