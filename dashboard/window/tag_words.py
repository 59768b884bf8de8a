"""Tags of messages as people read them."""

from __future__ import annotations

from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.selection import MODES
from geo.network.stations import Stations
from spark_app.language.labels import CAUSES_FR, EFFECTS_FR

Tag = tuple[str, str]  # kind and value, as in the table revision_tag


def parse_tag(value: str) -> Tag | None:
    """The tag of `kind:value`; None for anything else, which stands for all tags.

    >>> parse_tag("cause:fire"), parse_tag("all")
    (('cause', 'fire'), None)
    """
    kind, _, name = value.partition(":")
    return (kind, name) if name else None


def tag_word(tag: Tag, words: Words) -> str:
    """A tag as people read it; causes and modes in the words of the whole screen."""
    kind, value = tag
    if (kind == "cause" and value in CAUSES_FR) or (kind == "mode" and value in MODES):
        return words(f"{kind}.{value}")
    if kind == "effect":
        return EFFECTS_FR.get(value, value) if words.language == "fr" else value.replace("_", " ")
    if kind == "line":
        return badge(value).label
    if kind == "station":
        return station_name(value)
    return value


def station_name(id_: str) -> str:
    """The name of an interchange, or of a zone without one; the id where the tables have neither."""
    found = Stations.load().interchange(id_) or Stations.load().get(id_)
    return found.name if found else id_
