"""What the demo tells while it runs."""

from datetime import UTC, datetime, timedelta

from sensor_hub.app.demonstration.demo import Narrator
from sensor_hub.messages import LinkState, SensorMessage

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def sensor(state: LinkState, time: datetime) -> SensorMessage:
    return SensorMessage(
        id=f"{state}",
        seq=1,
        time=time,
        site="home",
        machine="sled-01",
        sensor="F0:F1:F2:F3:F4:01",
        name="sled-01",
        family="sled",
        state=state,
    )


def test_what_the_broker_kept_from_an_earlier_demo_is_not_told() -> None:
    said: list[str] = []
    narrator = Narrator(said.append, NOON)
    narrator.hear(sensor(LinkState.STREAMING, NOON - timedelta(hours=1)))
    narrator.hear(sensor(LinkState.SEARCHING, NOON + timedelta(seconds=1)))
    assert said == ["sled-01: searching"]
