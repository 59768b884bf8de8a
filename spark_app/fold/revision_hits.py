"""Hits of revisions as arrays for the fold, with integer weights that sum to exactly one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.network.projection import to_km
from prim_client.messages.message import CHANNELS
from spark_app.fold.facts import POLARITY_E6, metres
from spark_app.fold.message_point import medoid_hit
from spark_app.store.tables import ALL_LINES, MODE_SCOPE, ORIGIN_M, RAIL_MODES, RAIL_SCOPE, WEIGHT_E9

CACHED_REVISIONS = 8_192  # about ten times what is published at once; the rest is read back from the store


class Codes:
    """Small integers for strings, in order of first use, and back."""

    def __init__(self) -> None:
        self._code: dict[str, int] = {}
        self.names: list[str] = []

    def __call__(self, name: str) -> int:
        code = self._code.get(name)
        if code is None:
            code = self._code[name] = len(self.names)
            self.names.append(name)
        return code


@dataclass(frozen=True)
class RevisionHits:
    """The hits of one revision: arrays (h,), and the same hits once per scope: arrays (s,)."""

    rev: int
    channel: int
    polarity_e6: int | None
    x_km: np.ndarray  # NaN without station
    y_km: np.ndarray
    medoid: int  # the hit whose station stands for the disruption in the model; NO_STATION without any
    scope_hit: np.ndarray  # index into the hits
    scope: np.ndarray  # code of the scope
    scope_weight_e9: np.ndarray
    scope_station: np.ndarray  # code of the stop zone, -1 without
    scope_x_m: np.ndarray
    scope_y_m: np.ndarray


def weights_e9(count: int) -> list[int]:
    """`count` equal integer weights that sum to exactly 1e9; the remainder is on the first.

    >>> weights_e9(3)
    [333333334, 333333333, 333333333]
    """
    share = WEIGHT_E9 // count
    return [WEIGHT_E9 - share * (count - 1), *[share] * (count - 1)]


def scopes_of(line: str, mode: str) -> list[str]:
    """The scopes in which a hit on `line` counts."""
    own = [line] if line else []
    rail = [RAIL_SCOPE] if mode in RAIL_MODES else []
    return [*own, *([MODE_SCOPE.format(mode=mode)] if mode else []), *rail, ALL_LINES]


def line_weights_e9(lines: Sequence[str]) -> list[int]:
    """Weights of hits within their own line."""
    per_line = {line: iter(weights_e9(lines.count(line))) for line in dict.fromkeys(lines)}
    return [next(per_line[line]) for line in lines]


class Registry:
    """Builds `RevisionHits` and keeps the latest used ones; codes of scopes and stations are its own."""

    def __init__(self) -> None:
        self.scopes, self.stations = Codes(), Codes()
        self._cache: OrderedDict[int, RevisionHits] = OrderedDict()

    def get(self, rev: int) -> RevisionHits | None:
        """The hits of `rev` if they are in memory."""
        found = self._cache.get(rev)
        if found is not None:
            self._cache.move_to_end(rev)
        return found

    def add(self, rev: int, channel: str, polarity: float | None, hits: Iterable[Mapping[str, Any]]) -> RevisionHits:
        """Build and keep the hits of `rev` from rows {line, mode, zda, lat, lon} in hit order."""
        built = self._build(rev, channel, polarity, list(hits))
        self._cache[rev] = built
        return built

    def trim(self) -> None:
        """Forget the revisions that were not used lately."""
        while len(self._cache) > CACHED_REVISIONS:
            self._cache.popitem(last=False)

    def _build(self, rev: int, channel: str, polarity: float | None, hits: list[Mapping[str, Any]]) -> RevisionHits:
        lat = np.array([h["lat"] if h["lat"] is not None else np.nan for h in hits], np.float64)
        lon = np.array([h["lon"] if h["lon"] is not None else np.nan for h in hits], np.float64)
        x_km, y_km = to_km(lat, lon)
        members: dict[str, list[int]] = {}
        for index, hit in enumerate(hits):
            for scope in scopes_of(hit["line"], hit["mode"]):
                members.setdefault(scope, []).append(index)
        scope_hit = np.array([i for indices in members.values() for i in indices], np.int64)
        station = np.array([self.stations(h["zda"]) if h["zda"] else -1 for h in hits], np.int64)
        return RevisionHits(
            rev,
            CHANNELS.index(channel),
            None if polarity is None else round(polarity * POLARITY_E6),
            x_km,
            y_km,
            medoid_hit([h["zda"] for h in hits], x_km, y_km),
            scope_hit,
            np.array([self.scopes(s) for s, indices in members.items() for _ in indices], np.int64),
            np.array([w for indices in members.values() for w in weights_e9(len(indices))], np.int64),
            station[scope_hit],
            metres(x_km, ORIGIN_M[0])[scope_hit],
            metres(y_km, ORIGIN_M[1])[scope_hit],
        )
