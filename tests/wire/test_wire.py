"""The sled sensor's packets, on literal bytes. tests/vectors/sled.json serves any firmware's tests as well."""

import json
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub import wire
from sensor_hub.errors import PacketError

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "sled.json").read_text(encoding="utf-8")
)


def unhex(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(vector["hex"])


def flags_of(vector: dict[str, Any]) -> wire.Flags:
    return reduce(or_, (wire.Flags[name] for name in vector["flags"]), wire.Flags(0))


@pytest.mark.parametrize("vector", VECTORS["data"], ids=lambda vector: vector["what"])
def test_data_packet_decodes_to_what_its_vector_says(vector: dict[str, Any]) -> None:
    packet = wire.DataPacket.decode(unhex(vector))
    for name in ("sequence", "time_us", "period_us", "range_g"):
        assert getattr(packet, name) == vector[name], name
    assert packet.flags == flags_of(vector)
    assert packet.counts.dtype == np.int16
    assert packet.counts.tolist() == vector["counts"]


@pytest.mark.parametrize("vector", VECTORS["data"], ids=lambda vector: vector["what"])
def test_data_packet_encodes_to_its_vector(vector: dict[str, Any]) -> None:
    packet = wire.DataPacket(
        sequence=vector["sequence"],
        time_us=vector["time_us"],
        period_us=vector["period_us"],
        range_g=vector["range_g"],
        flags=flags_of(vector),
        counts=np.array(vector["counts"], dtype=np.int16),
    )
    assert packet.encode() == unhex(vector)


@pytest.mark.parametrize("vector", VECTORS["requests"], ids=lambda vector: vector["opcode"])
def test_request_both_ways(vector: dict[str, Any]) -> None:
    request = wire.Request(wire.Opcode[vector["opcode"]], tuple(vector["parameters"]))
    assert wire.Request.decode(unhex(vector)) == request
    assert request.encode() == unhex(vector)


@pytest.mark.parametrize("vector", VECTORS["responses"], ids=lambda vector: vector["result"])
def test_response_both_ways(vector: dict[str, Any]) -> None:
    response = wire.Response(vector["opcode"], wire.Result[vector["result"]])
    assert wire.Response.decode(unhex(vector)) == response
    assert response.encode() == unhex(vector)


@pytest.mark.parametrize("vector", VECTORS["states"], ids=lambda vector: vector["mode"])
def test_state_both_ways(vector: dict[str, Any]) -> None:
    names = ("range_g", "bits", "rate_hz", "boot_id", "next_sequence", "oldest_sequence")
    state = wire.State(wire.Mode[vector["mode"]], **{name: vector[name] for name in names})
    assert wire.State.decode(unhex(vector)) == state
    assert state.encode() == unhex(vector)[:20]


BAD = [
    pytest.param(decode, vector, id=f"{kind} {vector['what']}")
    for kind, decode in (
        ("bad_data", wire.DataPacket.decode),
        ("bad_requests", wire.Request.decode),
        ("bad_responses", wire.Response.decode),
        ("bad_states", wire.State.decode),
    )
    for vector in VECTORS[kind]
]


@pytest.mark.parametrize(("decode", "vector"), BAD)
def test_bad_bytes_are_refused_with_a_sentence(decode: Any, vector: dict[str, Any]) -> None:
    with pytest.raises(PacketError) as refusal:
        decode(unhex(vector))
    sentence = str(refusal.value)
    assert vector["says"] in sentence
    assert sentence.endswith(".")


@given(st.binary(max_size=300))
def test_no_bytes_make_a_decoder_crash(data: bytes) -> None:
    for decode in (wire.DataPacket.decode, wire.Request.decode, wire.Response.decode, wire.State.decode):
        try:
            again = decode(data).encode()
        except PacketError:
            continue
        assert again == data[: len(again)]


@pytest.mark.parametrize(("mtu", "samples"), [(23, 1), (64, 7), (185, 28), (247, 38), (517, 83), (5000, 255)])
def test_a_packet_fills_the_mtu(mtu: int, samples: int) -> None:
    assert wire.samples_per_packet(mtu) == samples


@pytest.mark.parametrize(
    ("previous", "following", "step"),
    [(5, 5, 0), (5, 9, 4), (9, 5, -4), (2**32 - 2, 3, 5), (3, 2**32 - 2, -5)],
)
def test_sequence_steps_across_the_wrap(previous: int, following: int, step: int) -> None:
    assert wire.sequence_step(previous, following) == step
