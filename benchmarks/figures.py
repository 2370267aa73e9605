"""The figures of docs/signal.md, drawn from renderings of config/scenarios with fixed seeds, and that of docs/scale.md.

    python benchmarks/figures.py [--folder docs/figures] [--seeds 3] [--families controlled slam]

Seeds and families are those of the figure that counts errors; the others show one rendering each. The same engine
draws the same files, to the byte.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from drawings import LOOK, errors, growth, rep, rest, settled, turns
from matplotlib import rc_context
from matplotlib.figure import Figure

FOLDER = Path(__file__).parents[1] / "docs" / "figures"
FAMILIES = (
    *("controlled", "explosive", "bounce", "slam", "partials", "touchandgo"),
    *("failure", "pause_bottom", "rest_pause", "fast_controlled", "cheap", "noisy"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--seeds", type=int, default=3, help="renderings of each family")
    parser.add_argument("--families", nargs="+", metavar="FAMILY", default=FAMILIES)
    args = parser.parse_args()
    figures: dict[str, Callable[[], Figure]] = {
        "rep": rep.draw,
        "rest": rest.draw,
        "settled": settled.draw,
        "turns": turns.draw,
        "growth": growth.draw,
        "errors": lambda: errors.draw(args.families, args.seeds),
    }
    args.folder.mkdir(parents=True, exist_ok=True)
    with rc_context(LOOK):
        for name, draw in figures.items():
            path = args.folder / f"{name}.svg"
            draw().savefig(path, metadata={"Date": None, "Creator": None})
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
