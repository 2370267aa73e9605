"""HTTP API, live feed and pages. Fed with messages and given a store; knows neither the bus nor the database."""

from sensor_hub.web.application import Desks, create_app
from sensor_hub.web.coaching import CoachingDesk
from sensor_hub.web.correcting import CorrectingDesk
from sensor_hub.web.feed import LiveFeed
from sensor_hub.web.health import Part
from sensor_hub.web.now import MachineNow
from sensor_hub.web.pairing import PairingDesk
from sensor_hub.web.people import Lifts, PeopleDesk
from sensor_hub.web.review import ReviewStore
from sensor_hub.web.server import Tls, serve

__all__ = [
    "CoachingDesk",
    "CorrectingDesk",
    "Desks",
    "Lifts",
    "LiveFeed",
    "MachineNow",
    "PairingDesk",
    "Part",
    "PeopleDesk",
    "ReviewStore",
    "Tls",
    "create_app",
    "serve",
]
