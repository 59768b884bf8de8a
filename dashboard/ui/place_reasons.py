"""Why a message has no place, in the language of the screen."""

from __future__ import annotations

from dashboard.ui.texts import Words
from geo.text import geocoder

# what the store says -> the key of its words; another reason is shown as it is
REASONS = {
    geocoder.NO_LINE: "places.no_line",
    geocoder.NO_NAME: "places.no_name",
    geocoder.ONLY_DIRECTION: "places.only_direction",
    geocoder.WHOLE_LINE: "places.whole_extent",
    geocoder.NOTHING_HIT: "places.nothing_hit",
    "no station is named": "places.no_name",
}

CUT = " (text cut"  # what the reason of a text goes on with that was too long to be read whole


def reason_word(reason: str, words: Words) -> str:
    """The stored reason in the language of the screen; one that is not known, as it is."""
    known, cut, _ = reason.partition(CUT)
    said = words(REASONS[known]) if known in REASONS else known or words("places.no_name")
    return said + (words("places.cut") if cut else "")
