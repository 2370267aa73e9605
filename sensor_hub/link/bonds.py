"""Where the hub keeps the keys it shares with its sensors, for adapters that bumble drives.

One file, of bumble's own format: the hub's address, and its sensors' keys under it. All its adapters use that address,
at every start, for the sensors know the hub by that: so a sensor that moves to another adapter has its key there, and
an imitator finds none without. BlueZ keeps bonds of its own.
"""

import json
import logging
from pathlib import Path

from bumble import hci
from bumble.keys import JsonKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.smp import Session

_FILE = "keys.json"

_log = logging.getLogger(__name__)


def open_bonds(folder: Path) -> JsonKeyStore:
    """The hub's keys, made where there are none yet; nobody else may read the folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / _FILE
    if file.exists():
        try:
            (address,) = json.loads(file.read_text(encoding="utf-8"))
            return JsonKeyStore(str(hci.Address(address)), str(file))
        except (ValueError, TypeError) as error:
            file.replace(file.with_suffix(".broken"))
            _log.error("%s holds no bonds (%s) and was set aside; sensors bond anew.", file.name, error)
    address = str(hci.Address.generate_static_address())
    file.write_text(json.dumps({address: {}}), encoding="utf-8")
    return JsonKeyStore(address, str(file))


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
