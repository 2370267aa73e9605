"""Every setting, with its description, range and default."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from sensor_hub.coach.overload import OverloadRules
from sensor_hub.engine import First
from sensor_hub.messages import Name

EMBEDDED = "embedded"
SYSTEM = "system"
EVERYTHING = "everything"
SIZE = r"^[1-9]\d{0,5} (GB|MB)$"
CENTRE = re.compile(r"tls://([a-z0-9][a-z0-9_-]{0,62})@[^\s@/]+:\d{1,5}")
LIMIT = r"^(everything|[1-9]\d{0,4} days|[1-9]\d{0,5} (GB|MB))$"


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HubSettings(Section):
    """This computer and where it stands."""

    site: Name = Field("home", description="The room or gym; second level of every MQTT topic.")
    name: Name = Field("hub", description="This hub among the hubs of the site; shown in its status.")
    data_dir: Path | None = Field(
        None,
        description="Folder for the database, the outbox and the embedded broker. "
        "By default the platform's place for an application's data.",
    )


class BluetoothSettings(Section):
    """The radio, and what the sensors are asked for."""

    adapters: tuple[str, ...] = Field(
        (SYSTEM,),
        min_length=1,
        description='One or more of: "system" for the operating system\'s Bluetooth, "hci1" for one of its adapters, '
        'or an HCI transport such as "usb:0", "serial:/dev/ttyUSB0,1000000" or "tcp-client:127.0.0.1:9001" '
        '(these need the extra "sim"). A sensor goes to the one that hears it best and has room.',
    )
    sensors_per_adapter: int = Field(
        6,
        ge=1,
        le=20,
        description="How many sensors an adapter carries; some manage no more than three without losses.",
    )
    rate_hz: float | None = Field(
        None,
        ge=10,
        le=1000,
        description="Sample rate asked of every sensor; by default each sensor's own.",
        json_schema_extra={"unit": "Hz"},
    )


class MachineSettings(Section):
    """One machine and its sensor, instead of `sensor-hub pair`. While neither names one, every sensor becomes one."""

    name: Name = Field(description="The machine's name in topics and on screen.")
    sensor: str | None = Field(
        None,
        description="The sensor's Bluetooth address or name; by default the sensor that bears the machine's name.",
    )
    site: Name | None = Field(None, description="Only where it differs from the hub's site.")
    first: First = Field(
        First.AUTO,
        description='Which phase a rep starts with: "eccentric" on a sled, "concentric" on a weight stack. '
        '"auto" lets the slope of the rail or the first stroke tell; on a level rail nothing else can.',
    )
    incline_deg: float | None = Field(
        None,
        ge=0,
        le=90,
        description="The rail's angle against the ground; by default it is measured and remembered.",
        json_schema_extra={"unit": "deg"},
    )
    full_range_m: float | None = Field(
        None,
        ge=0.05,
        le=2,
        description="Travel of a full rep; by default it is measured and remembered.",
        json_schema_extra={"unit": "m"},
    )


class MqttSettings(Section):
    """The broker everything passes through."""

    url: str = Field(
        EMBEDDED,
        pattern=r"^(embedded|(mqtt|mqtts|ws|wss)://\S+)$",
        description='By default "embedded", the broker that comes with the hub; or the address of another one, such '
        'as "mqtt://user@host:1883" (also mqtts, ws, wss), or of any of a cluster, "mqtts://user@a:8883,b:8883".',
    )
    version: Literal["3.1.1", "5"] = Field(
        "3.1.1", description='Version of MQTT to speak, "3.1.1" or "5". The embedded broker speaks 3.1.1 only.'
    )
    password_file: Path | None = Field(None, description="File that holds the broker's password.")
    password: SecretStr | None = Field(None, description="The broker's password.")
    ca: Path | None = Field(
        None,
        description="Certificate (PEM) of the authority whose brokers are trusted; by default the system's. "
        "Needs mqtts or wss.",
    )
    certificate: Path | None = Field(
        None, description="This hub's certificate (PEM), for a broker that asks for one. Needs key."
    )
    key: Path | None = Field(None, description="The certificate's private key (PEM), without a password.")
    embedded_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port of the embedded broker, for other programs on this computer; 0 takes a free one.",
    )
    discovery: str = Field(
        "homeassistant",
        pattern=r"^[^+#\x00]*$",
        description='First level of the topics under which Home Assistant learns of machines; "" tells it nothing.',
    )

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.url == EMBEDDED and self.version != "3.1.1":
            raise ValueError(
                "the embedded broker speaks MQTT 3.1.1 only; take version away, or name a broker that speaks "
                f"{self.version} as url"
            )
        if self.url != EMBEDDED and self.embedded_port:
            raise ValueError("embedded_port is the embedded broker's; write the port of another one into url")
        if (self.ca or self.certificate or self.key) and not self.url.startswith(("mqtts://", "wss://")):
            raise ValueError(
                "ca, certificate and key are for encrypted connections; url must be mqtts:// or wss://"
            )
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together; give both")
        return self


class StoreSettings(Section):
    """The database of sessions, sets and reps."""

    url: str | None = Field(
        None,
        pattern=r"^\w+(\+\w+)?://",
        description='A database such as "postgresql://hub@127.0.0.1/hub" (needs the extra "postgres") or '
        '"sqlite:////srv/hub.db"; by default hub.db in the data folder.',
    )
    password_file: Path | None = Field(None, description="File that holds the database's password.")
    password: SecretStr | None = Field(None, description="The database's password.")
    keep_raw: str = Field(
        EVERYTHING,
        pattern=LIMIT,
        description='How much is kept of the raw samples: "everything", an age such as "90 days", or a size such as '
        '"20 GB". Without them a session still opens, but cannot be analysed anew.',
    )
    keep_motion: str = Field(
        EVERYTHING,
        pattern=LIMIT,
        description='How much is kept of the 10 Hz motion, likewise ("everything", "90 days", "20 GB").',
    )
    keep_reps: str = Field(
        EVERYTHING,
        pattern=LIMIT,
        description='How much is kept of sessions as a whole, with their sets and reps, likewise ("everything", '
        '"90 days", "20 GB").',
    )
    delete_unsent: bool = Field(
        False, description="Whether what InfluxDB has not taken yet may go when its time has come."
    )
    keep_free: str = Field(
        "500 MB",
        pattern=SIZE,
        description="Below so much free space raw samples are no longer kept, below half of it motion and phases "
        'neither ("500 MB", "2 GB"): what is left is for reps.',
    )
    warn_days: int = Field(
        30,
        ge=1,
        le=3650,
        description="A warning when the disk will be full sooner than this, at the present rate.",
        json_schema_extra={"unit": "days"},
    )


class ChainSettings(Section):
    """The centre of a chain of gyms. Off without urls: no hub needs one."""

    urls: tuple[str, ...] = Field(
        (),
        description="The centre's brokers, whichever answers. In a gym, whose embedded broker passes on what it has, "
        'their ports for gyms and a login that bears the name of the site: "tls://gym-a@a.chain.example:7422". For '
        '`sensor-hub chain work`: "tls://worker@a.chain.example:4222". Needs the extra "chain".',
    )
    password_file: Path | None = Field(None, description="File that holds the login's password.")
    password: SecretStr | None = Field(None, description="The login's password.")
    ca: Path | None = Field(
        None, description="Certificate (PEM) of the centre's authority; by default the system's are trusted."
    )
    room: str = Field(
        "12 GB",
        pattern=SIZE,
        description="So much of what the centre has not fetched is kept on a gym's disk. Then raw samples are given up "
        "for it, the oldest first, then motion and phases; the gym's own database has them all.",
    )

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        logins = {match[1] if (match := CENTRE.fullmatch(url)) else None for url in self.urls}
        if None in logins or len(logins) > 1:
            raise ValueError('urls must be like "tls://gym-a@a.chain.example:7422", with the same login in each')
        if self.urls and self.password is None:
            raise ValueError("urls need a password: name a file as password_file")
        return self


class ArchiveSettings(Section):
    """Raw samples as Parquet files, a day of a site at a time. Off without a url."""

    url: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9+.-]*://[^\s@]+$",
        description='Where to, for fsspec: "file:///srv/archive", or "s3://bucket/archive" with the package s3fs. '
        "Passwords and keys are taken from that package's own settings. Raw samples that the archive has not "
        "stay in the store.",
    )


class InfluxSettings(Section):
    """A time-series server that gets a copy of reps, sets and motion. Off without a url."""

    url: str | None = Field(
        None, pattern=r"^https?://\S+$", description='The server, such as "http://127.0.0.1:8086".'
    )
    org: str = Field("gym", description="Organisation, as the server names it.")
    bucket: str = Field("legpress", description="Bucket, as the server names it.")
    token_file: Path | None = Field(None, description="File that holds the access token.")
    token: SecretStr | None = Field(None, description="The access token.")
    ca_file: Path | None = Field(
        None, description="Certificate of the authority (PEM) to trust for https, where the usual ones do not do."
    )


class WebSettings(Section):
    """The pages and the HTTP API."""

    host: str = Field(
        "127.0.0.1",
        description='Address to listen on; "0.0.0.0" lets other computers in, and then everybody must log in.',
    )
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    login: bool = Field(
        False,
        description="Whether people at this computer must log in too. Set it where a proxy in front passes others on.",
    )
    certificate: Path | None = Field(
        None, description="File with the certificate and its chain (PEM), for https. Needs key."
    )
    key: Path | None = Field(None, description="File with the certificate's private key (PEM).")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together; give both")
        return self


class Settings(Section):
    """Everything a hub can be told."""

    hub: HubSettings = HubSettings()
    bluetooth: BluetoothSettings = BluetoothSettings()
    mqtt: MqttSettings = MqttSettings()
    store: StoreSettings = StoreSettings()
    chain: ChainSettings = ChainSettings()
    archive: ArchiveSettings = ArchiveSettings()
    influx: InfluxSettings = InfluxSettings()
    web: WebSettings = WebSettings()
    coach: OverloadRules = OverloadRules()
    machines: tuple[MachineSettings, ...] = ()

    @field_validator("machines")
    @classmethod
    def _distinct(cls, machines: tuple[MachineSettings, ...]) -> tuple[MachineSettings, ...]:
        for what in ("name", "sensor"):
            values = [value.lower() for machine in machines if (value := getattr(machine, what)) is not None]
            doubled = {value for value in values if values.count(value) > 1}
            if doubled:
                raise ValueError(f'two machines have the {what} "{doubled.pop()}"; each needs its own')
        return machines


SECTIONS: dict[str, type[BaseModel]] = {
    "hub": HubSettings,
    "bluetooth": BluetoothSettings,
    "mqtt": MqttSettings,
    "store": StoreSettings,
    "chain": ChainSettings,
    "archive": ArchiveSettings,
    "influx": InfluxSettings,
    "web": WebSettings,
    "coach": OverloadRules,
    "machines": MachineSettings,
}
"""The tables of the file, in its order; machines is a list of tables."""
