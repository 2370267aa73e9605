"""`sensor-hub watch` shows what passes at a real broker, in words or as it is."""

import json
import threading
from pathlib import Path

import pytest

from sensor_hub.app.watch import SPARSE, as_line, as_payload, watch
from sensor_hub.bus import BrokerAddress, Outbox, Publisher
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Message
from tests.conftest import wait_for

WORDS = {
    Kind.LIVE: "m/s, rep 3",
    Kind.PHASE: "set 1, rep 3: concentric",
    Kind.REP: "set 1, rep 3: 3.5 s down, 0.7 s hold, 1.2 s up, 43 cm",
    Kind.SET: "reps",
    Kind.SESSION: "4 sets, 40 reps",
    Kind.MOTION: "3 points",
    Kind.RAW: "3 samples, 0 lost before them",
    Kind.SENSOR: "streaming, battery 82 %, -61 dBm, 0.2 % lost",
    Kind.STATUS: "hub-1 online",
    Kind.STORED: "hub-1-recorder has 20260302T173000Z-press-1-5e1d.1.3",
    Kind.LIFTER: "k7m2p9xd, 80 kg, both",
    Kind.ASSIGN: "k7m2p9xd, 80 kg, both",
    Kind.ERASE: "k7m2p9xd",
    Kind.ERASED: "k7m2p9xd",
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_words(kind: Kind) -> None:
    line = as_line(examples()[kind])
    assert "press-1" in line
    assert f" {kind} " in line
    assert WORDS[kind] in line


def test_a_payload_is_the_message(embedded: BrokerAddress) -> None:
    rep = examples()[Kind.REP]
    assert json.loads(as_payload(rep))["id"] == rep.id


def test_only_what_was_asked_for_is_shown(embedded: BrokerAddress, tmp_path: Path) -> None:
    seen: list[Message] = []
    outbox = Outbox(tmp_path / "outbox.db")
    publisher = Publisher(embedded, outbox, "hub-1")
    publisher.start()
    wanted, other = examples()[Kind.SENSOR], examples()[Kind.RAW]
    elsewhere = wanted.model_copy(update={"machine": "press-2"})
    for message in (other, elsewhere, wanted):
        outbox.append(message)
    wait_for(lambda: publisher.pending() == 0, 30.0)
    stopped = threading.Event()
    watcher = threading.Thread(target=watch, args=(embedded, SPARSE, "press-1", seen.append, stopped))
    watcher.start()
    wait_for(lambda: len(seen) > 0, 30.0)
    stopped.set()
    watcher.join()
    publisher.stop()
    assert seen == [wanted]
