"""Where what opened in the trends' window is: a circle an area on the whole region, and the fullest by name."""

from __future__ import annotations

from math import sqrt

from dashboard.pictures.bars import Bar, draw_bars
from dashboard.pictures.frame import BODY_MAX, BODY_WIDTH, Drawing
from dashboard.pictures.ground import CLOSEST_PX_PER_KM, Frame, cover, ground, holding, region, scale_bar
from dashboard.pictures.picture import Picture
from dashboard.pictures.svg import group, titled
from dashboard.tables.dataset import Asked, Found, Row
from dashboard.ui.texts import Words
from dashboard.ui.theme import colours
from dashboard.window.tag_words import parse_tag, tag_word

MAP = 830
UNIT, LEAST = 7.0, 5.0  # radius of one disruption, as on the page, and of the smallest circle


def draw(asked: Asked, found: Found, words: Words) -> Drawing:
    """The map of the page, with the list beside it."""
    frame = holding(region(), MAP, BODY_MAX, 10, CLOSEST_PX_PER_KM)
    circles = [_circle(row, frame) for row in sorted(found.rows, key=lambda row: -row["disruptions"])]
    land = group(ground(frame), *circles, cover(frame))
    listed, _ = draw_bars(
        [_bar(row, words) for row in found.rows], MAP + 32, BODY_WIDTH - MAP - 32, words, room=BODY_MAX
    )
    tag = parse_tag(asked.given["tag"])
    title = words("trends.map") + (f" — {tag_word(tag, words)}" if tag else "")
    return Drawing(title, land + scale_bar(frame, MAP - 14, BODY_MAX - 12) + listed, BODY_MAX, [words("picture.areas")])


def _circle(row: Row, frame: Frame) -> str:
    ink, (x, y) = colours(), frame.to_units(row["lat"], row["lon"])
    radius = max(LEAST, UNIT * sqrt(row["disruptions"]))
    look = {"fill": ink["strong"], "fill_opacity": 0.55, "stroke": ink["map-ring"]}
    return titled("circle", f"{row['name']} : {row['disruptions']}", cx=x, cy=y, r=radius, **look)


def _bar(row: Row, words: Words) -> Bar:
    return Bar(row["name"], row["disruptions"], words.number(row["disruptions"]))


PICTURES = {"trend-areas": Picture(draw, ())}
