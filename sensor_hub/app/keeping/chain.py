"""The centre of a chain, as the settings name it."""

from sensor_hub.bus import Centre
from sensor_hub.config import EMBEDDED, Settings
from sensor_hub.errors import ConfigError
from sensor_hub.store import Limit


def gym_centre(settings: Settings) -> Centre | None:
    """The centre whose gym this hub's embedded broker serves; None without one. Raises ConfigError."""
    if not settings.chain.urls:
        return None
    if settings.mqtt.url != EMBEDDED:
        raise ConfigError(
            "Only the embedded broker passes on to chain.urls. Take mqtt.url out of the settings, or chain.urls and "
            "let your own broker pass on."
        )
    centre, sites = _centre(settings), {machine.site for machine in settings.machines} - {None}
    if centre.user != settings.hub.site or sites - {settings.hub.site}:
        raise ConfigError(
            f'chain.urls log in as "{centre.user}", so the site of this hub and of its machines must be '
            f'"{centre.user}": the centre takes nothing else from that login. Set hub.site, or the login.'
        )
    return centre


def worker_centre(settings: Settings) -> Centre:
    """The centre from whose stream is recorded. Raises ConfigError."""
    if not settings.chain.urls:
        raise ConfigError('No centre is named. Write [chain] urls = ["tls://worker@..."] into the settings.')
    return _centre(settings)


def _centre(settings: Settings) -> Centre:
    chain = settings.chain
    password = "" if chain.password is None else chain.password.get_secret_value()
    room_bytes = Limit.parse(chain.room).size_bytes
    assert room_bytes is not None
    return Centre(chain.urls, password, chain.ca and chain.ca.expanduser(), room_bytes)
