"""The stations between two others, as riders know them from the line maps."""

import networkx as nx
import pytest

from geo.builders.topology import Link, _dissolved, _links_of
from geo.network.lines import Lines
from geo.network.stations import Station, Stations
from geo.network.topology import Topology


@pytest.fixture(scope="module")
def topology() -> Topology:
    return Topology.load()


def zda(line_id: str, name: str) -> str:
    (station,) = Stations.load().of_name_on_line(name, line_id)
    return station.zda


def names(topology: Topology, line_id: str, start: str, end: str, *via: str) -> list[str]:
    places = [zda(line_id, name) for name in (start, end, *via)]
    return [s.name for s in topology.stations_between(line_id, places[0], places[1], places[2:])]


METRO_7, METRO_7BIS, METRO_9, METRO_10, METRO_13 = "C01377", "C01387", "C01379", "C01380", "C01383"
RER_A, RER_C, RER_D, RER_E, LINE_V = "C01742", "C01727", "C01728", "C01729", "C02711"
T3A, T4, T8, T14 = "C01391", "C01843", "C01795", "C02732"

SECTIONS = {
    "metro 9, within the line": (
        METRO_9, "Nation", "République",
        ["Nation", "Rue des Boulets", "Charonne", "Voltaire", "Saint-Ambroise", "Oberkampf", "République"],
    ),
    "metro 13, over the fork": (
        METRO_13, "Porte de Clichy", "Porte de Saint-Ouen",
        ["Porte de Clichy", "Brochant", "La Fourche", "Guy Môquet", "Porte de Saint-Ouen"],
    ),
    "metro 13, northern branch": (
        METRO_13, "La Fourche", "Les Courtilles",
        ["La Fourche", "Brochant", "Porte de Clichy", "Mairie de Clichy", "Gabriel Péri", "Les Agnettes",
         "Les Courtilles"],
    ),
    "metro 7, Ivry branch": (
        METRO_7, "Maison Blanche", "Mairie d'Ivry",
        ["Maison Blanche", "Porte d'Italie", "Porte de Choisy", "Porte d'Ivry", "Pierre et Marie Curie",
         "Mairie d'Ivry"],
    ),
    "metro 7, Villejuif branch forks off at Maison Blanche": (
        METRO_7, "Tolbiac", "Villejuif - Louis Aragon",
        ["Tolbiac", "Maison Blanche", "Le Kremlin-Bicêtre", "Villejuif - Léo Lagrange",
         "Villejuif Paul Vaillant-Couturier", "Villejuif - Louis Aragon"],
    ),
    "metro 10, westbound round the Auteuil loop": (
        METRO_10, "Javel - André Citroën", "Boulogne - Jean Jaurès",
        ["Javel - André Citroën", "Église d'Auteuil", "Michel Ange-Auteuil", "Porte d'Auteuil",
         "Boulogne - Jean Jaurès"],
    ),
    "metro 10, eastbound round the Auteuil loop": (
        METRO_10, "Boulogne - Jean Jaurès", "Javel - André Citroën",
        ["Boulogne - Jean Jaurès", "Michel Ange-Molitor", "Chardon Lagache", "Mirabeau",
         "Javel - André Citroën"],
    ),
    "metro 7bis, out by Place des Fêtes": (
        METRO_7BIS, "Buttes-Chaumont", "Pré Saint-Gervais",
        ["Buttes-Chaumont", "Botzaris", "Place des Fêtes", "Pré Saint-Gervais"],
    ),
    "metro 7bis, back by Danube": (
        METRO_7BIS, "Pré Saint-Gervais", "Buttes-Chaumont",
        ["Pré Saint-Gervais", "Danube", "Botzaris", "Buttes-Chaumont"],
    ),
    "metro 7bis, neighbours stay neighbours against the loop": (
        METRO_7BIS, "Danube", "Pré Saint-Gervais", ["Danube", "Pré Saint-Gervais"],
    ),
    "RER A, Marne-la-Vallée branch forks off at Vincennes": (
        RER_A, "Nation", "Neuilly-Plaisance", ["Nation", "Vincennes", "Val de Fontenay", "Neuilly-Plaisance"],
    ),
    "RER A, Boissy branch": (
        RER_A, "Vincennes", "Joinville-le-Pont",
        ["Vincennes", "Fontenay-sous-Bois", "Nogent-sur-Marne", "Joinville-le-Pont"],
    ),
    "RER A, Poissy branch": (
        RER_A, "Nanterre-Préfecture", "Poissy",
        ["Nanterre-Préfecture", "Houilles-Carrières-sur-Seine", "Sartrouville", "Maisons-Laffitte",
         "Achères-Grand-Cormier", "Poissy"],
    ),
    "RER C, through Paris": (
        RER_C, "Javel", "Paris Austerlitz",
        ["Javel", "Champ de Mars", "Pont de l'Alma", "Invalides", "Musée d'Orsay", "Saint-Michel",
         "Paris Austerlitz"],
    ),
    "RER C, Dourdan branch": (
        RER_C, "Brétigny", "Dourdan",
        ["Brétigny", "La Norville", "Arpajon", "Égly", "Breuillet", "Breuillet-Village", "Saint-Chéron",
         "Sermaise", "Dourdan"],
    ),
    "RER C, the stations that line V has taken over": (
        RER_C, "Versailles-Chantiers", "Massy-Palaiseau",
        ["Versailles-Chantiers", "Petit-Jouy-les-Loges", "Jouy-en-Josas", "Vauboyen", "Bièvres", "Igny",
         "Massy-Palaiseau"],
    ),
    "RER D, Juvisy to Corbeil by the plateau": (
        RER_D, "Juvisy", "Corbeil-Essonnes",
        ["Juvisy", "Viry-Châtillon", "Grigny-Centre", "Orangis-Bois de l'Epine", "Évry Courcouronnes",
         "Le Bras-de-Fer", "Corbeil-Essonnes"],
    ),
    "RER E, west of Paris": (
        RER_E, "Nanterre - La Folie", "Magenta",
        ["Nanterre - La Folie", "La Défense", "Neuilly Porte Maillot", "Haussmann-Saint-Lazare", "Magenta"],
    ),
    "T3a": (T3A, "Porte de Choisy", "Stade Charléty",
            ["Porte de Choisy", "Porte d'Italie", "Poterne des Peupliers", "Stade Charléty"]),
    "T4, Montfermeil branch": (
        T4, "Les Pavillons-sous-Bois", "Léon Blum",
        ["Les Pavillons-sous-Bois", "Gargan", "République Marx Dormoy", "Léon Blum"],
    ),
    "T8, Villetaneuse branch forks off at Delaunay-Belleville": (
        T8, "Paul Éluard", "Pablo Neruda",
        ["Paul Éluard", "Delaunay-Belleville", "Jean Vilar", "Pablo Neruda"],
    ),
    "T14, a line that is not drawn": (
        T14, "Esbly", "Crécy-la-Chapelle",
        ["Esbly", "Montry-Condé", "Couilly-Saint-Germain-Quincy", "Villiers-Montbarbin",
         "Crécy-la-Chapelle"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line_id", "start", "end", "expected"), SECTIONS.values(), ids=SECTIONS)
def test_a_section_is_the_one_on_the_line_map(topology, line_id, start, end, expected):
    assert names(topology, line_id, start, end) == expected


@pytest.mark.parametrize(
    ("line_id", "start", "end"), [(METRO_9, "Nation", "République"), (METRO_13, "Brochant", "Guy Môquet")]
)
def test_a_section_read_backwards_is_the_same_stations(topology, line_id, start, end):
    assert names(topology, line_id, start, end) == names(topology, line_id, end, start)[::-1]


def test_via_takes_the_other_way(topology):
    assert names(topology, RER_D, "Juvisy", "Corbeil-Essonnes", "Ris-Orangis") == [
        "Juvisy",
        "Viry-Châtillon",
        "Ris-Orangis",
        "Grand-Bourg",
        "Évry",
        "Corbeil-Essonnes",
    ]


def test_an_interchange_id_stands_for_the_lines_zone_there(topology):
    by_interchange = topology.stations_between(METRO_9, "71673", "45197")
    assert by_interchange == ()  # 45197 is a bus zone of Nation
    voltaire = zda(METRO_9, "Voltaire")
    assert [s.name for s in topology.stations_between(METRO_9, "71673", voltaire)] == [
        "Nation",
        "Rue des Boulets",
        "Charonne",
        "Voltaire",
    ]


def test_a_station_alone_is_its_own_section(topology):
    nation = zda(METRO_9, "Nation")
    assert [s.name for s in topology.stations_between(METRO_9, nation, nation)] == ["Nation"]


def test_what_is_not_on_the_line_has_no_section(topology):
    nation = zda(METRO_9, "Nation")
    assert topology.stations_between(METRO_9, nation, "999999999") == ()
    assert topology.stations_between("C99999", nation, nation) == ()
    assert topology.stations_between("C01175", nation, nation) == ()
    assert topology.stations_between(METRO_9, nation, nation, via=["999999999"]) == ()


def test_the_termini_of_the_branches(topology):
    assert {s.name for s in topology.termini(METRO_13)} == {
        "Châtillon-Montrouge",
        "Les Courtilles",
        "Saint-Denis - Université",
    }
    assert {s.name for s in topology.termini(RER_A)} == {
        "Boissy-Saint-Léger",
        "Marne-la-Vallée-Chessy",
        "Saint-Germain-en-Laye",
        "Poissy",
        "Cergy Le Haut",
    }
    assert {s.name for s in topology.termini(METRO_7BIS)} == {"Louis Blanc"}
    assert topology.termini("C99999") == ()


def test_neighbours_are_those_on_both_sides(topology):
    assert {s.name for s in topology.neighbours(METRO_13, zda(METRO_13, "La Fourche"))} == {
        "Place de Clichy",
        "Guy Môquet",
        "Brochant",
    }
    assert topology.neighbours(METRO_9, zda(METRO_13, "La Fourche")) == ()


def test_branches_cut_the_line_at_its_forks(topology):
    trunk, *arms = topology.branches(METRO_13)
    assert {trunk[0].name, trunk[-1].name} == {"Châtillon-Montrouge", "La Fourche"}
    assert len(arms) == 2 and all("La Fourche" in (arm[0].name, arm[-1].name) for arm in arms)
    (whole,) = topology.branches(METRO_9)
    assert len(whole) == 37


def test_the_loop_of_7bis_is_one_branch_that_ends_where_it_began(topology):
    loop, stem = topology.branches(METRO_7BIS)
    assert loop[0].name == loop[-1].name == "Botzaris" and len(loop) == 5
    assert {stem[0].name, stem[-1].name} == {"Botzaris", "Louis Blanc"}


def test_every_line_is_in_one_piece_with_all_its_stations(topology):
    for line_id in topology.line_ids:
        stations = Stations.load().of_line(line_id)
        graph = nx.Graph((s.zda, n.zda) for s in stations for n in topology.neighbours(line_id, s.zda))
        assert set(graph) == {s.zda for s in stations}, line_id
        assert nx.is_connected(graph), line_id


def test_every_active_rail_metro_and_tram_line_has_a_graph(topology):
    without = {
        line.label for line in Lines.load() if line.active and line.mode != "bus" and line.id not in topology.line_ids
    }
    assert all(label.startswith("TER ") for label in without), without


def test_neighbours_are_close_but_for_trains_that_run_fast(topology):
    for line_id in topology.line_ids - {"C01730", "C01731", "C01738"}:
        for station in Stations.load().of_line(line_id):
            for other in topology.neighbours(line_id, station.zda):
                assert station.distance_m(other) < 12_000, (line_id, station.name, other.name)


def place(zda: str, lat: float, lon: float) -> tuple[str, tuple[float, float]]:
    return zda, (lat, lon)


def test_a_fork_between_stations_joins_only_what_runs_straight_on():
    """A trunk from the west (1) that forks into 2 and 3: no train runs from 2 to 3."""
    places = dict([place("1", 48.80, 2.30), place("2", 48.81, 2.36), place("3", 48.79, 2.36)])
    fork = (48.80, 2.33)
    traces = [[places["1"], fork], [fork, places["2"]], [fork, places["3"]]]
    assert {frozenset((link.a, link.b)) for link in _links_of(traces, places)} == {
        frozenset("12"),
        frozenset("13"),
    }


def test_a_station_that_opened_after_the_drawing_is_put_on_its_link():
    places = dict([place("1", 48.80, 2.30), place("2", 48.80, 2.32), place("3", 48.80, 2.34)])
    traces = [[places["1"], (48.801, 2.32), places["3"]]]
    assert {frozenset((link.a, link.b)) for link in _links_of(traces, places)} == {
        frozenset("12"),
        frozenset("23"),
    }


def test_a_fast_track_beside_a_station_is_no_edge():
    places = dict([place("1", 48.80, 2.30), place("2", 48.80, 2.32), place("3", 48.80, 2.34)])
    fast = [places["1"], (48.8002, 2.32), places["3"]]
    traces = [[places["1"], places["2"]], [places["2"], places["3"]], fast]
    assert {frozenset((link.a, link.b)) for link in _links_of(traces, places)} == {
        frozenset("12"),
        frozenset("23"),
    }


def test_a_dead_end_without_a_station_is_dropped():
    link = Link("1", "J0", 500.0, (1.0, 0.0), (-1.0, 0.0))
    assert _dissolved([link], dict([place("1", 48.8, 2.3)])) == []


def test_on_a_loop_of_two_equal_ways_the_answer_is_still_one():
    stations = Stations([Station(z, "", z, 48.8, 2.3, "", "metro") for z in "1234"])
    graph = nx.DiGraph()
    for a, b in ("12", "24", "13", "34"):
        graph.add_edge(a, b, metres=100.0)
        graph.add_edge(b, a, metres=100.0)
    way = Topology({"L": graph}, stations).stations_between("L", "1", "4")
    assert len(way) == 3 and way == Topology({"L": graph}, stations).stations_between("L", "1", "4")
