"""Coverage-led fuzzing with atheris: of every driver, from conversations overheard of the simulated sensors, and of
everything that listens to MQTT ("mqtt"), from a good message of each kind.

    python -m benchmarks.fuzz [--seconds 30] [--families movesense polar]     (make fuzz installs atheris)

Prints, per family, how many inputs were tried and how many faults were found: an error other than PacketError, words
that cannot be (tests/sensors/torture.py judges), or an input that takes longer than 5 s. An input is the life of a
stream: a list of [characteristic u8, wait u8, length u8, bytes], a wait above 250 meaning a new connection. For mqtt it
is a list of [topic u8, retained u8, length u16, bytes], judged by tests/bus/torture.py.
"""

import argparse
import contextlib
import logging
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sensor_hub"]) if "--corpus" in sys.argv else contextlib.nullcontext():
    from tests.bus import torture as mqtt
    from tests.sensors.torture import Life, Session, families, overhear

SECONDS = 30
HANG_S = 5
LONGEST_INPUT = 8192
SEED_PACKETS = 40
WAITS_S = (0.0, 0.001, 0.01, 0.04, 0.08, 0.3, 1.0, 40.0)
NEW_CONNECTION = 251
MQTT = "mqtt"
SETTLED_EVERY = 100
"""Inputs between two looks at all that was stored."""
_FAULT = "FAULT "


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each family")
    parser.add_argument("--families", nargs="+", choices=[*families(), MQTT], default=[*families(), MQTT])
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.corpus is not None:
        fuzz(arguments.families[0], arguments.seconds, arguments.corpus)
    print(f"{'family':<14}{'inputs':>10}{'a second':>10}{'faults':>8}")
    faults = sum(report(family, arguments.seconds) for family in arguments.families)
    return 1 if faults else 0


def report(family: str, seconds: int) -> int:
    """Fuzz one family in a process of its own and print its line; the number of distinct faults."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        beginnings = messages() if family == MQTT else seeds(overhear(family))
        for number, seed in enumerate(beginnings):
            (corpus / f"seed-{number}").write_bytes(seed)
        command = [sys.executable, "-m", "benchmarks.fuzz", "--families", family, "--seconds", str(seconds)]
        done = subprocess.run([*command, "--corpus", str(corpus)], capture_output=True, text=True, check=False)
    inputs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    tried = int(inputs[1]) if inputs else 0
    found = [line.removeprefix(_FAULT) for line in done.stdout.splitlines() if line.startswith(_FAULT)]
    if done.returncode:
        found.append(done.stderr[-2000:])
    print(f"{family:<14}{tried:>10}{tried / seconds:>10.0f}{len(found):>8}", *found, sep="\n    ", flush=True)
    return len(found)


def seeds(session: Session) -> list[bytes]:
    """The conversation in pieces, each after its beginning."""
    names = characteristics(session)
    packets = [bytes((names.index(one.characteristic), 3, len(one.data))) + one.data for one in session.fed]
    begin = b"".join(packets[:SEED_PACKETS])
    rest = range(SEED_PACKETS, len(packets), SEED_PACKETS)
    return [begin, *(begin + b"".join(packets[at : at + SEED_PACKETS]) for at in rest)]


def characteristics(session: Session) -> list[str]:
    return sorted({one.characteristic for one in session.fed})


def fuzz(family: str, seconds: int, corpus: Path) -> None:
    """Ends the process."""
    one_life = listening(corpus.with_name("consumers")) if family == MQTT else streaming(family)
    known: set[tuple[str, ...]] = set()

    def live(data: bytes) -> None:
        try:
            one_life(data)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            fault = (type(error).__name__, str(error), f"{Path(frame.filename).name}:{frame.lineno}")
            if (fault[0], fault[2]) not in known:
                known.add((fault[0], fault[2]))
                print(_FAULT + " ".join(fault), data.hex(), flush=True)

    options = [
        f"-max_total_time={seconds}",
        f"-timeout={HANG_S}",
        f"-max_len={LONGEST_INPUT}",
        f"-artifact_prefix={corpus.parent}/",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], live)
    atheris.Fuzz()


def streaming(family: str) -> Callable[[bytes], None]:
    session = overhear(family)
    names = characteristics(session)
    return lambda data: run(Life(session.driver), names, data)


def listening(folder: Path) -> Callable[[bytes], None]:
    """One life for all inputs, as long as a hub's."""
    folder.mkdir()
    logging.disable()
    consumers, topics, count = mqtt.Consumers(folder), [topic for topic, _ in mqtt.seeds()], 0

    def hear(data: bytes) -> None:
        nonlocal count
        at, count = 0, count + 1
        while at + 4 <= len(data):
            topic, retained, length = data[at], data[at + 1], int.from_bytes(data[at + 2 : at + 4])
            consumers.take(topics[topic % len(topics)], data[at + 4 : at + 4 + length], bool(retained & 1))
            at += 4 + length
        if count % SETTLED_EVERY == 0:
            consumers.reconnect()
            consumers.settle()

    return hear


def messages() -> list[bytes]:
    """One of each kind, and all together."""
    each = [
        bytes((number, 0)) + len(payload).to_bytes(2) + payload for number, (_, payload) in enumerate(mqtt.seeds())
    ]
    return [*each, b"".join(each)]


def run(life: Life, names: list[str], data: bytes) -> None:
    at = 0
    while at + 3 <= len(data):
        name, wait, length = data[at : at + 3]
        if wait >= NEW_CONNECTION:
            life.interrupt()
        life.feed(names[name % len(names)], data[at + 3 : at + 3 + length], WAITS_S[wait % len(WAITS_S)])
        at += 3 + length


if __name__ == "__main__":
    sys.exit(main())
