"""`sensor-hub pair`: a clipped sensor becomes a trusted one, asked step by step or all by options."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.floor.blink import BLINK_S, blink
from sensor_hub.app.floor.enrolment import EnrolmentFile
from sensor_hub.app.floor.hub import BONDS
from sensor_hub.app.floor.pairing import Pairing, Plan
from sensor_hub.app.floor.places import Places
from sensor_hub.app.floor.succession import JOURNALS
from sensor_hub.app.measuring.naming import machine_name
from sensor_hub.app.measuring.place import Place
from sensor_hub.bus import is_claimed
from sensor_hub.cli.logs import log_to_stderr
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.cli.running import until_stopped
from sensor_hub.cli.scan import SILENCE, pick, table
from sensor_hub.config import Settings, data_dir
from sensor_hub.errors import LinkError
from sensor_hub.link import Found, open_radio
from sensor_hub.link import scan as listen
from sensor_hub.messages import LinkState
from sensor_hub.pairing import KINDS, REPS, Finding, Grade, MachineKind, Step, worst

HELD = "A hub runs with this data and holds its sensors: pair on its page (Pair a sensor), or stop it first."
POLL_S = 0.1
SCAN_S = 4.0
MARKS = {Grade.GOOD: "ok", Grade.POOR: "hm", Grade.BAD: "NO", Grade.UNKNOWN: "?"}
PROMPTS = {
    Step.CONNECT: "Connecting ...",
    Step.REST: "Let the sled rest.",
    Step.PRESS: f"Press {REPS} slow, full reps. Then put the sled back on its stops.",
}


@click.command()
@settings_options
@click.option("--adapter", "adapters", multiple=True, help="Bluetooth adapter instead of the settings'.")
@click.option("--sensor", help="Its address or name; by default you choose from those nearby.")
@click.option("--machine", help="The machine's name; by default you are asked.")
@click.option("--kind", type=click.Choice([kind.value for kind in MachineKind]), help="What the machine is.")
@click.option("--site", help="The machine's room or gym, where it is not the hub's.")
@click.option("--replace", "replacing", is_flag=True, help="Another sensor on this machine leaves it.")
@click.option("--identify/--no-identify", default=None, help="Let the sensor blink before it is measured.")
@click.option("--yes", is_flag=True, help="Store without asking, unless something is wrong.")
@click.option(
    "--patience",
    type=click.FloatRange(10, 3600),
    default=180.0,
    show_default=True,
    help="Seconds to wait for reps.",
)
@json_option
def pair(
    config_file: Path | None,
    data_folder: Path | None,
    adapters: Sequence[str],
    sensor: str | None,
    machine: str | None,
    kind: str | None,
    site: str | None,
    replacing: bool,
    identify: bool | None,
    yes: bool,
    patience: float,
    as_json: bool,
) -> None:
    """Put a sensor on a machine: pick it, let it blink, name the machine, let the sled rest, press three slow reps.

    \b
    sensor-hub pair
    sensor-hub pair --sensor sled-01 --machine press-1 --kind leg-press-45 --yes

    Signal, losses, rate, noise, clip, rail and range are measured and judged. Nothing is stored before you say so, and
    `sensor-hub undo` takes it back. While a hub runs, pair on its page instead: it holds the sensors.
    """
    log_to_stderr(verbose=False)
    settings, asked = settings_from(config_file, data_folder), not (sensor and machine and kind)
    monikers = tuple(adapters) or settings.bluetooth.adapters
    found = _choose(monikers, sensor, settings)
    if identify or (identify is None and asked and found.driver.abilities.identify and sys.stdin.isatty()):
        click.echo(f"{found.name} blinks for {BLINK_S:g} s ...", err=True)
        until_stopped(_blink(monikers, found))
    name = machine or click.prompt("Name of the machine", default=machine_name(found.name), err=True)
    what = MachineKind(kind) if kind else _ask_kind()
    plan = Plan(found, Place(site or settings.hub.site, name), what, replacing)
    plan.enrolment(settings, data_dir(settings))
    while True:
        pairing = until_stopped(_measure(monikers, plan, settings, patience))
        if pairing is None:
            raise click.Abort
        findings = pairing.procedure.findings
        _tell(findings)
        answer = _answer(yes, worst(findings))
        if answer != "again":
            break
    stored = pairing.store(settings, data_dir(settings), datetime.now(UTC)) if answer == "store" else None
    if as_json:
        print_json({"stored": stored, "findings": [asdict(one) for one in findings]})
    click.echo(f"{stored} `sensor-hub undo` takes it back." if stored else "Nothing was stored.", err=True)
    if yes and stored is None:
        raise LinkError(
            "Something is wrong with this sensor as it sits now: see above. Pair it again, or without --yes."
        )


def _choose(monikers: Sequence[str], sensor: str | None, settings: Settings) -> Found:
    click.echo(f"Listening for {SCAN_S:g} s ...", err=True)
    try:
        found = until_stopped(_scan(monikers)) or []
        if not found:
            raise LinkError(SILENCE)
        if sensor is not None:
            return pick(found, sensor)
    except LinkError as error:
        if not is_claimed(data_dir(settings) / JOURNALS):
            raise
        raise LinkError(f"{error} {HELD}") from error
    for number, line in enumerate(table(found, Places(settings, EnrolmentFile(data_dir(settings)).read()))):
        mark = f"{number:2d}" if 0 < number <= len(found) else "  "
        click.echo(f"{mark} {line}", err=True)
    number = click.prompt("Which one", type=click.IntRange(1, len(found)), default=1, err=True)
    return found[number - 1]


def _ask_kind() -> MachineKind:
    kinds = list(MachineKind)
    for number, kind in enumerate(kinds, start=1):
        click.echo(f" {number} {KINDS[kind].title} (sensor on {KINDS[kind].clip_on})", err=True)
    return kinds[click.prompt("What is it", type=click.IntRange(1, len(kinds)), default=1, err=True) - 1]


def _answer(yes: bool, grade: Grade) -> str:
    if yes:
        return "store" if grade is not Grade.BAD else "cancel"
    default = "again" if grade is Grade.BAD else "store"
    answer: str = click.prompt(
        "What now", type=click.Choice(["store", "again", "cancel"]), default=default, err=True
    )
    return answer


def _tell(findings: Sequence[Finding]) -> None:
    for one in findings:
        click.echo(f"  {MARKS[one.grade]:3s}{one.sentence}", err=True)


async def _scan(monikers: Sequence[str]) -> Sequence[Found]:
    async with open_radio(monikers) as radio:
        return await listen(radio, SCAN_S)


async def _blink(monikers: Sequence[str], found: Found) -> None:
    async with open_radio(monikers) as radio:
        await blink(found, radio)


async def _measure(monikers: Sequence[str], plan: Plan, settings: Settings, patience_s: float) -> Pairing:
    """Until there is something to judge. Raises LinkError where the reps do not come in time."""
    async with open_radio(monikers, bonds=data_dir(settings) / BONDS) as radio:
        await radio.forget(plan.found.address)
        pairing = Pairing(plan, radio, settings.bluetooth.rate_hz)
        link = asyncio.create_task(pairing.run())
        try:
            async with asyncio.timeout(patience_s):
                await _follow(pairing)
        except TimeoutError:
            note = pairing.view().note or PROMPTS[pairing.procedure.step]
            raise LinkError(f"Nothing to judge after {patience_s:g} s. {note}") from None
        finally:
            link.cancel()
            await asyncio.wait({link})
        return pairing


async def _follow(pairing: Pairing) -> None:
    """Says what to do and what is seen, as it changes."""
    said = ""
    while pairing.procedure.step is not Step.REVIEW:
        view = pairing.view()
        line = PROMPTS[view.progress.step]
        if view.link is LinkState.LOST and view.note:
            line = view.note
        elif view.progress.restless:
            line = f"The sled is still moving (by {view.progress.swing_mps2:.1f} m/s²): let it rest."
        elif view.progress.reps:
            line = f"Rep {view.progress.reps}. {view.progress.remark or ''}".rstrip()
        if line != said:
            click.echo(line, err=True)
            said = line
        await asyncio.sleep(POLL_S)
