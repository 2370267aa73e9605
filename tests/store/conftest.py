"""A store in either database, and the messages of a small evening in the gym."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensor_hub.messages import (
    LinkState,
    Message,
    MotionMessage,
    PhaseMessage,
    Progress,
    RawMessage,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    SettledTrace,
    StatusMessage,
)
from sensor_hub.model import Phase, Refusal, Samples
from sensor_hub.store import Store, encode_samples
from tests.store.peers import TAKES, Judge, Peer

EVENING = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


@dataclass
class Lifter:
    """Makes the messages of one session, numbered as an outbox would."""

    session: str = "evening"
    machine: str = "press-1"
    site: str = "gym"
    began: datetime = EVENING
    seq: int = 0

    def heading(self, id_: str, after_s: float) -> dict[str, Any]:
        self.seq += 1
        time = self.began + timedelta(seconds=after_s)
        return {"id": id_, "seq": self.seq, "time": time, "site": self.site, "machine": self.machine}

    def session_(self, ended_after_s: float | None = None, **more: Any) -> SessionMessage:
        ended = None if ended_after_s is None else self.began + timedelta(seconds=ended_after_s)
        progress = Progress.STARTED if ended is None else Progress.ENDED
        heading = self.heading(f"{self.session}.{progress}", ended_after_s or 0.0)
        return SessionMessage(
            **heading,
            session=self.session,
            progress=progress,
            started=self.began,
            ended=ended,
            sensor="AA",
            **more,
        )

    def set_(self, number: int, pauses: list[float | None] | None = None, rep_count: int = 0) -> SetMessage:
        ended = pauses is not None
        start_s = 100.0 * number
        return SetMessage(
            **self.heading(f"{self.session}.{number}.{ended}", start_s + 30.0 * ended),
            session=self.session,
            number=number,
            progress=Progress.ENDED if ended else Progress.STARTED,
            start_s=start_s,
            end_s=start_s + 30.0 if ended else None,
            started=self.began + timedelta(seconds=start_s),
            ended=self.began + timedelta(seconds=start_s + 30.0) if ended else None,
            rep_count=rep_count,
            incline_deg=45.0 if ended else None,
            top_pauses_s=pauses or [],
        )

    def rep(self, set_number: int, number: int, **changes: Any) -> RepMessage:
        turn_s = 100.0 * set_number + 5.0 * number
        values: dict[str, Any] = {
            "start_s": turn_s - 3.0,
            "bottom_s": turn_s - 0.5,
            "turn_s": turn_s,
            "end_s": turn_s + 1.0,
            "eccentric_s": 2.5,
            "bottom_pause_s": 0.5,
            "concentric_s": 1.0,
            "top_pause_s": None,
            "rom_m": 0.42,
            "mean_velocity_mps": 0.42,
            "peak_velocity_mps": 0.7,
            "mean_eccentric_velocity_mps": 0.17,
            "peak_eccentric_velocity_mps": 0.25,
            "turn_acceleration_mps2": None,
            "bounced": number == 2,
            "hard_lockout": False,
            "partial": None,
            "uncertainty": {"eccentric_s": 0.01, "rom_m": None},
            "trace": SettledTrace(
                offset_s=[0.0, 2.0, 4.0], position_m=[0.0, -0.42, 0.001], velocity_mps=[-0.02, 0.0, 0.02]
            ),
        }
        heading = self.heading(f"{self.session}.{set_number}.{number}", turn_s + 1.0)
        return RepMessage(
            **heading, session=self.session, set_number=set_number, number=number, **(values | changes)
        )

    def rejected(self, start_s: float, reason: Refusal = Refusal.SHORT, **changes: Any) -> RejectedMessage:
        """A stroke of 2 s that was too short."""
        values: dict[str, Any] = {
            "session": self.session,
            "start_s": start_s,
            "end_s": start_s + 2.0,
            "at_s": start_s + 2.1,
            "reason": reason,
            "gates": {"depth_m": 0.09, "least_range_m": 0.105, "along_share": None},
        }
        heading = self.heading(f"{self.session}.rejected.{start_s}", start_s + 2.0)
        return RejectedMessage(**heading, **(values | changes))

    def phase(self, set_number: int, rep_number: int, phase: Phase, start_s: float) -> PhaseMessage:
        return PhaseMessage(
            **self.heading(f"{self.session}.{set_number}.{rep_number}.{phase}", start_s),
            session=self.session,
            set_number=set_number,
            rep_number=rep_number,
            phase=phase,
            start_s=start_s,
            at_s=start_s + 0.1,
        )

    def motion(self, set_number: int, start_s: float, points: int = 10) -> MotionMessage:
        offset = [index / 10 for index in range(points)]
        return MotionMessage(
            **self.heading(f"{self.session}.motion.{start_s}", start_s),
            session=self.session,
            set_number=set_number,
            start_s=start_s,
            offset_s=offset,
            position_m=[0.1 * value for value in offset],
            velocity_mps=[0.0, *[0.1] * (points - 1)],
            phase=[Phase.CONCENTRIC] * points,
        )

    def raw(self, start_s: float, samples: Samples, **changes: Any) -> RawMessage:
        values: dict[str, Any] = {
            "session": self.session,
            "sensor": "AA",
            "start_s": float(samples.time_s[0]),
            "end_s": float(samples.time_s[-1]),
            "count": len(samples),
            "data": encode_samples(samples),
        }
        return RawMessage(**self.heading(f"{self.session}.raw.{start_s}", start_s), **(values | changes))

    def sensor(self, after_s: float, **changes: Any) -> SensorMessage:
        values: dict[str, Any] = {
            "sensor": "AA",
            "name": "sled-01",
            "family": "sled",
            "state": LinkState.STREAMING,
            "battery_percent": 80,
            "rssi_dbm": -60,
            "rate_hz": 104.0,
            "loss_ratio": 0.0,
        }
        return SensorMessage(**self.heading(f"{self.machine}.sensor.{after_s}", after_s), **(values | changes))

    def status(self, after_s: float, online: bool) -> StatusMessage:
        return StatusMessage(
            **self.heading(f"{self.machine}.status", after_s), hub="hub-1", online=online, version="0.1.0"
        )

    def whole_session(self, sets: int = 2, reps: int = 3) -> list[Message]:
        """Started, sets with reps, phases, motion and a stroke that was not counted, ended: as a hub sends it."""
        sent: list[Message] = [self.status(0.0, True), self.sensor(1.0), self.session_()]
        for number in range(1, sets + 1):
            sent.append(self.set_(number))
            for rep in range(1, reps + 1):
                sent.append(self.phase(number, rep, Phase.ECCENTRIC, 100.0 * number + 5.0 * rep - 3.0))
                sent.append(self.phase(number, rep, Phase.CONCENTRIC, 100.0 * number + 5.0 * rep))
                sent.append(self.motion(number, 100.0 * number + 5.0 * rep))
                sent.append(self.rep(number, rep))
            sent.append(self.rejected(100.0 * number + 26.0))
            sent.append(self.set_(number, [0.5 + rep for rep in range(reps - 1)] + [None], rep_count=reps))
        return [*sent, self.session_(1000.0, set_count=sets, rep_count=sets * reps, load_kg=80.0)]


@pytest.fixture
def lifter() -> Lifter:
    return Lifter()


@pytest.fixture
def peer_that() -> Iterator[Callable[..., Peer]]:
    """Starts a time-series server that answers as a judge says; by default it takes everything."""
    made: list[Peer] = []

    def make(judge: Judge = lambda number, lines: TAKES, tls: ssl.SSLContext | None = None) -> Peer:
        made.append(Peer(judge, tls))
        return made[-1]

    yield make
    for peer in made:
        peer.close()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store.open(store_url)
    yield opened
    opened.close()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """For what is true of SQLite's file alone, or of any database alike."""
    opened = Store.open(tmp_path / "hub.db")
    yield opened
    opened.close()


def counts_block(count: int = 100, start_s: float = 0.0, seed: int = 1, rate_hz: float = 100.0) -> Samples:
    """Samples of a 16-bit converter at ±8 g, a sensor at rest with its noise."""
    resolution = 8 * 9.80665 / 32768
    counts = np.random.default_rng(seed).normal([2000, 0, 3500], 8, (count, 3)).round()
    time_s = np.round(start_s + np.arange(count) / rate_hz, 6)
    return Samples(time_s, counts * resolution, None, resolution)
