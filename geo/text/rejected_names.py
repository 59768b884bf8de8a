"""Names in a text that the geocoder rejected, each with the reason."""

from collections.abc import Iterable, Sequence

from geo.text.gazetteer import Gazetteer
from geo.text.grammar.clauses import ClauseKind
from geo.text.mentions import Mention
from geo.text.phrase_reader import Reading
from geo.text.places import Place, Refused, Role

AMBIGUOUS = "names several stations of the line"
RUNS = "in a sentence about trains that run"
ABOUT = "in a sentence about something else ({})"
CAUSE = "the cause lies there, another place is said to be hit"
SAID_NOTHING = "no phrase says that it is hit"


def refusals(
    text: str, mentions: Sequence[Mention], reading: Reading, places: Sequence[Place], gazetteer: Gazetteer
) -> list[Refused]:
    """The names of `text` that no place of the message stands on, each with its candidates and the reason."""
    taken = [place.span for place in places if place.source == "text"]
    hit = any(place.role is Role.HIT and place.has_point for place in places)
    return [
        _refusal(text, mention, _reason(number, mention, reading, hit), gazetteer)
        for number, mention in enumerate(mentions)
        if not _is_within(mention, taken)
    ]


def is_ambiguous(mention: Mention) -> bool:
    """Whether a name may mean several stations on every line of its message."""
    return all(len(zdas) > 1 for zdas in mention.zdas.values())


def _is_within(mention: Mention, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= mention.start and mention.end <= end for start, end in spans)


def _reason(number: int, mention: Mention, reading: Reading, hit: bool) -> str:
    if is_ambiguous(mention):
        return AMBIGUOUS
    if number in reading.aside:
        kind = reading.aside[number]
        return RUNS if kind is ClauseKind.NEXT else ABOUT.format(kind)
    return CAUSE if hit and number in reading.causes else SAID_NOTHING


def _refusal(text: str, mention: Mention, reason: str, gazetteer: Gazetteer) -> Refused:
    names = {gazetteer.station(zda).name for zdas in mention.zdas.values() for zda in zdas}
    span = (mention.start, mention.end)
    return Refused(text[slice(*span)], "text", span, tuple(sorted(names)), reason)
