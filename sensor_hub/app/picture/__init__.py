"""`analyze --plot`: the picture with which one argues about a set. Collected once, drawn as an image or as a page."""

from sensor_hub.app.picture.collect import Picture, collect
from sensor_hub.app.picture.draw import check, draw

__all__ = ["Picture", "check", "collect", "draw"]
