"""Lines as graphs of stations: which stations lie between two others.

The graph of a line has its stations (ZdA) as nodes and neighbours as edges, with forks, loops and
one-way loops. It is built once from the line traces (`geo.builders.topology`); at run time only the
table of edges is read. Where two ways lead from one station to another, `between` takes the
shorter; name a station of the other in `via` to have that.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import networkx as nx

from geo.network.stations import Station, Stations
from geo.network.tables import DATA_DIR, read_table

# Against the direction of a one-way loop a metre counts twice: a loop is passed in the order of
# travel, yet the neighbour just behind stays a neighbour.
WRONG_WAY = 2.0


class Topology:
    """The line graphs of the region. Use the shared `Topology.load()`."""

    def __init__(self, graphs: dict[str, nx.DiGraph], stations: Stations) -> None:
        """Hold `graphs`: line id -> graph of ZdA ids whose edges carry `metres`."""
        self._graphs = graphs
        self._stations = stations

    @classmethod
    def load(cls) -> "Topology":
        """The graphs of `geo/data`, read once per process."""
        return _load(DATA_DIR)

    @property
    def line_ids(self) -> frozenset[str]:
        """The lines that have a graph: rail, metro, tram and cable."""
        return frozenset(self._graphs)

    def stations_between(self, line_id: str, start: str, end: str, via: Sequence[str] = ()) -> tuple[Station, ...]:
        """The stations from `start` to `end` along a line, both included, in order.

        Args:
            line_id: the line, "C01379".
            start, end: zone (ZdA) or interchange (ZdC) ids; the two never share a number.
            via: ids to pass on the way, in order.

        Returns () when the line has no graph or a station is not on it. On a one-way loop the
        way there and the way back differ: for both directions, join the two answers.
        """
        graph = self._graphs.get(line_id)
        if graph is None:
            return ()
        stops = [self._nodes(graph, place) for place in (start, *via, end)]
        ways = [way for choice in product(*stops) if (way := _way(graph, choice))]
        best = min(ways, key=lambda way: (way[0], way[1]), default=(0.0, ()))
        return tuple(self._station(zda) for zda in best[1])

    def neighbours(self, line_id: str, zda: str) -> tuple[Station, ...]:
        """The stations next to one on a line, in either direction, by zone id."""
        graph = self._graphs.get(line_id)
        if graph is None or zda not in graph:
            return ()
        return tuple(self._station(other) for other in sorted(graph[zda], key=int))

    def termini(self, line_id: str) -> tuple[Station, ...]:
        """The stations at the ends of a line's branches, by zone id."""
        graph = self._graphs.get(line_id, nx.DiGraph())
        return tuple(self._station(zda) for zda in sorted(graph, key=int) if len(graph[zda]) == 1)

    def branches(self, line_id: str) -> tuple[tuple[Station, ...], ...]:
        """The line cut at its forks and termini: every stretch in order, its ends included, longest first."""
        graph = self._graphs.get(line_id, nx.DiGraph())
        knots = [zda for zda in sorted(graph, key=int) if len(graph[zda]) != 2]
        stretches = (_stretch(graph, knot, first) for knot in knots for first in graph[knot])
        once = {min(stretch, stretch[::-1]) for stretch in stretches}
        ordered = sorted(once, key=lambda stretch: (-len(stretch), stretch))
        return tuple(tuple(self._station(zda) for zda in stretch) for stretch in ordered)

    def _nodes(self, graph: nx.DiGraph, place: str) -> tuple[str, ...]:
        if place in graph:
            return (place,)
        return tuple(station.zda for station in self._stations.of_stop_area(place) if station.zda in graph)

    def _station(self, zda: str) -> Station:
        station = self._stations.get(zda)
        if station is None:
            raise LookupError(f"zone {zda} of line_edges.csv is not in zones.csv.gz: build the tables again")
        return station


def _way(graph: nx.DiGraph, stops: Sequence[str]) -> tuple[float, tuple[str, ...]] | None:
    """Length in metres and nodes of the shortest way by `stops`; None where a leg has none."""
    metres, nodes = 0.0, [stops[0]]
    for start, end in pairwise(stops):
        try:
            leg_m, leg = nx.single_source_dijkstra(graph, start, end, weight="metres")
        except nx.NetworkXNoPath:
            return None
        metres += leg_m
        nodes += leg[1:]
    return metres, tuple(dict.fromkeys(nodes))


def _stretch(graph: nx.DiGraph, knot: str, first: str) -> tuple[str, ...]:
    nodes = [knot, first]
    while len(graph[nodes[-1]]) == 2 and nodes[-1] != knot:
        nodes += [zda for zda in graph[nodes[-1]] if zda != nodes[-2]]
    return tuple(nodes)


@cache
def _load(folder: Path) -> Topology:
    graphs: dict[str, nx.DiGraph] = defaultdict(nx.DiGraph)
    for line_id, a, b, length_m, one_way, detour_m in read_table("line_edges.csv", folder):
        metres = float(length_m) + float(detour_m or 0)
        graphs[line_id].add_edge(a, b, metres=metres)
        graphs[line_id].add_edge(b, a, metres=metres * (WRONG_WAY if one_way else 1.0))
    return Topology(dict(graphs), Stations.load())
