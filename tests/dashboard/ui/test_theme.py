"""Colours that everybody can tell apart, and badges that can be read."""

import pytest

from dashboard.ui.theme import (
    NEGATIVE_COLOURS,
    NO_EVIDENCE_COLOUR,
    POSITIVE_COLOUR,
    badge,
    board_lines,
    polarity_colour,
)
from geo.network.lines import Lines, contrast_ratio


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
