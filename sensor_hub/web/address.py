"""The address of a machine's live page as a QR code, for a phone."""

import io

import segno
from fastapi import APIRouter, HTTPException, Request, Response

from sensor_hub.access import is_loopback
from sensor_hub.web.api import NamePath


def address_router() -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/live/{site}/{machine}/address.svg", response_class=Response)
    def address(site: NamePath, machine: NamePath, request: Request) -> Response:
        """By the name under which the hub was asked: 404 where that is the computer's own, which no phone finds."""
        if is_loopback(request.url.hostname):
            raise HTTPException(
                404, "Open this page by the hub's name or address in the network; a phone finds no other."
            )
        code = segno.make(f"{request.url.scheme}://{request.url.netloc}/live/{site}/{machine}", micro=False)
        drawn = io.BytesIO()
        code.save(drawn, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False)
        return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-cache"})

    return router
