"""The QR code of a live page: what it says, and where there is none."""

import xml.etree.ElementTree as ET
from pathlib import Path

import httpx
import segno

from sensor_hub.access import Access, AccessFile, Role
from sensor_hub.web import LiveFeed, create_app
from tests.web.memory import MemoryStore

PASSWORD = "four words in a row"
PATH = "/api/live/home/sled-01/address.svg"


async def answered(folder: Path, base: str) -> httpx.Response:
    file = AccessFile(folder)
    if not file.read().accounts:
        file.add_account("anna", Role.LIFTER, PASSWORD)
    app = create_app(LiveFeed(), MemoryStore(), access=Access(file))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as client:
        await client.post("/api/login", json={"name": "anna", "password": PASSWORD})
        return await client.get(PATH)


async def test_a_phone_reads_the_address_by_which_the_screen_asked(tmp_path: Path) -> None:
    answer = await answered(tmp_path, "http://hub.example:8080")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    drawn = ET.fromstring(answer.text)
    expected = segno.make("http://hub.example:8080/live/home/sled-01", micro=False)
    side = expected.symbol_size(border=4)[0]
    assert drawn.attrib["viewBox"] == f"0 0 {side} {side}"
    assert (
        expected.svg_inline(border=4, dark="#000", light="#fff", omitsize=True).partition("<path")[2][:200]
        in answer.text
    )


async def test_an_address_that_no_phone_finds_is_not_drawn(tmp_path: Path) -> None:
    for base in ("http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"):
        answer = await answered(tmp_path, base)
        assert answer.status_code == 404
        assert "network" in answer.json()["error"]
