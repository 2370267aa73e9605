"""No bytes crash, hang or bloat a driver, or make it say what cannot be. Every driver is found by itself.

The bytes are arbitrary, or those of a real conversation: cut, spliced, repeated, turned bit by bit, out of order.
benchmarks/fuzz.py does the same for as long as one likes, led by what the bytes reach.
"""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_hub.sensors import DRIVERS
from tests.sensors.torture import Fed, Life, Session, families, handshake, overhear

TAIL_S = 4.0
TORTURE = settings(
    max_examples=60,
    deadline=timedelta(seconds=2),
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

waits_s = st.sampled_from([0.0, 0.001, 0.02, 0.5, 40.0])


WAYS = ("whole", "head", "tail", "twice", "splice", "turned", "longer")


@st.composite
def mangled(draw: st.DrawFn, fed: Sequence[Fed]) -> bytes:
    """A packet of a conversation with one thing done to it."""
    data = draw(st.sampled_from(fed)).data
    at = draw(st.integers(0, len(data)))
    match draw(st.sampled_from(WAYS)):
        case "head":
            return data[:at]
        case "tail":
            return data[at:]
        case "twice":
            return data + data
        case "splice":
            return data[:at] + draw(st.sampled_from(fed)).data[at:]
        case "turned" if data:
            turned = bytearray(data)
            turned[at % len(data)] ^= draw(st.integers(1, 255))
            return bytes(turned)
        case "longer":
            return data + draw(st.binary(min_size=1, max_size=30))
    return data


def characteristics(session: Session) -> list[str]:
    return sorted({fed.characteristic for fed in session.fed})


def test_every_driver_is_tortured() -> None:
    assert {overhear(family).driver.family for family in families()} == {driver.family for driver in DRIVERS}


@pytest.mark.parametrize("family", families())
def test_a_conversation_as_it_was_gives_samples_all_along(family: str) -> None:
    session = overhear(family)
    life = Life(session.driver)
    play(life, session.fed)
    assert life.samples > 200


@pytest.mark.parametrize("family", families())
@TORTURE
@given(data=st.data())
def test_any_bytes_in_any_order_give_sense_or_a_packet_error(family: str, data: st.DataObject) -> None:
    session = overhear(family)
    life = Life(session.driver)
    packet = st.tuples(
        st.sampled_from(characteristics(session)),
        st.one_of(st.binary(max_size=260), mangled(session.fed)),
        waits_s,
    )
    turn = st.one_of(packet, packet, packet, packet, st.sampled_from(["interrupt", "revive", "finish"]))
    for said in data.draw(st.lists(turn, max_size=40)):
        if said == "interrupt":
            life.interrupt()
        elif said == "revive":
            life.stream.revive()
        elif said == "finish":
            life.check(life.stream.finish())
        else:
            life.feed(*said)


@pytest.mark.parametrize("family", families())
@TORTURE
@given(data=st.data())
def test_a_conversation_with_faults_goes_on_after_them(family: str, data: st.DataObject) -> None:
    session = overhear(family)
    life = Life(session.driver)
    fed = session.fed
    tail = next(at for at, one in enumerate(fed) if one.arrival_s > fed[-1].arrival_s - TAIL_S)
    begin = handshake(session)
    instead = st.lists(mangled(fed[begin:]), max_size=3)
    faults = data.draw(st.dictionaries(st.integers(begin, tail - 1), instead, max_size=6))
    play(life, fed[:tail], faults)
    before = life.samples
    play(life, fed[tail:], since=fed[tail - 1])
    assert life.samples > before


@pytest.mark.parametrize("family", families())
def test_memory_stays_flat(family: str) -> None:
    session = overhear(family)
    life, rng = Life(session.driver), random.Random(family)
    sizes = []
    for _ in range(12):
        faults = {rng.randrange(len(session.fed)): [rng.randbytes(rng.randrange(260))] for _ in range(20)}
        play(life, session.fed, faults)
        life.interrupt()
        sizes.append(life.size)
    assert max(sizes) < 300_000
    assert max(sizes[6:]) < 1.5 * max(sizes[:6]) + 2000


def play(
    life: Life, fed: Sequence[Fed], faults: dict[int, list[bytes]] | None = None, since: Fed | None = None
) -> None:
    """Feed a conversation at its own pace; faults: what comes instead of some of its packets, by their number."""
    arrival_s = since.arrival_s if since else fed[0].arrival_s
    for number, one in enumerate(fed):
        for data in (faults or {}).get(number, [one.data]):
            life.feed(one.characteristic, data, one.arrival_s - arrival_s)
            arrival_s = one.arrival_s
