"""Pages and what they need: files of this package and uPlot out of its wheel, held in memory with their tags."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, HTTPException, Request, Response

from sensor_hub.web.api import NamePath

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
UPLOT = {"uplot/uPlot.js": "uplot.iife.min.js", "uplot/uPlot.css": "uplot.min.css"}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    media_type: str
    tag: str

    def response(self, request: Request, status_code: int = 200) -> Response:
        """The file, or 304 for a browser that has it. Browsers ask each time, so an update shows at once."""
        headers = {"ETag": self.tag, "Cache-Control": "no-cache"}
        if status_code == 200 and request.headers.get("if-none-match", "").removeprefix("W/") == self.tag:
            return Response(status_code=304, headers=headers)
        return Response(self.body, status_code, headers, self.media_type)


def load_assets() -> dict[str, Asset]:
    """Every servable file by its name under /assets; the HTML pages are among them."""
    pages = files("sensor_hub.web") / "pages"
    vendor = files("youplot") / "vendor"
    assets = {item.name: _read(item) for item in pages.iterdir() if item.is_file()}
    return assets | {name: _read(vendor / source) for name, source in UPLOT.items()}


def pages_router(assets: dict[str, Asset]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def gym(request: Request) -> Response:
        return assets["gym.html"].response(request)

    @router.get("/live/{site}/{machine}")
    async def live(site: NamePath, machine: NamePath, request: Request) -> Response:
        return assets["live.html"].response(request)

    @router.get("/pair")
    async def pair(request: Request) -> Response:
        return assets["pair.html"].response(request)

    @router.get("/login")
    async def login(request: Request) -> Response:
        return assets["login.html"].response(request)

    @router.get("/kiosk")
    async def kiosk(request: Request) -> Response:
        return assets["kiosk.html"].response(request)

    @router.get("/compare")
    async def compare(request: Request) -> Response:
        return assets["compare.html"].response(request)

    @router.get("/shared")
    async def shared(request: Request) -> Response:
        return assets["shared.html"].response(request)

    @router.get("/gyms")
    async def gyms(request: Request) -> Response:
        return assets["gyms.html"].response(request)

    @router.get("/gyms/{site}")
    async def gym_of_chain(site: NamePath, request: Request) -> Response:
        return assets["site.html"].response(request)

    @router.get("/athletes")
    async def athletes(request: Request) -> Response:
        return assets["athletes.html"].response(request)

    @router.get("/athletes/{athlete}")
    async def athlete(athlete: str, request: Request) -> Response:
        return assets["athlete.html"].response(request)

    @router.get("/sessions")
    async def sessions(request: Request) -> Response:
        return assets["sessions.html"].response(request)

    @router.get("/sessions/{session_id}")
    async def session(session_id: str, request: Request) -> Response:
        return assets["session.html"].response(request)

    @router.get("/assets/{name:path}")
    async def asset(name: str, request: Request) -> Response:
        if name not in assets:
            raise HTTPException(404, "There is no such file.")
        return assets[name].response(request)

    return router


def _read(item: Traversable) -> Asset:
    body = item.read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return Asset(body, MEDIA_TYPES["." + item.name.rpartition(".")[2]], tag)
