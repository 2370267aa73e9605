"""`sensor-hub analyze`: what a recording holds."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from sensor_hub.app import analysis
from sensor_hub.app.recording import read_recording
from sensor_hub.app.telling.rep_words import figure, flags, set_line, tempo
from sensor_hub.cli.options import json_option, print_json
from sensor_hub.coach.summary import SetSummary, summarise
from sensor_hub.model import Rep


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.option("--stream", is_flag=True, help="Print one JSON object a line, as a live hub would tell each event.")
@click.option(
    "--motion",
    is_flag=True,
    help="With --stream: also position and velocity, 20 times a second, and the course of each rep.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw it as well: .html to zoom in, .png, .svg or .pdf to print.",
)
def analyze(file: Path, as_json: bool, stream: bool, motion: bool, plot: Path | None) -> None:
    """Count and measure the reps in a recording.

    FILE is CSV (also .gz) with the columns time_s,ax,ay,az[,gx,gy,gz]: seconds, m/s² with gravity, rad/s; or the
    same in Parquet. The numbers are those the live hub would have shown.

    Tempo reads eccentric-bottom-concentric-top in seconds. A value that cannot be known is shown as ?, one that is
    known only to a quarter of a second or worse has a ~ before it. The line of a set has its median tempo, the sum
    of its reps' time under tension, and by how much the last rep was slower than the fastest.
    """
    if stream and plot is not None:
        raise click.UsageError("--stream tells events as they come, --plot draws them all: use one of them.")
    if plot is not None:
        _picture().check(plot)
    recording = read_recording(file)
    if stream:
        for event in analysis.stream(recording, motion):
            print_json(event)
        return
    with click.progressbar(
        recording.blocks(),
        recording.block_count,
        "Analysing",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as blocks:
        events = list(analysis.events(blocks, motion=plot is not None))
    report = analysis.report(recording, events)
    if as_json:
        print_json(report)
    else:
        click.echo("\n".join(_report(report)))
    if plot is not None:
        _picture().draw(_picture().collect(recording, events), plot)


def _picture() -> Any:
    """Imported when a picture is asked for."""
    from sensor_hub.app import picture

    return picture


def _report(report: dict[str, Any]) -> Iterable[str]:
    recording, incline = report["recording"], report["machine"]["incline_deg"]
    lost = sum(gap["lost"] or 0 for gap in recording["gaps"])
    yield f"{recording['file']}: {recording['duration_s']:.0f} s at {recording['rate_hz']:.1f} Hz" + (
        f", {lost} samples missing in {len(recording['gaps'])} gaps" if lost else ""
    )
    yield (
        "The rail's incline is unknown: nothing moved along it." if incline is None else f"Incline {incline:.1f}°"
    )
    for one in report["sets"]:
        summary = summarise([Rep(**rep) for rep in one["reps"]])
        yield from ("", *rep_table(one["number"], one["reps"], summary))
    if not report["sets"]:
        yield "No rep in this recording."
    if report["rejected"]:
        count = len(report["rejected"])
        strokes = (
            "1 stroke looked like a rep and was" if count == 1 else f"{count} strokes looked like reps and were"
        )
        yield f"\n{strokes} not counted; --plot shows why."


def rep_table(set_number: int, reps: list[dict[str, Any]], summary: SetSummary) -> Iterable[str]:
    """One set as lines of text; reps carry the fields of sensor_hub.model.Rep."""
    yield f"Set {set_number}: {len(reps)} {'rep' if len(reps) == 1 else 'reps'}"
    yield "  rep  tempo (s)          range (m)  mean / peak velocity (m/s)"
    for rep in reps:
        velocities = f"{figure(rep['mean_velocity_mps'], 2)} / {figure(rep['peak_velocity_mps'], 2)}"
        marks = "".join(f"  {flag}" for flag in flags(rep))
        yield f"  {rep['number']:3d}  {tempo(rep):17s}  {figure(rep['rom_m'], 3):>9s}  {velocities}{marks}"
    yield f"  set  {set_line(summary)}"
