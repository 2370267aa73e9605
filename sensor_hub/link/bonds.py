"""Where the hub keeps the keys it shares with its sensors, for adapters that bumble drives.

One file an adapter, of bumble's own format: the address under which the hub bonded, and the peers' keys under it.
The hub takes that address again at the next start, for the sensors know it by that. BlueZ keeps bonds of its own.
"""

import json
import logging
import re
from pathlib import Path

from bumble import hci
from bumble.keys import JsonKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.smp import Session

_log = logging.getLogger(__name__)


def bonds_file(folder: Path, adapter: str) -> Path:
    """Nobody else may read the folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{re.sub('[^a-z0-9]+', '-', adapter.lower())}.json"


def own_address(file: Path | None) -> hci.Address:
    """The address the hub bonded under; a new one where it never has, or the file cannot be used."""
    if file is not None and file.exists():
        try:
            (address,) = json.loads(file.read_text(encoding="utf-8"))
            return hci.Address(address)
        except (ValueError, TypeError) as error:
            file.replace(file.with_suffix(".broken"))
            _log.error("%s holds no bonds (%s) and was set aside; sensors bond anew.", file.name, error)
    return hci.Address.generate_static_address()


def pairing() -> PairingConfig:
    """LE Secure Connections without comparing numbers. No identity keys: sensors keep their address, and bumble would
    look for a private one at each connection."""
    keys = PairingDelegate.KeyDistribution.DISTRIBUTE_ENCRYPTION_KEY
    delegate = PairingDelegate(local_initiator_key_distribution=keys, local_responder_key_distribution=keys)
    return PairingConfig(sc=True, mitm=False, bonding=True, delegate=delegate)


class Bonding(Session):  # type: ignore[misc]
    """bumble's pairing, but of a peer that will not keep the key, the hub keeps none either."""

    async def on_pairing(self) -> None:
        await super().on_pairing()
        if not self.bonding:
            await self.manager.device.keystore.delete(str(self.connection.peer_address))


def key_store(file: Path, address: hci.Address) -> JsonKeyStore:
    return JsonKeyStore(str(address), str(file))
