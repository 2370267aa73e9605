"""A picture into a file: the ending says how."""

from importlib.util import find_spec
from pathlib import Path

from sensor_hub.app.picture.collect import Picture
from sensor_hub.errors import PictureError

IMAGES = (".png", ".svg", ".pdf")
PAGES = (".html", ".htm")


def check(path: Path) -> None:
    """Before the work: can such a file be drawn here? Raises PictureError."""
    ending = path.suffix.lower()
    if ending not in (*IMAGES, *PAGES):
        known = ", ".join((*IMAGES, ".html"))
        raise PictureError(f"Cannot draw {path.name}: name the picture with one of the endings {known}.")
    if ending in IMAGES and find_spec("matplotlib") is None:
        raise PictureError(
            f"Drawing {path.name} needs matplotlib: pip install 'sensor-hub[plot]', or write an .html instead."
        )
    if not path.absolute().parent.is_dir():
        raise PictureError(f"Cannot write {path}: there is no folder {path.parent}. Make it first.")


def draw(picture: Picture, path: Path) -> None:
    """Write the picture as its ending says. Raises PictureError."""
    check(path)
    try:
        if path.suffix.lower() in PAGES:
            from sensor_hub.app.picture.page import page

            path.write_text(page(picture), encoding="utf-8")
        else:
            from sensor_hub.app.picture.sheet import save

            save(picture, path)
    except OSError as error:
        raise PictureError(f"Cannot write {path}: {error.strerror}.") from error
