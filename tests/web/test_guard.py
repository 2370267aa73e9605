"""What the guard keeps out whoever asks: other names, other origins, too much, too slow; and https."""

import asyncio
import ipaddress
import re
import shutil
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sensor_hub.access import Right, Role
from sensor_hub.errors import ServeError
from sensor_hub.web import LiveFeed, Tls, create_app, guard, serve, server
from sensor_hub.web.guard import LARGEST_BODY
from sensor_hub.web.seats import SEATS, SEATS_AN_ADDRESS
from tests.web.house import PASSWORD, House, house
from tests.web.lifter import SITE
from tests.web.memory import MemoryStore

LIVE = f"/api/live/{SITE}/sled-01"
WAIT = r"Too much at once. Wait (5\d|60) s\."
"""A second or more goes by on a busy computer."""


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """Where people at the computer need not log in."""
    async with house(tmp_path, trusting=True) as served:
        yield served


async def test_the_computers_own_names_are_answered(home: House) -> None:
    port = home.url.rpartition(":")[2]
    async with home.client() as browser:
        for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
            assert (await browser.get("/api/machines", headers={"Host": f"{name}:{port}"})).status_code == 200, (
                name
            )


@pytest.mark.parametrize(
    "name", ["evil.example", "localhost.evil.example", "192.168.1.7", "[::1", "", "a@localhost.x"]
)
async def test_a_name_that_was_made_to_point_here_is_not(home: House, name: str) -> None:
    async with home.client() as browser:
        for path in ("/", "/api/machines", "/api/pairing"):
            answer = await browser.get(path, headers={"Host": name})
            assert answer.status_code in (400, 421), path
        assert (await browser.post("/api/pairing/undo", headers={"Host": name})).status_code in (400, 421)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
async def test_what_a_proxy_passes_on_is_not_from_the_computer_itself(home: House, header: str) -> None:
    async with home.client() as browser:
        assert (await browser.get("/api/machines", headers={header: "127.0.0.1"})).status_code == 401
        assert (await browser.get("/", headers={header: "127.0.0.1"})).headers["location"] == "/login?next=/"


async def test_people_at_the_computer_may_do_all_and_log_in_if_they_like(home: House) -> None:
    async with home.client() as browser:
        assert (await browser.get("/api/pairing")).status_code == 200
        me = (await browser.get("/api/me")).json()
        athletes_live_elsewhere = {Right.LIFT, Right.ATHLETES}
        assert (me["name"], me["role"], set(me["rights"])) == (None, None, set(Right) - athletes_live_elsewhere)
    async with home.logged_in(Role.LIFTER) as lifter:
        assert (await lifter.get("/api/pairing")).status_code == 403


async def test_too_large_a_body_is_not_taken_whole_or_in_pieces(home: House) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 1024 + 1):
            yield b" " * 1024

    async with home.client() as browser:
        for body in (b" " * (LARGEST_BODY + 1), pieces()):
            answer = await browser.post("/api/login", content=body)
            assert answer.status_code == 413
            assert "64 KiB" in answer.json()["error"]
        assert (await browser.post("/api/login", content=b" " * LARGEST_BODY)).status_code == 422


async def test_every_answer_forbids_frames_foreign_scripts_and_guessing_of_types(home: House) -> None:
    async with home.client() as browser:
        refused = await browser.get("/", headers={"Host": "evil.example"})
        for answer in (refused, await browser.get("/login"), await browser.post("/api/login", json={})):
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert {"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'"} <= set(
                policy.split("; ")
            )
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../guard.py",
        "/assets/..%2f..%2fguard.py",
        "/assets/%2e%2e/guard.py",
        "/assets//etc/passwd",
        "/assets/uplot/../../guard.py",
        "/assets/base.css%00.html",
        "/live/home/..%2f..%2fpair",
        "/login%3f/../pair",
    ],
)
async def test_no_path_leads_out_of_the_pages(home: House, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(home.url.rpartition(":")[2]))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:200]
    assert b"class Guard" not in answer
    assert b"root:" not in answer


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def watching(home: House, address: str) -> tuple[bytes, Connection]:
    """The status line of a live stream that is asked for from an address, and its connection."""
    port = int(home.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    writer.write(f"GET {LIVE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return await reader.readline(), (reader, writer)


async def test_only_so_many_live_pages_are_open_at_once_and_from_one_address(home: House) -> None:
    connections: list[Connection] = []

    async def more(address: str, count: int) -> set[bytes]:
        found = [await watching(home, address) for _ in range(count)]
        connections.extend(connection for _, connection in found)
        return {line for line, _ in found}

    good, full = {b"HTTP/1.1 200 OK\r\n"}, {b"HTTP/1.1 503 Service Unavailable\r\n"}
    assert await more("127.0.0.2", SEATS_AN_ADDRESS) == good
    assert await more("127.0.0.2", 1) == full
    for other in range(3, 2 + SEATS // SEATS_AN_ADDRESS):
        assert await more(f"127.0.0.{other}", SEATS_AN_ADDRESS) == good
    assert await more("127.0.0.99", 1) == full
    for _, writer in connections:
        writer.close()
    for _ in range(300):
        if home.feed.viewer_count == 0:
            break
        await asyncio.sleep(0.01)
    assert await more("127.0.0.99", 1) == good


async def test_whoever_sends_a_request_byte_by_byte_is_cut_off(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    whole = b"GET /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with asyncio.timeout(4):
        for before, piece in ((b"", b""), (b"", b"GET /api"), (whole, b"GET /api")):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(home.url.rpartition(":")[2]))
            writer.write(before)
            if before:
                assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
            writer.write(piece)
            assert await reader.read() == b""
            writer.close()


async def test_a_proxy_that_says_so_makes_the_cookie_secure_and_its_clients_count_one_by_one(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as gym, gym.client() as proxy:
        gym.file.add_account("anna", Role.COACH, PASSWORD)
        for client in range(11):
            said = {"X-Forwarded-For": f"192.0.2.{client}", "X-Forwarded-Proto": "https"}
            guess = {"name": f"guess-{client}", "password": "y"}
            assert (await proxy.post("/api/login", json=guess, headers=said)).status_code == 401
        answer = await proxy.post("/api/login", json={"name": "anna", "password": PASSWORD}, headers=said)
        assert "secure" in answer.headers["set-cookie"].lower()


async def test_an_address_that_asks_too_fast_has_to_wait_and_others_have_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BURST", 5)
    monkeypatch.setattr(guard, "EVERY_S", 60.0)
    async with house(tmp_path) as gym, gym.client() as proxy:
        hasty = {"X-Forwarded-For": "192.0.2.1"}
        asked = [await proxy.get("/login", headers=hasty) for _ in range(7)]
        assert [one.status_code for one in asked] == [200] * 5 + [429] * 2
        assert re.fullmatch(WAIT, asked[-1].text)
        assert 50 <= int(asked[-1].headers["retry-after"]) <= 60
        assert asked[-1].headers["connection"] == "close"
        assert re.fullmatch(WAIT, (await proxy.get("/api/me", headers=hasty)).json()["error"])
        assert (await proxy.get("/login", headers={"X-Forwarded-For": "192.0.2.2"})).status_code == 200
        at_the_computer = [await proxy.get("/login") for _ in range(7)]
        assert {one.status_code for one in at_the_computer} == {200}


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    folder = tmp_path_factory.mktemp("tls")
    made = Tls(folder / "hub.pem", folder / "hub.key")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    own = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(own, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    made.certificate.write_bytes(certificate.public_bytes(pem))
    made.key.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    made.key.chmod(0o600)
    return made


async def test_over_https_the_cookie_is_secure(tmp_path: Path, tls: Tls) -> None:
    async with house(tmp_path, tls=tls) as gym:
        assert gym.url.startswith("https://127.0.0.1:")
        gym.file.add_account("anna", Role.COACH, PASSWORD)
        trusted = ssl.create_default_context(cafile=str(tls.certificate))
        async with httpx.AsyncClient(base_url=gym.url, verify=trusted, trust_env=False) as browser:
            answer = await browser.post(
                "/api/login", json={"name": "anna", "password": PASSWORD}, headers={"Origin": gym.url}
            )
            assert "secure" in answer.headers["set-cookie"].lower()
            assert (await browser.get("/api/sessions")).status_code == 200


async def test_a_certificate_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path, tls: Tls) -> None:
    loose = tmp_path / "loose.key"
    shutil.copy(tls.key, loose)
    loose.chmod(0o644)
    swapped = tmp_path / "swapped.key"
    shutil.copy(tls.certificate, swapped)
    swapped.chmod(0o600)
    for wrong, advice in (
        (Tls(tls.certificate, tmp_path / "none.key"), "Cannot read web.certificate"),
        (Tls(tls.certificate, loose), "chmod o="),
        (Tls(tls.certificate, swapped), "are not a certificate in PEM and its private key"),
    ):
        with pytest.raises(ServeError, match=advice):
            await serve(create_app(LiveFeed(), MemoryStore()), port=0, tls=wrong)
