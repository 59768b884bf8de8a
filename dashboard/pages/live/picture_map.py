"""The map of a window: what the page draws of it, with the whole region beside the middle of it, and its legend."""

from __future__ import annotations

from dashboard.pictures.frame import Drawing
from dashboard.pictures.picture import Picture
from dashboard.pictures.window_map import draw_window
from dashboard.tables.dataset import Asked, Found
from dashboard.ui.texts import Words


def draw(asked: Asked, found: Found, words: Words) -> Drawing:
    """The picture of the window that the clusters of `found` are of."""
    return draw_window(asked.view, words)


PICTURES = {"clusters": Picture(draw)}
