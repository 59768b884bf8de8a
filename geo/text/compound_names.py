"""Names of one bus notice seen together: compounds that the tables do not have, and namesakes far from all others."""

import re
from collections.abc import Sequence
from dataclasses import replace

from geo.network.stations import Station, Stations
from geo.text.folding import fold
from geo.text.mentions import Mention

NEAR_M = 5_000.0  # stops of one notice of a bus line lie closer together
# " - Stade de France": words with capitals, and the small ones between them
_TAIL = re.compile(
    r"(?:\s?[-–]\s|-(?=[^\W\d_a-zà-ÿ]))(?:(?:de|du|des|la|le|les)\s|[dl]['’])*[^\W\d_a-zà-ÿ][\w'’.]*"
    r"(?:[\s-](?:(?:de|du|des|la|le|les|en|sur|sous|aux?)[\s-])*(?:[dl]['’])?[^\W\d_a-zà-ÿ][\w'’.]*)*"
)


_DIRECTION_BEFORE = re.compile(r"\b(?:direction|vers|destination)\b[^.,;:()\n]*$")


def whole_compounds(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions, each with the rest of its compound ("Porte de Paris - Stade de France") unless that is near itself.

    Args:
        text: the text as given.
        mentions: in order, none overlapping another.
    """
    whole: list[Mention] = []
    for mention in mentions:
        if whole and mention.start < whole[-1].end:
            continue  # its rest
        tail = _TAIL.match(text, mention.end)
        inside = [other for other in mentions if tail and tail.start() < other.start < tail.end()]
        if tail and _station(mention) and not any(_are_near(mention, other) for other in inside):
            whole.append(replace(mention, end=tail.end()))
        else:
            whole.append(mention)
    return whole


def without_outliers(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions; a name that lies far from two others which lie together loses its stop: it is a namesake's.

    Directions are not looked at: a bus line may end far away.
    """
    placed = [mention for mention in mentions if _station(mention)]
    if len(placed) < 3 or not _far_mentions(placed):
        return list(mentions)
    stops = [mention for mention in placed if not _is_direction(text, mention)]
    far = _far_mentions(stops)
    if len(stops) - len(far) < 2:
        return list(mentions)
    return [replace(one, zdas=dict.fromkeys(one.zdas, frozenset())) if one in far else one for one in mentions]


def _far_mentions(placed: Sequence[Mention]) -> list[Mention]:
    """Those that no other one is near."""
    return [one for one in placed if not any(_are_near(one, other) for other in placed if other is not one)]


def _is_direction(text: str, mention: Mention) -> bool:
    return _DIRECTION_BEFORE.search(fold(text[max(0, mention.start - 80) : mention.start])) is not None


def _are_near(one: Mention, other: Mention) -> bool:
    a, b = _station(one), _station(other)
    return a is not None and b is not None and a.distance_m(b) <= NEAR_M


def _station(mention: Mention) -> Station | None:
    """The one stop that a mention means, on whichever of its lines."""
    zdas = set().union(*mention.zdas.values())
    return Stations.load().get(zdas.pop()) if len(zdas) == 1 else None
