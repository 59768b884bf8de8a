"""Colours that everybody can tell apart, and badges that can be read."""

import re
from itertools import combinations

import numpy as np
import pytest

from dashboard.ui.theme import (
    ASSETS,
    NEGATIVE_COLOURS,
    NO_EVIDENCE_COLOUR,
    POSITIVE_COLOUR,
    badge,
    board_lines,
    polarity_colour,
)
from geo.network.lines import Lines, contrast_ratio
from spark_app.derived.clusters.signs import HUES


def luminance(colour: str) -> float:
    return 21 / contrast_ratio(colour, "#000000")


@pytest.mark.parametrize("line", [line for line in Lines.load() if line.mode != "bus"], ids=lambda line: line.label)
def test_the_name_on_every_badge_has_a_contrast_of_at_least_4_5(line):
    shown = badge(line.id)
    assert contrast_ratio(shown.colour, shown.text) >= 4.5
    assert shown.name


def test_bus_badges_can_be_read_too():
    unreadable = [b.label for b in map(badge, (x.id for x in Lines.load())) if contrast_ratio(b.colour, b.text) < 4.5]
    assert unreadable == []


def test_a_line_that_no_table_has_still_gets_a_badge():
    assert badge("C99999", "42", "bus").name == "42"
    assert badge("C99999").name == "C99999"


def test_the_negative_scale_only_ever_gets_darker():
    shades = [luminance(colour) for colour in NEGATIVE_COLOURS]
    assert shades == sorted(shades)  # 21 / contrast with black falls as a colour gets lighter
    assert len(set(shades)) == len(shades)


@pytest.mark.parametrize(
    ("polarity", "colour"),
    [
        (0.0, NEGATIVE_COLOURS[0]),
        (-0.1999, NEGATIVE_COLOURS[0]),
        (-0.2, NEGATIVE_COLOURS[1]),
        (-0.5, NEGATIVE_COLOURS[2]),
        (-0.6, NEGATIVE_COLOURS[3]),
        (-1.0, NEGATIVE_COLOURS[4]),
        (1e-9, POSITIVE_COLOUR),
        (1.0, POSITIVE_COLOUR),
        (None, NO_EVIDENCE_COLOUR),
    ],
)
def test_polarity_has_its_colour(polarity, colour):
    assert polarity_colour(polarity) == colour


def test_no_pair_of_colours_is_red_against_green():
    def is_green(colour: str) -> bool:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return green > red and green > blue

    assert not any(map(is_green, (*NEGATIVE_COLOURS, POSITIVE_COLOUR, NO_EVIDENCE_COLOUR)))


def test_the_board_shows_the_rail_lines_in_reading_order():
    board = board_lines()
    assert [line.name for line in board["rer"]] == ["A", "B", "C", "D", "E"]
    assert [line.name for line in board["metro"]][:5] == ["1", "2", "3", "3bis", "4"]
    assert [line.name for line in board["tram"]][:4] == ["T1", "T2", "T3a", "T3b"]
    assert all(line.network != "TER" for line in board["train"])


# What someone sees of a colour (linear sRGB), after Machado, Oliveira and Fernandes (2009), severity 1.
VISIONS = {
    "whole": np.eye(3),
    "without red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "without green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "without blue": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, vision: str) -> np.ndarray:
    """CIELAB of a colour as a kind of vision sees it."""
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    white = TO_XYZ @ np.ones(3)
    x, y, z = np.cbrt(np.maximum(TO_XYZ @ np.clip(VISIONS[vision] @ linear, 0, 1) / white, 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def theme(name: str) -> dict[str, str]:
    """The colours of a theme, as the style sheet has them."""
    head = {"light": ":root {", "dark": ':root[data-theme="dark"] {'}[name]
    block = (ASSETS / "colours.css").read_text("utf-8").partition(head)[2].partition("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("vision", VISIONS)
def test_every_colour_vision_tells_the_hues_of_clusters_apart(name, vision):
    """2.3 is the least difference that is seen at all; 20 is seen at a glance."""
    hues = [lab(theme(name)[f"cluster-hue-{hue}"], vision) for hue in range(HUES)]
    assert min(np.linalg.norm(one - other) for one, other in combinations(hues, 2)) >= 20


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("hue", [*map(str, range(HUES)), "none"])
def test_a_hue_stands_out_of_the_map_and_its_letter_out_of_the_hue(name, hue):
    colours = theme(name)
    assert contrast_ratio(colours[f"cluster-hue-{hue}"], colours["map-ground"]) >= 3
    assert contrast_ratio(colours[f"cluster-hue-{hue}"], colours[f"cluster-ink-{hue}"]) >= 4.5
