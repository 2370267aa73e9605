"""Whether anybody on this computer may read the secrets that the settings name."""

import stat
from collections.abc import Iterator
from pathlib import Path

from sensor_hub.config import Settings


def loose_secrets(settings: Settings) -> Iterator[str]:
    """A sentence for each file that everybody may read. web.key is not among them: with such a one the hub refuses."""
    mqtt, store, influx = settings.mqtt, settings.store, settings.influx
    for file in (mqtt.password_file, mqtt.key, store.password_file, influx.token_file):
        if file is not None and _everybody_may_read(file.expanduser()):
            yield f"Everybody on this computer may read the secret in {file}. Run: chmod o= {file}"


def _everybody_may_read(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
