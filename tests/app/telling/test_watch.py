"""`sensor-hub watch` shows what passes at a real broker, in words or as it is."""

import json
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from click import Context

from sensor_hub.app.telling.watch import SPARSE, as_line, as_payload, watch
from sensor_hub.bus import BrokerAddress, Outbox, Publisher
from sensor_hub.bus.examples import examples
from sensor_hub.cli import main
from sensor_hub.messages import Kind, Message
from tests.conftest import wait_for

WORDS = {
    Kind.LIVE: "m/s, rep 3",
    Kind.PHASE: "set 1, rep 3: concentric",
    Kind.REP: "set 1, rep 3: 3.5 s down, 0.7 s hold, 1.2 s up, 43 cm",
    Kind.REJECTED: "not counted, 1.2 s: too short: 8.6 cm, counted from 10.7 cm",
    Kind.SET: "reps",
    Kind.SESSION: "4 sets, 40 reps",
    Kind.MOTION: "3 points",
    Kind.RAW: "3 samples, 0 lost before them",
    Kind.SENSOR: "streaming, battery 82 %, -61 dBm, 0.2 % lost",
    Kind.STATUS: "hub-1 online",
    Kind.STORED: "hub-1-recorder has 20260302T173000Z-press-1-5e1d07c2.1.3",
    Kind.LIFTER: "k7m2p9xd, 80 kg, both",
    Kind.ASSIGN: "k7m2p9xd, 80 kg, both",
    Kind.ERASE: "k7m2p9xd",
    Kind.ERASED: "k7m2p9xd",
    Kind.HUB: "machines",
    Kind.FORGET: "k7m2p9xd",
    Kind.FORGOTTEN: "k7m2p9xd",
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_words(kind: Kind) -> None:
    message = examples()[kind]
    line = as_line(message)
    assert f"gym/{message.machine}" in line
    assert f" {kind} " in line
    assert WORDS[kind] in line


def test_a_strangers_words_command_no_terminal() -> None:
    sensor = examples()[Kind.SENSOR].model_copy(update={"note": "\x1b[2J\u202egym\nfake line"})
    line = as_line(sensor)
    assert line.isprintable()
    assert "gym" in line


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


def test_what_is_no_message_is_told_with_its_reason(embedded: BrokerAddress) -> None:
    told: list[str] = []
    stopped = threading.Event()
    asked = {"site": "gym", "refuse": told.append}
    watcher = threading.Thread(target=watch, args=(embedded, SPARSE, None, print, stopped), kwargs=asked)
    watcher.start()
    speaker = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    speaker.username_pw_set(embedded.user, embedded.password)
    speaker.connect(embedded.host, embedded.port)
    speaker.loop_start()
    for site in ("other", "gym"):
        speaker.publish(f"legpress/{site}/press-1/status", b"\x1b[2J", qos=1, retain=True).wait_for_publish(5)
    wait_for(lambda: bool(told), 30.0)
    stopped.set()
    watcher.join()
    speaker.disconnect()
    speaker.loop_stop()
    assert [reason.split(":")[0] for reason in told] == ["legpress/gym/press-1/status"]


@pytest.mark.parametrize("kind", Kind)
def test_the_command_takes_each_kind_by_its_name(kind: Kind) -> None:
    command = main.get_command(Context(main), "watch")
    assert command is not None
    assert command.make_context("watch", ["--kind", str(kind), "--site", "gym"]).params["kinds"] == (str(kind),)
