"""The order of the stations along a line, with its forks and loops, from the drawn line traces.

Only `geo.builders.tables` calls this. The traces come as links, nearly all from station to station:
the end of a link belongs to the nearest station of the line, or else to a junction between
stations. Junctions are then dissolved: two links that meet there become one where a train can run
straight through, so a fork between stations never invents a way round a sharp corner. What the
drawings get wrong is corrected by hand below, line by line.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import cos, hypot, radians
from pathlib import Path

import networkx as nx

from geo.builders.shapes import CORRECTED_LINE_IDS, NOT_A_LINE, TRACES
from geo.network.distance import distance_m

# The end of a link belongs to a station this close to it; tram stops lie at least as far apart.
SNAP_M = 350.0
# Ends of links this close together, away from any station, are one junction.
JUNCTION_M = 120.0
# A station that no link ends at lies on a link at most this far away (it opened after the drawing).
ON_LINK_M = 600.0
# Headings are taken this far into a link: closer in, switches and rounding blur them.
HEADING_M = 150.0
# Two links are run through when they leave a junction in directions more than 100 degrees apart.
STRAIGHT_COS = -0.17
# A link that is no longer than the way through other stations beside it is a fast track.
FAST_TRACK = 1.03

# Pairs of neighbours (ZdA) that the drawing joins and trains do not, line by line.
WRONG_EDGES = {
    "C01377": [("473456", "43643")],  # metro 7: Le Kremlin-Bicêtre forks off at Maison Blanche
    "C01380": [("45430", "42947")],  # metro 10: westbound trains pass Mirabeau without a platform
    "C01727": [("43183", "43219")],  # RER C: Porchefontaine lies behind the fork to Versailles Chantiers
    "C01742": [("47238", "47900")],  # RER A: Val de Fontenay forks off at Vincennes
    "C01795": [("50572", "59327")],  # T8: Jean Vilar forks off at Delaunay-Belleville
}
MISSING_EDGES = {
    "C01377": [("44057", "43643")],
    "C01380": [("462371", "42947")],
    "C01727": [("462388", "43219")],
    "C01742": [("43224", "47900")],
    "C01795": [("59326", "59327")],
}
# Loops that trains run round one way, in the order of travel.
ONE_WAY = {
    # Javel, Église d'Auteuil, Michel-Ange Auteuil, Porte d'Auteuil, Boulogne Jean Jaurès, and back
    # by Michel-Ange Molitor, Chardon Lagache, Mirabeau
    "C01380": ["462371", "42947", "44138", "44504", "42380", "44139", "42543", "45430", "462371"],
    # Botzaris, Place des Fêtes, Pré Saint-Gervais, Danube
    "C01387": ["42369", "44396", "45617", "42822", "42369"],
}
# Of two ways between the same stations, the one that a message means only when it says so: its
# edges count this many metres longer.
SECOND_CHOICE = {
    ("C01727", "43083", "58774"): 10_000,
    ("C01728", "43225", "47948"): 4_000,
}
# What a straight line between two stations is short of the track between them.
DETOUR = 1.1

Point = tuple[float, float]
Vector = tuple[float, float]


@dataclass(frozen=True)
class Link:
    """A piece of track between two nodes, with the unit vectors in which it leaves each of them."""

    a: str
    b: str
    length_m: float
    from_a: Vector
    from_b: Vector

    def seen_from(self, node: str) -> "Link":
        """The same link with `node` as its `a`."""
        if node == self.a:
            return self
        return replace(self, a=self.b, b=self.a, from_a=self.from_b, from_b=self.from_a)


def edge_rows(source: Path, stations: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows (line, zda, zda, metres, one way, metres to add) for every line whose stations are known.

    `stations` are the rows of `line_stations.csv`. With "one way" set, trains run from the first
    to the second zone only.
    """
    places: dict[str, dict[str, Point]] = defaultdict(dict)
    for line_id, zda, _zdc, lat, lon, _names in stations:
        places[line_id][zda] = (float(lat), float(lon))
    traces = _traces(source)
    rows = []
    for line_id, places_of_line in places.items():
        lengths = {
            frozenset((link.a, link.b)): link.length_m for link in _links_of(traces.get(line_id, []), places_of_line)
        }
        _correct(lengths, line_id, places_of_line)
        rows.extend(_rows(line_id, lengths))
    return sorted(rows)


def _correct(lengths: dict[frozenset[str], float], line_id: str, places: dict[str, Point]) -> None:
    for pair in WRONG_EDGES.get(line_id, ()):
        del lengths[frozenset(pair)]
    for a, b in MISSING_EDGES.get(line_id, ()):
        lengths[frozenset((a, b))] = _metres(places[a], places[b]) * DETOUR


def _rows(line_id: str, lengths: dict[frozenset[str], float]) -> list[list[str]]:
    one_way = set(pairwise(ONE_WAY.get(line_id, ())))
    if strange := [pair for pair in one_way if frozenset(pair) not in lengths]:
        raise ValueError(f"one-way pairs {strange} of line {line_id} are not neighbours: mend ONE_WAY")
    rows = []
    for pair, length_m in lengths.items():
        low, high = a, b = sorted(pair, key=int)
        if (b, a) in one_way:
            a, b = b, a
        detour_m = SECOND_CHOICE.get((line_id, low, high), "")
        rows.append([line_id, a, b, f"{length_m:.0f}", "1" if (a, b) in one_way else "", str(detour_m)])
    return rows


def _traces(source: Path) -> dict[str, list[list[Point]]]:
    traces: dict[str, list[list[Point]]] = defaultdict(list)
    for feature in json.loads(gzip.decompress((source / TRACES).read_bytes()))["features"]:
        line_id, geometry = feature["properties"]["idrefligc"], feature["geometry"]
        if geometry is None or line_id in NOT_A_LINE:
            continue
        parts = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
        line_id = CORRECTED_LINE_IDS.get(line_id, line_id)
        traces[line_id].extend([(lat, lon) for lon, lat, *_ in part] for part in parts)
    return {line_id: sorted(parts) for line_id, parts in traces.items()}


def _links_of(traces: list[list[Point]], places: dict[str, Point]) -> list[Link]:
    if not traces:
        return _spanning_links(places)
    nodes = _Nodes(places)
    links = [link for part in _split_at_missed(traces, nodes) if (link := _link(part, nodes))]
    return _without_fast_tracks(_dissolved(_shortest(links), places))


class _Nodes:
    """The nodes of one line: its stations, and the junctions met so far."""

    def __init__(self, stations: dict[str, Point]) -> None:
        self.stations = stations
        self.junctions: list[Point] = []

    def node_of(self, point: Point) -> str:
        """The node that the end of a link belongs to, a new junction if there is none."""
        station, away_m = min(
            ((zda, _metres(place, point)) for zda, place in self.stations.items()), key=lambda item: item[1]
        )
        if away_m <= SNAP_M:
            return station
        for number, place in enumerate(self.junctions):
            if _metres(place, point) <= JUNCTION_M:
                return f"J{number}"
        self.junctions.append(point)
        return f"J{len(self.junctions) - 1}"


def _split_at_missed(traces: list[list[Point]], nodes: _Nodes) -> list[list[Point]]:
    """The parts of the traces, cut where a station lies on a link that does not end there."""
    reached = {nodes.node_of(end) for part in traces for end in (part[0], part[-1])}
    parts = list(traces)
    for zda in sorted(set(nodes.stations) - reached, key=int):
        place = nodes.stations[zda]
        away_m, part, at = min(
            (_metres(point, place), number, i) for number, part in enumerate(parts) for i, point in enumerate(part)
        )
        if away_m <= ON_LINK_M:
            whole = parts.pop(part)
            parts += [[*whole[:at], place], [place, *whole[at + 1 :]]]
    return parts


def _link(part: list[Point], nodes: _Nodes) -> Link | None:
    a, b = nodes.node_of(part[0]), nodes.node_of(part[-1])
    length = sum(_metres(p, q) for p, q in pairwise(part))
    return Link(a, b, length, _heading(part), _heading(part[::-1])) if a != b else None


def _heading(part: Sequence[Point]) -> Vector:
    start, gone_m = part[0], 0.0
    for p, q in pairwise(part):
        gone_m += _metres(p, q)
        if gone_m >= HEADING_M:
            break
    north, east = q[0] - start[0], (q[1] - start[1]) * cos(radians(start[0]))
    size = hypot(north, east) or 1.0
    return north / size, east / size


def _shortest(links: Iterable[Link]) -> list[Link]:
    best: dict[frozenset[str], Link] = {}
    for link in links:
        key = frozenset((link.a, link.b))
        if key not in best or link.length_m < best[key].length_m:
            best[key] = link
    return list(best.values())


def _dissolved(links: list[Link], stations: dict[str, Point]) -> list[Link]:
    """The links without their junctions: what met there straight on is joined, dead ends are dropped."""
    while junctions := sorted({n for link in links for n in (link.a, link.b)} - set(stations)):
        junction = junctions[0]
        arms = [link.seen_from(junction) for link in links if junction in (link.a, link.b)]
        through = [_joined(one, two) for one, two in combinations(arms, 2) if _straight(one, two)]
        rest = [link for link in links if junction not in (link.a, link.b)]
        links = _shortest([*rest, *(link for link in through if link.a != link.b)])
    return links


def _straight(one: Link, two: Link) -> bool:
    return one.from_a[0] * two.from_a[0] + one.from_a[1] * two.from_a[1] < STRAIGHT_COS


def _joined(one: Link, two: Link) -> Link:
    return Link(one.b, two.b, one.length_m + two.length_m, one.from_b, two.from_b)


def _without_fast_tracks(links: list[Link]) -> list[Link]:
    """The links that do not pass by stations which slower trains stop at."""
    graph = _graph(links)
    for link in sorted(links, key=lambda link: -link.length_m):
        graph.remove_edge(link.a, link.b)
        try:
            beside_m = nx.shortest_path_length(graph, link.a, link.b, weight="length_m")
        except nx.NetworkXNoPath:
            beside_m = float("inf")
        if beside_m > link.length_m * FAST_TRACK:
            graph.add_edge(link.a, link.b, length_m=link.length_m)
    return [link for link in links if graph.has_edge(link.a, link.b)]


def _graph(links: Iterable[Link]) -> nx.Graph:
    graph = nx.Graph()
    for link in links:
        graph.add_edge(link.a, link.b, length_m=link.length_m)
    return graph


def _spanning_links(places: dict[str, Point]) -> list[Link]:
    """A line that is not drawn: its stations joined by the shortest tree, in a short line its order."""
    graph = nx.Graph()
    for a, b in combinations(sorted(places, key=int), 2):
        graph.add_edge(a, b, length_m=_metres(places[a], places[b]))
    tree = nx.minimum_spanning_tree(graph, weight="length_m")
    return [Link(a, b, data["length_m"], (0, 0), (0, 0)) for a, b, data in tree.edges(data=True)]


def _metres(p: Point, q: Point) -> float:
    return distance_m(*p, *q)
