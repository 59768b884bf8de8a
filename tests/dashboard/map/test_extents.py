"""Where a disruption is, in a few words, by the lines' own graphs; the same for table, popup and file."""

import pytest

from dashboard.map.extents import Extent, extent_of
from dashboard.map.map_layers import disruption_details
from dashboard.pages.live.table import rows
from dashboard.store.records import Hit
from dashboard.tables.catalogue import all_datasets
from dashboard.tables.dataset import AskedOfView
from dashboard.window.selection import Selection
from geo.network.topology import Topology

T4, RER_A = "C01843", "C01742"


def hits(line: str, *stations) -> list[Hit]:
    return [Hit(line, "tram", s.zda, s.zdc, s.name, s.lat, s.lon, "stop_id", 1.0, "", "") for s in stations]


def way(line: str, start: str, end: str) -> tuple:
    """The stations between two of a line, by their names."""
    topology = Topology.load()
    known = {station.name: station.zda for branch in topology.branches(line) for station in branch}
    return topology.stations_between(line, known[start], known[end])


TO_MONTFERMEIL = way(T4, "Gargan", "Hôpital de Montfermeil")
TO_BONDY = way(T4, "Gargan", "Bondy")


def test_a_section_of_a_line_is_its_two_ends_as_the_message_orders_them():
    n = len(TO_MONTFERMEIL)
    assert extent_of(hits(T4, *TO_MONTFERMEIL)) == Extent(n, ends=("Gargan", "Hôpital de Montfermeil"))
    assert extent_of(hits(T4, *reversed(TO_MONTFERMEIL))).ends == ("Hôpital de Montfermeil", "Gargan")
    assert extent_of(hits(T4, *TO_MONTFERMEIL)).text() == "Gargan → Hôpital de Montfermeil"


def test_the_way_may_pass_a_fork_and_a_forked_one_is_a_list():
    through = (*reversed(TO_MONTFERMEIL), *TO_BONDY[1:])
    assert extent_of(hits(T4, *through)).ends == ("Hôpital de Montfermeil", "Bondy")
    forked = extent_of(hits(T4, *through, *way(T4, "Gargan", "Aulnay-sous-Bois")[1:]))
    assert forked.ends == () and forked.names == ("Hôpital de Montfermeil", "Arboretum")
    assert forked.text() == f"Hôpital de Montfermeil, Arboretum +{forked.stations - 2}"


def test_stations_apart_are_listed_and_one_or_none_is_no_section():
    first, *_, last = TO_MONTFERMEIL
    assert extent_of(hits(T4, first, last)) == Extent(2, names=("Gargan", "Hôpital de Montfermeil"))
    assert extent_of(hits(T4, first)) == Extent(1, names=("Gargan",))
    assert extent_of([]) == Extent(0) and extent_of([]).text() == ""


def test_another_line_at_the_same_stations_changes_nothing_and_one_elsewhere_ends_the_section():
    section = hits(T4, *TO_MONTFERMEIL)
    assert extent_of([*section, *hits("C01227", TO_MONTFERMEIL[0])]) == extent_of(section)
    assert extent_of([*section, *hits(RER_A, way(RER_A, "Nation", "Vincennes")[0])]).ends == ()


@pytest.mark.parametrize("window", [None, 1_713_956_400_000_000])
def test_table_popup_and_file_say_the_same(views, window):
    selection = Selection(end_us=window)
    view = views.find(selection)
    filed = {row["id"]: row["extent"] for row in all_datasets()["disruptions"].read(AskedOfView(views, view)).rows}
    popups = disruption_details(view)
    assert len(rows(view)) > 5
    for row in rows(view):
        shown = row["disruption"]["extent"]
        assert shown == popups[row["id"]]["extent"]
        assert Extent(**shown).text() == filed[row["id"]]
