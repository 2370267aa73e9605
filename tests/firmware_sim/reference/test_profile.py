"""The firmware's bytes are the profile's: the golden vectors, inside MicroPython."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sensor_hub import wire
from sensor_hub.wire import Flags, Opcode, Result

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sled.json").read_text(encoding="utf-8"))
OnBoard = Callable[..., list[Any]]


def test_data_packets(on_board: OnBoard) -> None:
    packets = [{**packet, "flags": sum(Flags[name] for name in packet["flags"])} for packet in VECTORS["data"]]
    told = on_board(
        """
        import profile, struct
        for packet in given:
            counts = packet["counts"]
            data = bytearray(profile.HEADER_BYTES)
            for sample in counts:
                data += struct.pack("<hhh", *sample)
            profile.write_header(
                data, packet["sequence"], packet["time_us"], packet["period_us"],
                len(counts), packet["range_g"], packet["flags"],
            )
            tell([data.hex(), profile.is_saturated(data, len(counts))])
        """,
        packets,
    )
    assert [text for text, _ in told] == [packet["hex"].replace(" ", "") for packet in VECTORS["data"]]
    assert [saturated for _, saturated in told] == [
        any(abs(value) >= 32767 for sample in packet["counts"] for value in sample) for packet in VECTORS["data"]
    ]


def test_requests(on_board: OnBoard) -> None:
    cases = [case["hex"].replace(" ", "") for case in VECTORS["requests"] + VECTORS["bad_requests"]]
    told = on_board(
        """
        import profile
        for text in given:
            tell(profile.parse_request(bytes.fromhex(text)))
        """,
        cases,
    )
    good = [[Opcode[case["opcode"]], case["parameters"]] for case in VECTORS["requests"]]
    known = [
        [int(case["hex"][:2] or "0", 16), 1 if "unknown" in case["says"] or not case["hex"] else 2]
        for case in VECTORS["bad_requests"]
    ]
    assert told == good + known


def test_responses(on_board: OnBoard) -> None:
    cases = [[case["opcode"], Result[case["result"]]] for case in VECTORS["responses"]]
    told = on_board("import profile\nfor case in given:\n    tell(profile.response(*case).hex())", cases)
    assert told == [case["hex"].replace(" ", "") for case in VECTORS["responses"]]


def test_states(on_board: OnBoard) -> None:
    states = [wire.State.decode(bytes.fromhex(case["hex"])) for case in VECTORS["states"]]
    cases = [
        [s.mode, s.range_g, s.bits, round(s.rate_hz * 1000), s.boot_id, s.next_sequence, s.oldest_sequence]
        for s in states
    ]
    told = on_board("import profile\nfor case in given:\n    tell(profile.state(*case).hex())", cases)
    assert told == [case["hex"].replace(" ", "")[:40] for case in VECTORS["states"]]
