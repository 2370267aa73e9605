"""`sensor-hub live` at a real broker."""

from pathlib import Path

from click.testing import CliRunner, Result

from sensor_hub.bus import EmbeddedBroker, Outbox, Publisher
from sensor_hub.bus.examples import examples
from sensor_hub.cli import main
from sensor_hub.messages import Kind
from tests.conftest import wait_for


def live(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["live", "--data", str(folder), *arguments])


def test_it_draws_what_the_broker_of_the_data_folder_holds(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.append(examples()[Kind.SENSOR])
    with EmbeddedBroker(tmp_path) as address:
        publisher = Publisher(address, outbox, "hub-1")
        publisher.start()
        wait_for(lambda: publisher.pending() == 0, 30.0)
        publisher.stop()
        shown = live(tmp_path, "--for", "2")
    assert shown.exit_code == 0
    assert "press-1" in shown.output
    assert "streaming, battery 82 %" in shown.output


def test_without_a_hub_it_says_what_to_do(tmp_path: Path) -> None:
    refused = live(tmp_path)
    assert refused.exit_code == 6
    assert "sensor-hub run" in refused.stderr
