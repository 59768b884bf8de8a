"""What the feed does to a publication: it may lose its line, or flicker."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from prim_client.messages.time_units import DAY_S, MINUTE_S
from prim_client.simulated.feed.publication import Content, Publication, Spans

ORPHANS = 0.011  # ids that no line lists
FLICKERS = 0.03  # ids that vanish and come back
FLICKERING_FROM_S = 20 * MINUTE_S  # what is shown for a shorter time has none


def with_quirks(rng: Random, publication: Publication) -> Publication:
    """The publication, or in a few of a hundred cases one that belongs to no line or flickers."""
    draw = rng.random()
    if draw < ORPHANS:
        return _orphan(publication)
    return flickering(rng, publication) if draw < ORPHANS + FLICKERS else publication


def _orphan(publication: Publication) -> Publication:
    def write() -> Content:
        return replace(publication.write(), links=(), sections=())

    return Publication(
        publication.id,
        publication.visible,
        publication.periods,
        publication.last_update,
        write,
        publication.incident,
    )


def flickering(rng: Random, publication: Publication) -> Publication:
    """The same id with holes of some minutes; once in a while for a whole night."""
    if not publication.visible:
        return publication
    begin, end = publication.visible[0][0], publication.visible[-1][1]
    if end - begin < FLICKERING_FROM_S:
        return publication
    holes = min(1 + int(rng.expovariate(1 / 3.6)), 60)
    cuts = sorted(rng.randrange(begin, min(end, begin + DAY_S)) for _ in range(holes))
    lengths = [rng.randint(2, 9) * MINUTE_S for _ in cuts]
    spans = _without_holes(begin, end, list(zip(cuts, lengths, strict=True)))
    return Publication(
        publication.id,
        spans,
        publication.periods,
        publication.last_update,
        publication.write,
        publication.incident,
    )


def _without_holes(begin: int, end: int, holes: list[tuple[int, int]]) -> Spans:
    """What is left of a span without its holes (begin, length), in order."""
    spans, at = [], begin
    for cut, length in holes:
        if cut > at:
            spans.append((at, cut))
        at = max(at, cut + length)
    return (*spans, (at, end)) if at < end else tuple(spans)
