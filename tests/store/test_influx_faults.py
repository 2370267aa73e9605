"""The sink against servers that answer as badly as servers do: nothing is lost, and the sentence says what to do."""

import ipaddress
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sensor_hub.errors import StoreError
from sensor_hub.store import InfluxServer, Store, influx, parked_rows
from sensor_hub.store.influx_server import Answer, NotTakenError
from sensor_hub.store.lines import lines_of
from tests.conftest import Http, free_port, wait_for
from tests.store.conftest import Lifter
from tests.store.peers import TAKES, Judge, Peer, Said
from tests.store.sinking import passed_on, passing_on, target

LINE = "hub,machine=press-1,site=gym online=1i 1772472638410000000"
PeerThat = Callable[..., Peer]


@pytest.fixture
def store(file_store: Store) -> Store:
    """How servers answer has nothing to do with the database."""
    return file_store


def lines_sent(lifter: Lifter, count: int, store: Store) -> set[str]:
    reps = [lifter.rep(1, number) for number in range(1, count + 1)]
    store.record(reps)
    return {line for rep in reps for line in lines_of(rep)}


def refusing(words: tuple[str, ...], status: int = 400) -> Judge:
    return lambda _, lines: Said(status, b"because") if any(w in x for x in lines for w in words) else TAKES


def first(said: Said, times: int = 1) -> Judge:
    return lambda number, _: said if number <= times else TAKES


@pytest.mark.parametrize("status", [400, 422])
def test_bad_lines_are_parked_with_the_reason_and_all_others_pass(
    store: Store, lifter: Lifter, peer_that: PeerThat, status: int
) -> None:
    server = peer_that(refusing((",number=7i", ",number=30i", ",number=31i"), status))
    sent = lines_sent(lifter, 50, store)
    with passing_on(store, server.url) as sink:
        passed_on(sink)
        assert sink.parked == 3
    with store.transaction() as connection:
        kept = parked_rows(connection)
    assert {one.content for one in kept} | set(server.points) == sent
    assert len(set(server.points)) == 47
    assert {(one.reason, one.origin) for one in kept} == {(f"{status} because", "influx")}


def test_a_batch_that_is_too_large_is_halved(store: Store, lifter: Lifter, peer_that: PeerThat) -> None:
    server = peer_that(lambda _, lines: Said(413, b"too large") if len(lines) > 12 else TAKES)
    sent = lines_sent(lifter, 100, store)
    with passing_on(store, server.url) as sink:
        passed_on(sink)
        assert sink.parked == 0
    assert sorted(server.points) == sorted(sent)


def test_a_server_that_calls_everything_wrong_is_no_judge(
    store: Store, lifter: Lifter, peer_that: PeerThat
) -> None:
    """As Go's servers do where https is spoken on the port."""
    server = peer_that(first(Said(400, b"Client sent an HTTP request to an HTTPS server.")))
    sent = lines_sent(lifter, 5, store)
    with passing_on(store, server.url) as sink:
        wait_for(lambda: sink.problem is not None, 10)
        assert "calls everything wrong: 400 Client sent an HTTP request to an HTTPS server." in str(sink.problem)
        passed_on(sink)
        assert sink.parked == 0
    assert set(server.points) == sent


def test_too_many_refusals_stop_the_sink_until_somebody_has_looked(
    store: Store, lifter: Lifter, peer_that: PeerThat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influx, "MOST_PARKED", 4)
    monkeypatch.setattr(influx, "_ROWS_AT_ONCE", 5)
    server = peer_that(refusing(("rep,",)))
    lines_sent(lifter, 10, store)
    with passing_on(store, server.url) as sink:
        wait_for(lambda: sink.problem is not None, 10)
        assert "has refused 5 points, and nothing more is sent" in str(sink.problem)
        assert (sink.parked, sink.pending()) == (5, 5)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (Said(401, b'{"code":"unauthorized"}'), "refuses the token (401). Make one that may write to the bucket"),
        (Said(403, b"forbidden"), "SENSOR_HUB_INFLUX_TOKEN or influx.token_file."),
        (
            Said(404, b'{"code":"not found","message":"bucket \\"legpress\\" not found"}'),
            "has no bucket 'legpress'",
        ),
        (Said(404, b"404 page not found"), "knows no writes of version 2 (404). Check influx.url"),
        (Said(405, b"Method Not Allowed"), "knows no writes of version 2 (405). Check influx.url"),
        (Said(429, b"rate limit"), "is too busy (429 rate limit). It is left alone for a while."),
        (Said(503, b"overloaded", {"Retry-After": "0"}), "is too busy (503 overloaded)."),
        (Said(500, b"panic"), "has a fault (500 panic). Look into its log."),
        (Said(502, b"\xff\xfe"), "answers in no language of an InfluxDB: is influx.url right?"),
        (
            Said(301, b"", {"Location": "https://db.example/"}),
            "has moved (301). Set influx.url to https://db.example/.",
        ),
        (Said(200, b"<html>Wi-Fi login</html>"), "answers 200 where an InfluxDB says 204: is influx.url right?"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Said) else "",
)
def test_trouble_that_may_pass_loses_nothing_and_says_what_to_do(
    store: Store, lifter: Lifter, peer_that: PeerThat, said: Said, sentence: str
) -> None:
    server = peer_that(first(said))
    sent = lines_sent(lifter, 20, store)
    with passing_on(store, server.url, token="secret-token") as sink:
        wait_for(lambda: sink.problem is not None, 10)
        problem = str(sink.problem)
        passed_on(sink)
    assert set(server.points) == sent
    assert sink.parked == 0
    assert sentence in problem
    assert problem.startswith(f"The time-series server {server.url} ")
    assert "secret-token" not in problem


def test_a_server_that_asks_for_time_gets_it(store: Store, lifter: Lifter, peer_that: PeerThat) -> None:
    asked: list[float] = []

    def judge(number: int, lines: list[str]) -> Said:
        asked.append(time.monotonic())
        return Said(503, b"", {"Retry-After": "1"}) if number == 1 else TAKES

    server = peer_that(judge)
    lines_sent(lifter, 1, store)
    with passing_on(store, server.url) as sink:
        passed_on(sink)
    assert asked[1] - asked[0] > 0.99


@pytest.mark.parametrize("value", ["Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-5", "nan", "1e999"])
def test_a_retry_after_that_is_no_number_of_seconds_counts_as_none(peer_that: PeerThat, value: str) -> None:
    server = InfluxServer(target(peer_that(first(Said(429, b"", {"Retry-After": value}))).url))
    with pytest.raises(NotTakenError) as caught:
        server.write([LINE])
    server.close()
    assert caught.value.retry_after_s == 0.0


def test_a_server_that_is_not_there_is_waited_for(store: Store, lifter: Lifter, victoria_metrics: Http) -> None:
    lines_sent(lifter, 5, store)
    with passing_on(store, f"http://127.0.0.1:{free_port()}") as sink:
        wait_for(lambda: sink.problem is not None, 10)
        assert "cannot be reached. Is it running, and is the port in influx.url right?" in str(sink.problem)
        assert sink.pending() == 5
    with passing_on(store, victoria_metrics.url) as sink:
        passed_on(sink)


def test_a_server_that_hangs_is_given_up_and_tried_again(
    store: Store, lifter: Lifter, peer_that: PeerThat
) -> None:
    release = threading.Event()

    def judge(number: int, lines: list[str]) -> Said:
        if number == 1:
            release.wait(10)
        return TAKES

    server = peer_that(judge)
    sent = lines_sent(lifter, 5, store)
    with passing_on(store, server.url, timeout_s=0.3) as sink:
        wait_for(lambda: sink.problem is not None, 10)
        assert "has not answered within 0.3 s. Is it overloaded, or stopped?" in str(sink.problem)
        release.set()
        passed_on(sink)
    assert set(server.points) == sent


def test_a_hub_stops_though_its_server_hangs(store: Store, lifter: Lifter, peer_that: PeerThat) -> None:
    reached, release = threading.Event(), threading.Event()

    def judge(number: int, lines: list[str]) -> Said:
        reached.set()
        release.wait(20)
        return TAKES

    server = peer_that(judge)
    with passing_on(store, server.url, timeout_s=10.0):
        assert reached.wait(10)
        began = time.monotonic()
    assert time.monotonic() - began < 3.0
    release.set()


def test_a_name_that_nobody_has(store: Store) -> None:
    server = InfluxServer(target("http://time-series.invalid:8086"))
    sentence = "cannot be found: no computer is called so. Check influx.url and the network's DNS"
    with pytest.raises(StoreError, match=sentence):
        server.write([LINE])
    server.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://[::1:80"])
def test_an_address_that_is_none(url: str) -> None:
    server = InfluxServer(target(url))
    with pytest.raises(StoreError, match=r"is no address\. Set influx.url to one such as http://127.0.0.1:8086"):
        server.write([LINE])
    server.close()


def test_a_login_in_the_address_is_told_to_nobody() -> None:
    server = InfluxServer(target(f"http://gym:hunter2@127.0.0.1:{free_port()}"))
    with pytest.raises(StoreError) as caught:
        server.write([LINE])
    server.close()
    assert "hunter2" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """Of a server's own making, for 127.0.0.1, and the server's side of it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "time series")])
    now = datetime.now(UTC)
    own = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(own, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "server.pem").write_bytes(made.public_bytes(pem))
    (folder / "server.key").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return folder / "server.pem", context


def test_a_certificate_is_trusted_only_where_the_settings_say_so(
    certificate: tuple[Path, ssl.SSLContext], peer_that: PeerThat
) -> None:
    file, context = certificate
    peer = peer_that(tls=context)
    stranger = InfluxServer(target(peer.url))
    with pytest.raises(
        StoreError, match=r"certificate that is not trusted .*\. Set influx.ca_file to the authority's"
    ):
        stranger.write([LINE])
    stranger.close()
    assert peer.taken == []
    knower = InfluxServer(replace(target(peer.url), ca_file=file))
    assert knower.write([LINE]) == Answer()
    knower.close()
    assert peer.taken == [LINE]


def test_https_where_nobody_speaks_it(peer_that: PeerThat) -> None:
    peer = peer_that()
    server = InfluxServer(target(f"https://127.0.0.1:{peer.port}"))
    with pytest.raises(StoreError, match=r"does not speak TLS\. Write http:// in influx.url"):
        server.write([LINE])
    server.close()


def test_a_ca_file_that_is_not_there_is_said(
    certificate: tuple[Path, ssl.SSLContext], peer_that: PeerThat
) -> None:
    peer = peer_that(tls=certificate[1])
    server = InfluxServer(replace(target(peer.url), ca_file=Path("none.pem")))
    with pytest.raises(StoreError, match=r"influx\.ca_file names none\.pem, and there is no such file"):
        server.write([LINE])
    server.close()


def test_a_row_that_no_message_can_be_made_of_holds_up_no_other(
    store: Store, lifter: Lifter, peer_that: PeerThat
) -> None:
    """As a hand in the database may leave one."""
    server = peer_that()
    sent = lines_sent(lifter, 3, store)
    with store.transaction() as connection:
        connection.exec_driver_sql("UPDATE rep SET uncertainty = '[1]' WHERE number = 2")
    with passing_on(store, server.url) as sink:
        passed_on(sink)
        assert sink.parked == 1
    with store.transaction() as connection:
        (kept,) = parked_rows(connection)
    assert kept.content.startswith("rep {")
    assert "uncertainty" in kept.reason
    assert set(server.points) == {line for line in sent if ",number=2i" not in line}


def test_a_fault_of_our_own_ends_no_sink_and_is_told_once(
    store: Store,
    lifter: Lifter,
    peer_that: PeerThat,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = peer_that()
    sent = lines_sent(lifter, 3, store)
    failures = iter([KeyError("surprise"), KeyError("surprise")])

    def failing(*arguments: object) -> object:
        for error in failures:
            raise error
        return genuine(*arguments)

    genuine = influx.with_machine
    monkeypatch.setattr(influx, "with_machine", failing)
    with passing_on(store, server.url) as sink:
        passed_on(sink)
    assert set(server.points) == sent
    assert caplog.text.count("Passing on failed (KeyError('surprise')); please report it.") == 1
    assert caplog.text.count("Traceback") == 1
