"""The pure core: samples in, events out. No clock, no files, no sockets."""

from sensor_hub.engine.params import First, Params
from sensor_hub.engine.pipeline import Engine
from sensor_hub.engine.profile import Profile, ProfileLearned, RailContradicts

__all__ = ["Engine", "First", "Params", "Profile", "ProfileLearned", "RailContradicts"]
