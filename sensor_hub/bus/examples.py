"""One message of every kind, from one set on one machine: for docs/mqtt.md, and to try a consumer with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sensor_hub.messages import (
    WHOLE_GYM,
    AssignMessage,
    ErasedMessage,
    ErasedSet,
    EraseMessage,
    ForgetMessage,
    ForgottenMessage,
    Gone,
    HubMachine,
    HubMessage,
    HubPart,
    Kind,
    LifterMessage,
    LinkState,
    Live,
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
    Side,
    StatusMessage,
    StoredMessage,
)
from sensor_hub.model import Phase, Refusal
from sensor_hub.prescription import Prescription

_BEGAN = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
_SESSION = "20260302T173000Z-press-1-5e1d07c2"
_SENSOR = "F0:F1:F2:F3:F4:01"
_ATHLETE = "k7m2p9xd"
_ASKED = Prescription(sets=3, reps=10, tempo="4-1-2-0", load_kg=80.0, rest_s=90.0)
_REP_ID = f"{_SESSION}.1.3"


def examples() -> dict[Kind, Message]:
    """Valid messages, made up but consistent; the samples in `raw` are three at rest."""
    return {
        Kind.LIVE: _live(),
        Kind.PHASE: _phase(),
        Kind.REP: _rep(),
        Kind.REJECTED: _rejected(),
        Kind.SET: _set(),
        Kind.SESSION: _session(),
        Kind.MOTION: _motion(),
        Kind.RAW: _raw(),
        Kind.SENSOR: _sensor(),
        Kind.STATUS: _status(),
        Kind.HUB: _hub(),
        Kind.STORED: _stored(),
        Kind.LIFTER: LifterMessage(
            **_heading("press-1.lifter.42000", 421, 42.0),
            athlete=_ATHLETE,
            load_kg=80.0,
            side=Side.BOTH,
            asked=_ASKED,
        ),
        Kind.ASSIGN: AssignMessage(
            **_heading("press-1.assign.1", 0, 41.0), athlete=_ATHLETE, load_kg=80.0, side=Side.BOTH, asked=_ASKED
        ),
        Kind.ERASE: EraseMessage(
            **_heading("press-1.erase.k7m2p9xd", 0, 950.0), athlete=_ATHLETE, sets=[_erased()]
        ),
        Kind.ERASED: ErasedMessage(
            **_heading("press-1.erased.k7m2p9xd", 432, 951.0), athlete=_ATHLETE, messages=17
        ),
        Kind.FORGET: ForgetMessage(
            **_to_gym("forget.960"), athletes=[Gone(athlete=_ATHLETE, asked=_BEGAN)], sets=[_erased()], answer=True
        ),
        Kind.FORGOTTEN: ForgottenMessage(
            **_to_gym("forgotten.k7m2p9xd.961"), athlete=_ATHLETE, asked=_BEGAN, outstanding=["time-series server"]
        ),
    }


def _to_gym(id_: str) -> dict[str, Any]:
    return _heading(id_, 0, 960.0) | {"machine": WHOLE_GYM}


def _heading(id_: str, seq: int, after_s: float) -> dict[str, Any]:
    time = _BEGAN + timedelta(seconds=after_s)
    return {"id": id_, "seq": seq, "time": time, "site": "gym", "machine": "press-1"}


def _live() -> Live:
    return Live(
        **_heading(f"{_SESSION}.live.412", 412, 41.2),
        at_s=41.2,
        calibrated=True,
        position_m=0.214,
        velocity_mps=-0.118,
        phase=Phase.ECCENTRIC,
        phase_elapsed_s=1.84,
        set_number=1,
        rep_count=3,
        eccentric_s=1.84,
        range_low_m=0.002,
        range_high_m=0.431,
        full_range_m=0.437,
    )


def _phase() -> PhaseMessage:
    return PhaseMessage(
        **_heading(f"{_SESSION}.1.3.concentric.37210", 57, 37.3),
        session=_SESSION,
        set_number=1,
        rep_number=3,
        phase=Phase.CONCENTRIC,
        start_s=37.21,
        at_s=37.3,
    )


def _rep() -> RepMessage:
    return RepMessage(
        **_heading(_REP_ID, 58, 38.41),
        session=_SESSION,
        set_number=1,
        number=3,
        start_s=33.02,
        bottom_s=36.55,
        turn_s=37.21,
        end_s=38.41,
        eccentric_s=3.53,
        bottom_pause_s=0.66,
        concentric_s=1.2,
        top_pause_s=None,
        rom_m=0.428,
        mean_velocity_mps=0.357,
        peak_velocity_mps=0.604,
        mean_eccentric_velocity_mps=0.121,
        peak_eccentric_velocity_mps=0.187,
        turn_acceleration_mps2=1.9,
        bounced=False,
        hard_lockout=False,
        partial=False,
        time_under_tension_s=5.39,
        mean_propulsive_velocity_mps=0.357,
        propulsive_share=1.0,
        mean_power_w_per_kg=2.48,
        peak_power_w_per_kg=4.6,
        sticking_point_share=None,
        sticking_velocity_share=None,
        eccentric_control=0.91,
        uncertainty={"eccentric_s": 0.012, "concentric_s": 0.006, "rom_m": 0.003, "top_pause_s": None},
        trace=_trace(),
    )


def _rejected() -> RejectedMessage:
    return RejectedMessage(
        **_heading(f"{_SESSION}.rejected.39400", 61, 40.6),
        session=_SESSION,
        start_s=39.4,
        end_s=40.6,
        at_s=40.72,
        reason=Refusal.SHORT,
        gates={
            "depth_m": 0.088,
            "returned_share": 0.97,
            "least_range_m": 0.107,
            "along_share": 0.99,
            "rom_m": 0.086,
            "mean_velocity_mps": 0.172,
            "mean_eccentric_velocity_mps": 0.123,
            "eccentric_s": 0.7,
            "concentric_s": 0.5,
        },
    )


def _trace() -> SettledTrace:
    """Every fifth point of what a hub would send."""
    return SettledTrace(
        offset_s=[round(0.245 * i, 3) for i in range(23)],
        position_m=[
            *(0.0, -0.007, -0.025, -0.053, -0.089, -0.128, -0.169, -0.212, -0.257, -0.302, -0.343, -0.377),
            *(-0.404, -0.421, -0.428, -0.428, -0.428, -0.428, -0.411, -0.315, -0.173, -0.052, 0.0),
        ],
        velocity_mps=[
            *(-0.02, -0.052, -0.095, -0.131, -0.153, -0.164, -0.171, -0.178, -0.187, -0.18, -0.154, -0.125),
            *(-0.09, -0.049, -0.021, 0.0, 0.0, 0.008, 0.19, 0.541, 0.59, 0.361, 0.02),
        ],
    )


def _set() -> SetMessage:
    return SetMessage(
        **_heading(f"{_SESSION}.1.ended", 96, 64.9),
        session=_SESSION,
        number=1,
        progress=Progress.ENDED,
        start_s=22.4,
        end_s=54.9,
        started=_BEGAN + timedelta(seconds=22.4),
        ended=_BEGAN + timedelta(seconds=54.9),
        rep_count=3,
        incline_deg=44.8,
        top_pauses_s=[0.8, 0.75, None],
        athlete=_ATHLETE,
        load_kg=80.0,
        side=Side.BOTH,
        asked=_ASKED,
    )


def _erased() -> ErasedSet:
    times = {"started": _BEGAN + timedelta(seconds=22.4), "ended": _BEGAN + timedelta(seconds=54.9)}
    return ErasedSet(session=_SESSION, number=1, **times)


def _session() -> SessionMessage:
    return SessionMessage(
        **_heading(f"{_SESSION}.ended", 431, 900.0),
        session=_SESSION,
        progress=Progress.ENDED,
        started=_BEGAN,
        ended=_BEGAN + timedelta(seconds=900),
        sensor=_SENSOR,
        load_kg=80.0,
        set_count=4,
        rep_count=40,
    )


def _motion() -> MotionMessage:
    return MotionMessage(
        **_heading(f"{_SESSION}.1.motion.33020", 55, 33.02),
        session=_SESSION,
        set_number=1,
        start_s=33.02,
        offset_s=[0.0, 0.1, 0.2],
        position_m=[0.43, 0.427, 0.418],
        velocity_mps=[0.0, -0.06, -0.112],
        phase=[Phase.TOP, Phase.ECCENTRIC, Phase.ECCENTRIC],
    )


def _raw() -> RawMessage:
    return RawMessage(
        **_heading(f"{_SESSION}.raw.1000", 7, 1.0),
        session=_SESSION,
        sensor=_SENSOR,
        start_s=1.0,
        end_s=1.02,
        count=3,
        lost=0,
        data="eAErzi0wZGFmYGBwcOIHkgwMrIsnWTHOTbZnEBBgUFcHCzEsYGMWY2CQYGYDcqfwgdgA5z8G1w==",
    )


def _sensor() -> SensorMessage:
    return SensorMessage(
        **_heading("press-1.sensor.42000", 420, 42.0),
        sensor=_SENSOR,
        name="sled-01",
        family="sled",
        firmware="1.0.0",
        state=LinkState.STREAMING,
        battery_percent=82,
        battery_h=96.5,
        clock_error_ppm=-12.4,
        rssi_dbm=-61,
        rate_hz=104.1,
        loss_ratio=0.002,
        packet_interval_s=0.0384,
        dropped_notifications=0,
        adapter="system",
    )


def _status() -> StatusMessage:
    return StatusMessage(**_heading("press-1.status/online", 0, 0.0), hub="hub-1", online=True, version="0.1.0")


def _hub() -> HubMessage:
    sensor = HubMachine(
        site="gym",
        machine="press-1",
        sensor=_SENSOR,
        name="sled-01",
        family="sled",
        firmware="1.0.0",
        state=LinkState.STREAMING,
        heard=_BEGAN + timedelta(seconds=42),
        battery_percent=82,
        battery_h=96.5,
        rssi_dbm=-61,
        clock_error_ppm=-12.4,
        samples=1_498_233,
        lost=2997,
        loss_ratio=0.002,
    )
    return HubMessage(
        **_heading("hub-1.hub.1772472642", 0, 42.0) | {"machine": "hub-1"},
        version="0.1.0",
        python="3.13.1",
        system="Debian GNU/Linux 13 (trixie), Linux 6.12 aarch64",
        board="Raspberry Pi 5 Model B Rev 1.0",
        started=_BEGAN - timedelta(hours=4),
        clock_synchronised=True,
        disk_bytes=125_000_000_000,
        disk_free_bytes=98_000_000_000,
        disk_days=870,
        parts=[HubPart(part="bluetooth", grade="good", since=_BEGAN - timedelta(hours=4))],
        settings={"store.keep_raw": "90 days", "bluetooth.rate_hz": None, "chain": True},
        machines=[sensor],
    )


def _stored() -> StoredMessage:
    heading = _heading("hub-1-recorder.stored.58", 0, 38.5)
    return StoredMessage(**heading, recorder="hub-1-recorder", ids=[_REP_ID])
