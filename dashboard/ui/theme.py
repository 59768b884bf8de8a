"""Colours and badges that every part of the screen shares."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from geo.network.lines import Line, Lines, contrast_text
from spark_app.store.tables import RAIL_MODES

# Sequential from 0 to -1, and darker all the way: every colour vision and a grey print keep the order.
NEGATIVE_COLOURS = ("#f6c65b", "#f08c3a", "#d8513f", "#a62a5c", "#5f1a63")
NEGATIVE_BOUNDS = (-0.8, -0.6, -0.4, -0.2)  # polarity at or below the bound takes the darker colour
POSITIVE_COLOUR = "#1f83c4"
NO_EVIDENCE_COLOUR = "#8b96a3"
UNKNOWN_LINE_COLOUR = "#5b6774"
SEVERITY_COLOURS = {  # of the map; the gravest is the darkest, works are brown
    "interruption": "#5f1a63",
    "blocking": "#b3245e",
    "works_blocking": "#6b4a12",
    "disrupted": "#d8663f",
    "slow": "#eda33a",
    "works": "#a58a4a",
    "information": "#1f83c4",
}
ASSETS = Path(__file__).parents[1] / "assets"


@cache
def colours() -> Mapping[str, str]:
    """The colours of the light theme by their names in the style sheet, for what is drawn on the server."""
    light = (ASSETS / "colours.css").read_text("utf-8").partition(":root {")[2].partition("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))


def hue_name(hue: int | None) -> str:
    """The name of a cluster's hue in the style sheet; None is a cluster without a life."""
    return "cluster-hue-none" if hue is None else f"cluster-hue-{hue}"


def cluster_colour(hue: int | None) -> str:
    """The colour of a cluster's hue on the light theme.

    >>> cluster_colour(0), cluster_colour(None)
    ('#1f4fe0', '#5b6774')
    """
    return colours()[hue_name(hue)]


def shaded(colour: str, shade: float) -> str:
    """A colour, or the colour of a name, of which `shade` lies over the ground of the map, on the light theme.

    >>> shaded("#d8513f", 1), shaded("cluster-hue-0", 0.5)
    ('#d8513f', '#8ea6ee')
    """
    over, ground = (colours().get(each, each) for each in (colour, "map-ground"))
    parts = ((int(over[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{int(a * shade + b * (1 - shade) + 0.5):02x}" for a, b in parts)


def polarity_colour(polarity: float | None) -> str:
    """The fill of a polarity in [-1, 1]; None is "no evidence in the text".

    >>> polarity_colour(None), polarity_colour(0.3), polarity_colour(-0.1), polarity_colour(-1)
    ('#8b96a3', '#1f83c4', '#f6c65b', '#5f1a63')
    """
    if polarity is None:
        return NO_EVIDENCE_COLOUR
    if polarity > 0:
        return POSITIVE_COLOUR
    return NEGATIVE_COLOURS[len(NEGATIVE_BOUNDS) - bisect_left(NEGATIVE_BOUNDS, polarity)]


def ramp() -> dict[str, object]:
    """The colours of polarity for the browser."""
    return {
        "negative": NEGATIVE_COLOURS,
        "bounds": NEGATIVE_BOUNDS,
        "positive": POSITIVE_COLOUR,
        "none": NO_EVIDENCE_COLOUR,
    }


@dataclass(frozen=True, slots=True)
class Badge:
    """How a line is shown: our own shape by mode, its name, its colour with readable text, a full label."""

    id: str
    name: str
    mode: str
    colour: str
    text: str
    label: str


def badge(line_id: str, name: str = "", mode: str = "") -> Badge:
    """The badge of a line; `name` and `mode` serve a line that the tables do not have."""
    line = Lines.load().get(line_id)
    if line is None:
        shown = name or line_id
        return Badge(line_id, shown, mode or "other", UNKNOWN_LINE_COLOUR, "#ffffff", f"Ligne {shown} [{line_id}]")
    return Badge(line.id, line.name, line.mode, line.colour, contrast_text(line.colour), line.label)


@cache
def as_json(badge_: Badge) -> dict[str, str]:
    """The badge for the browser; always the same dict, which nobody may change."""
    return asdict(badge_)


def board_lines() -> dict[str, list[Line]]:
    """The lines that always stand on the board, by mode, in reading order: all that run on rails."""
    board: dict[str, list[Line]] = {mode: [] for mode in RAIL_MODES}
    for line in Lines.load():
        if line.mode in board and line.active and line.network != "TER":
            board[line.mode].append(line)
    return {mode: sorted(lines, key=lambda line: reading_key(line.name)) for mode, lines in board.items()}


def reading_key(name: str) -> tuple[int, str]:
    """Sorts "2" before "10", "3" before "3bis", "T3a" before "T11".

    >>> sorted(["10", "3bis", "T11", "3", "T3a", "2"], key=reading_key)
    ['2', '3', '3bis', 'T3a', '10', 'T11']
    """
    digits = "".join(c for c in name if c.isdigit())
    return (int(digits) if digits else 0, name)
