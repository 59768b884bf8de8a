"""The filters at the side choose incidents, too: by what one of their notices says, and where it is."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.pages.incidents.read import read_incidents
from dashboard.store.reader import Store
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from geo.network.stations import Stations
from spark_app.store.engine import append, open_store, sqlite_url
from spark_app.store.tables import entry, incident, incident_event, incident_line, revision, revision_hit, revision_tag
from tests.dashboard.pages.test_incidents import at, row

NATION = next(s for s in Stations.load().of_line("C01379") if s.name == "Nation")  # Paris 12e
MONTREUIL = next(s for s in Stations.load().of_line("C01379") if s.name == "Mairie de Montreuil")
EVERYTHING = Selection(modes=())
LINE = "C01379"


def said(rev, title, text, severity, station=None):
    told = {
        "rev": rev,
        "id": f"r{rev}",
        "revision": str(rev),
        "channel": "incident",
        "severity": severity,
        "cause": "PERTURBATION",
        "title": title,
        "short_message": "",
        "text": text,
        "html": "",
        "tags": "[]",
        "lines": "[]",
        "published_at_us": None,
        "polarity": None,
        "analyzer": "",
        "unplaced": "" if station else "no station is named",
    }
    place: dict[str, Any] = {
        "zda": "",
        "zdc": "",
        "station": "",
        "lat": None,
        "lon": None,
        "method": "",
        "confidence": None,
    }
    if station:
        place |= {name: getattr(station, name) for name in ("zda", "zdc", "lat", "lon")}
        place |= {"station": station.name, "method": "stop_id", "confidence": 1.0}
    hit = {
        "rev": rev,
        "hit": 0,
        "line": LINE,
        "mode": "metro",
        "words": "",
        "rule": "",
        "weight_e9": 10**9,
        "line_weight_e9": 10**9,
    }
    return told, hit | place


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    """Three incidents of metro 9: `cut` at Nation was interrupted and is slow now, `slow` is at Montreuil,
    `nowhere` has no place."""
    url = sqlite_url(tmp_path_factory.mktemp("filters") / "store.db")
    notices = [
        said(1, "Métro 9 : Bagage oublié", "Le trafic est interrompu.", "BLOQUANTE", NATION),
        said(2, "Métro 9 : Bagage oublié", "Des retards restent à prévoir.", "PERTURBEE", NATION),
        said(3, "Métro 9 : Malaise voyageur", "Des retards sont à prévoir.", "PERTURBEE", MONTREUIL),
        said(4, "Métro 9 : Incident", "La station est fermée.", "PERTURBEE"),
    ]
    of = {"cut": (1, 2), "slow": (3,), "nowhere": (4,)}
    engine = open_store(url)
    with engine.begin() as connection:
        append(
            connection, entry, [{"entry": 0, "event_time_us": at(60), "tick": True, "observed": True, "messages": 0}]
        )
        append(connection, revision, [told for told, _ in notices])
        append(connection, revision_hit, [hit for _, hit in notices])
        tags = [(1, "abandoned_luggage"), (2, "abandoned_luggage"), (3, "passenger_ill")]
        append(connection, revision_tag, [{"rev": rev, "kind": "cause", "value": cause} for rev, cause in tags])
        append(connection, incident, [row(name, name, 0, 30) for name in of])
        lines = [{"line": LINE, "incident": name, "name": "9", "mode": "metro"} for name in of]
        append(connection, incident_line, lines)
        append(
            connection,
            incident_event,
            [
                {
                    "incident": name,
                    "entry": rev,
                    "part": 0,
                    "at_us": at(rev),
                    "kind": "opened",
                    "disruption": f"r{rev}",
                    "rev": rev,
                    "begin_us": at(0),
                    "end_us": None,
                    "last_seen_us": None,
                }
                for name, revs in of.items()
                for rev in revs
            ],
        )
    engine.dispose()
    return Views(Store(url))


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ({}, ["cut", "nowhere", "slow"]),
        ({"severities": ("interruption",)}, ["cut"]),  # one of its notices was
        ({"severities": ("slow",)}, ["cut", "slow"]),
        ({"severities": ("works",)}, []),
        ({"causes": ("passenger_ill",)}, ["slow"]),
        ({"causes": ("unnamed",)}, ["nowhere"]),
        ({"text": "RETARDS prevoir"}, ["cut", "slow"]),  # without accents and capitals
        ({"text": "interrompu retards"}, []),  # of one notice, not of two
        ({"zones": ("93",)}, ["slow"]),
        ({"zones": ("75", "93")}, ["cut", "slow"]),  # what has no place lies in none
        ({"area": ((48.80, 2.38), (48.86, 2.40))}, ["cut"]),
        ({"area": ((48.80, 2.38), (48.86, 2.40)), "severities": ("blocking",)}, []),
        ({"zones": ("75",), "lines": ("C01742",)}, []),
    ],
)
def test_an_incident_is_chosen_by_one_of_its_notices_and_its_place(views, choice, found):
    with views.store.reading() as connection:
        selection = replace(EVERYTHING, **choice)
        assert sorted(each.incident for each in read_incidents(connection, selection, views.revisions_now)) == found
        assert sorted(each.incident for each in read_incidents(connection, selection)) == found
