"""What a device has said of itself over all its advertising and scan response packets, as BlueZ gathers it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bleak.uuids import normalize_uuid_str
from bumble.core import UUID, AdvertisingData

_UUID_LISTS = {
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
}
_SHORT_NAME = {AdvertisingData.SHORTENED_LOCAL_NAME}
_SERVICE_DATA = {
    AdvertisingData.SERVICE_DATA_16_BIT_UUID: 2,
    AdvertisingData.SERVICE_DATA_128_BIT_UUID: 16,
}


@dataclass(slots=True)
class Announcement:
    name: str | None = None
    service_uuids: list[str] = field(default_factory=list)
    service_data: dict[str, bytes] = field(default_factory=dict)
    manufacturer_data: dict[int, bytes] = field(default_factory=dict)
    tx_power_dbm: int | None = None

    def merge(self, structures: Iterable[tuple[int, bytes]]) -> None:
        """Take in the structures of one packet; malformed ones are left out."""
        for kind, value in structures:
            if kind == AdvertisingData.COMPLETE_LOCAL_NAME or (kind in _SHORT_NAME and self.name is None):
                self.name = value.decode("utf-8", "replace")
            elif kind == AdvertisingData.TX_POWER_LEVEL and value:
                self.tx_power_dbm = int.from_bytes(value[:1], "little", signed=True)
            elif kind == AdvertisingData.MANUFACTURER_SPECIFIC_DATA and len(value) >= 2:
                self.manufacturer_data[int.from_bytes(value[:2], "little")] = bytes(value[2:])
            elif kind in _SERVICE_DATA and len(value) >= _SERVICE_DATA[kind]:
                width = _SERVICE_DATA[kind]
                self.service_data[_uuid_from(value[:width])] = bytes(value[width:])
            elif kind in _UUID_LISTS:
                self._add_uuids(value, _UUID_LISTS[kind])

    def _add_uuids(self, value: bytes, width: int) -> None:
        for start in range(0, len(value) - width + 1, width):
            uuid = _uuid_from(value[start : start + width])
            if uuid not in self.service_uuids:
                self.service_uuids.append(uuid)


def uuid_text(uuid: Any) -> str:
    """A bumble UUID as bleak writes it."""
    return normalize_uuid_str(uuid.to_hex_str("-"))


def _uuid_from(little_endian: bytes) -> str:
    return uuid_text(UUID.from_bytes(little_endian))
