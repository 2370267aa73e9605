"""What the terminal shows of a machine: drawn by the real library, read as text."""

from rich.console import Console

from sensor_hub.app.telling.terminal import screen, sparkline, way
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Live, Message, RejectedMessage, RepMessage
from sensor_hub.model import Refusal
from sensor_hub.web import MachineNow


def text_of(machine: MachineNow, now_s: float) -> str:
    console = Console(width=90, record=True, force_terminal=False)
    console.print(screen([machine], now_s))
    return console.export_text()


def heard(*messages: Message) -> MachineNow:
    machine = MachineNow(messages[0].site, messages[0].machine)
    for message in messages:
        machine.take(message, 100.0)
    return machine


def test_a_screen_without_machines_says_that_it_waits() -> None:
    console = Console(width=80, record=True)
    console.print(screen([], 0.0))
    assert "No machine yet" in console.export_text()


def test_it_shows_phase_tempo_reps_and_the_sensor() -> None:
    live, rep = examples()[Kind.LIVE], examples()[Kind.REP]
    assert isinstance(live, Live)
    assert isinstance(rep, RepMessage)
    shown = text_of(heard(live, rep, examples()[Kind.SENSOR]), 100.5)
    assert "press-1" in shown
    assert f"rep {live.rep_count}" in shown
    assert "3.5-0.7-1.2-" in shown
    assert f"{100 * (rep.rom_m or 0):.1f}" in shown
    assert "streaming, battery 82 %" in shown
    assert "no new numbers" not in shown


def test_numbers_that_got_old_are_said_to_be() -> None:
    assert "no new numbers" in text_of(heard(examples()[Kind.LIVE], examples()[Kind.SENSOR]), 103.0)


def test_before_calibration_it_says_what_to_do() -> None:
    live = examples()[Kind.LIVE].model_copy(update={"calibrated": False})
    assert "Let the sled rest" in text_of(heard(live), 100.0)


def test_a_flag_stands_beside_its_rep() -> None:
    rep = examples()[Kind.REP].model_copy(update={"bounced": True})
    assert "bounced" in text_of(heard(rep), 100.0)


def test_a_stroke_that_was_not_counted_is_said_until_a_rep_is_or_some_seconds_have_passed() -> None:
    live, stroke = examples()[Kind.LIVE], examples()[Kind.REJECTED]
    assert isinstance(live, Live)
    assert isinstance(stroke, RejectedMessage)
    assert "Not counted: too short: 8.6 cm, counted from 10.7 cm." in text_of(heard(live, stroke), 100.0)
    later = live.model_copy(update={"at_s": stroke.at_s + 9.0})
    assert "Not counted" not in text_of(heard(later, stroke), 100.0)
    rep = examples()[Kind.REP].model_copy(update={"end_s": stroke.end_s + 2.0})
    assert "Not counted" not in text_of(heard(live, stroke, rep), 100.0)
    racked = stroke.model_copy(update={"reason": Refusal.RACKED})
    assert "Not counted" not in text_of(heard(live, racked), 100.0)


def test_sparklines_start_at_zero_and_know_what_is_unknown() -> None:
    assert sparkline([4.0, 2.0, None, 0.0]) == "█▄· "
    assert sparkline([]) == ""
    assert sparkline([0.0, 0.0]) == "  "


def test_the_way_is_as_high_as_the_sled() -> None:
    assert way([0.0, 0.2, 0.4, 0.3], 0.0, 0.4, rows=2) == ["  █▄", " ███"]
    assert all(len(line) == 3 for line in way([0.1, 9.0, -3.0], 0.0, 0.4))
