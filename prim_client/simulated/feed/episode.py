"""An episode: what a rider would call one event; PRIM publishes it under several ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from prim_client.simulated.feed.causes import Cause
from prim_client.simulated.feed.network import SimulatedLine
from prim_client.simulated.feed.publication import Content, Publication, Spans, make_id


@dataclass(frozen=True, slots=True)
class Episode:
    """What happens on a line, from `begins` to `ends` (seconds since 1970 UTC)."""

    key: str
    line: SimulatedLine
    cause: Cause
    begins: int
    ends: int

    def published(
        self,
        revision: str,
        shown: tuple[int, int],
        period: tuple[int, int],
        told: int,
        write: Callable[[Random], Content],
        text_of: str = "",
        incident: str = "",
    ) -> Publication:
        """One id of the episode.

        Args:
            revision: tells the ids of an episode apart.
            shown: when the feed holds it; nothing if it ends before it begins.
            period: the announced one.
            told: PRIM's lastUpdate.
            write: makes the content.
            text_of: revisions with the same say the same, word for word; by default each its own.
            incident: tells the incidents apart that IDFM holds within the episode; by default it holds one.
        """
        visible: Spans = (shown,) if shown[1] > shown[0] else ()
        seed = f"{self.key}|{text_of or revision}|text"
        return Publication(
            make_id(self.key, revision),
            visible,
            (period,),
            told,
            lambda: write(Random(seed)),
            f"{self.key}|{incident}",
        )
