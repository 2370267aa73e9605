"""What the pages draw of a set: the settled reps, whatever the live position did meanwhile."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sensor_hub.messages import Live, RepMessage
from tests.browser.conftest import PHONE, WALL, Player, Screen, Site
from tests.web.lifter import Lift, LiftingSet

QUICK = Lift(eccentric_s=1.2, bottom_s=0.3, concentric_s=0.6, top_s=0.4)
DRIFTING = LiftingSet([QUICK, replace(QUICK, rom_m=0.405), QUICK], drift_mps=-0.05)
ROM_M = QUICK.rom_m

MAKE = """
    const { Course } = await import("/assets/course.js");
    const { MotionBuffer } = await import("/assets/motion.js");
    const motion = new MotionBuffer();
    motion.reset(live);
"""
COURSE = f"""async ([reps, live]) => {{{MAKE}
    const course = new Course(reps, motion);
    const pieces = course.pieces(...course.span());
    return {{
        range: course.range,
        settled: pieces.map(piece => piece.settled),
        from_s: pieces.map(piece => piece.time_s[0]),
        to_s: pieces.map(piece => piece.time_s.at(-1)),
        position: pieces.map(piece => piece.time_s.map(t => course.position(t))),
        velocity: pieces.map(piece => piece.time_s.map(t => course.velocity(t))),
    }};
}}"""
SETTLING = f"""async ([reps, live, t]) => {{{MAKE}
    const before = new Course(reps.slice(0, -1), motion);
    const course = new Course(reps, motion, before);
    const steps = [0, 0.5, 1].map(blend => {{ course.blend = blend; return course.position(t); }});
    return [before.position(t), ...steps];
}}"""
LEVEL = """() => {
    const [sled, rail] = [".sled", ".rail"].map(name => document.querySelector(name).getBoundingClientRect());
    return (rail.bottom - sled.top - sled.height / 2) / rail.height;
}"""


Said = tuple[list[dict[str, Any]], dict[str, list[float]]]


def said_of(lifting: LiftingSet) -> Said:
    """Its reps, and what was told live."""
    said = [message for _, message in lifting.messages()]
    live = [one for one in said if isinstance(one, Live)]
    columns = {name: [getattr(one, name) for one in live] for name in ("at_s", "position_m", "velocity_mps")}
    return [json.loads(one.model_dump_json()) for one in said if isinstance(one, RepMessage)], columns


def course(page: Page, said: Said) -> dict[str, Any]:
    """The course of a set, by the page's own code."""
    found: dict[str, Any] = page.evaluate(COURSE, list(said))
    return found


def test_reps_are_drawn_as_they_settled_and_join(screen: Screen) -> None:
    drawn = course(screen().open("/"), said_of(DRIFTING))
    assert drawn["range"] == pytest.approx([-ROM_M, 0.0], abs=0.005)
    assert drawn["settled"] == [True, False, True, False, True, False]
    positions = drawn["position"]
    assert [min(piece) for piece in positions[::2]] == pytest.approx([-ROM_M, -0.405, -ROM_M], abs=0.005)
    assert [(piece[0], piece[-1]) for piece in positions[:5]] == [(pytest.approx(0.0), pytest.approx(0.0))] * 5
    assert max(abs(position) for piece in positions[1::2] for position in piece) < 0.001
    assert drawn["to_s"][:-1] == pytest.approx(drawn["from_s"][1:])


def test_a_stroke_between_two_reps_is_not_drawn_away(screen: Screen) -> None:
    reps, live = said_of(LiftingSet([replace(QUICK, top_s=3.0), QUICK]))
    middle_s = (reps[0]["end_s"] + reps[1]["start_s"]) / 2
    near = [max(0.0, 1 - abs(t - middle_s)) for t in live["at_s"]]
    live["position_m"] = [
        position - 0.15 * share for position, share in zip(live["position_m"], near, strict=True)
    ]
    drawn = course(screen().open("/"), (reps, live))
    assert min(drawn["position"][1]) == pytest.approx(-0.15, abs=0.01)


def test_a_rep_that_settles_takes_its_place_gently(screen: Screen) -> None:
    reps, live = said_of(DRIFTING)
    before, *steps = screen().open("/").evaluate(SETTLING, [reps[:2], live, reps[1]["bottom_s"]])
    assert before < -0.405 - 0.03
    assert steps == pytest.approx([before, (before - 0.405) / 2, -0.405], abs=0.005)


def test_velocities_are_the_settled_ones(screen: Screen) -> None:
    drawn = course(screen().open("/"), said_of(DRIFTING))
    peak = ROM_M * 3.1416 / 2 / QUICK.concentric_s
    assert max(drawn["velocity"][0]) == pytest.approx(peak, rel=0.02)


def test_a_rep_that_stops_short_leaves_the_next_one_where_it_ended(screen: Screen) -> None:
    reps, _ = said_of(DRIFTING)
    reps[0]["trace"]["position_m"][-1] = -0.1
    drawn = course(screen().open("/"), (reps, {"at_s": [], "position_m": [], "velocity_mps": []}))
    assert drawn["position"][0][-1] == pytest.approx(-0.07)
    assert drawn["position"][1][0] == pytest.approx(-0.07)


def test_reps_of_an_older_hub_are_drawn_from_what_was_seen_live(screen: Screen) -> None:
    lifting = LiftingSet([replace(QUICK, traced=False)] * 2)
    drawn = course(screen().open("/"), said_of(lifting))
    assert drawn["range"] is None
    assert drawn["settled"] == [True, False, True, False]
    assert max(drawn["position"][0]) == pytest.approx(0.62)
    assert min(drawn["position"][0]) == pytest.approx(0.62 - ROM_M)


@pytest.mark.parametrize("size", [PHONE, WALL])
def test_drift_moves_neither_the_range_nor_the_sled_at_the_top(
    size: dict[str, int], screen: Screen, player: Player
) -> None:
    page = screen(size).open("/live/home/sled-01")
    player.play(DRIFTING, speed=2, until_s=DRIFTING.end_s - 0.1, hold=True)
    expect(page.get_by_test_id("rep-count")).to_have_text("3")
    expect(page.locator("#range-size")).to_have_text("42 cm")
    page.wait_for_timeout(800)
    assert page.evaluate(LEVEL) == pytest.approx(1.0, abs=0.05)


def test_the_charts_of_a_session_show_what_the_table_says(site: Site, screen: Screen) -> None:
    page = screen(WALL).open(f"/sessions/{site.store.log([DRIFTING])}")
    over = page.locator(".u-over").first
    box = over.bounding_box()
    assert box is not None
    legend = page.locator(".u-legend").first
    read = []
    for step in range(1, 60):
        over.hover(position={"x": box["width"] * step / 60, "y": box["height"] / 2})
        found = re.search(r"position\s*(-?[\d.]+) cm", legend.inner_text())
        assert found is not None
        read.append(float(found[1]))
    assert max(read) == pytest.approx(100 * ROM_M, abs=2.0)
    assert min(read) == pytest.approx(0.0, abs=0.5)
