"""Addresses of what has an id: any text in an id goes there and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, update

from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from dashboard.ui.addresses import encoded, link
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.runner import Runner
from spark_app.store.tables import revision, revision_hit
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store
from tests.made.network import TICK, Plan, Planned, Touched

IDS = [
    "a/b",
    "/a//b/",
    "a?b=c",
    "a#b",
    "50%",
    "a%2Fb",
    "a..b",
    "x é y",
    "a.json",
    "a:b,c",
    "line:IDFM:C01742",
    "a&b=c;d+e",
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A store with one incident and one line for each of IDS."""
    url = f"sqlite:///{tmp_path_factory.mktemp('addresses')}/store.db"
    plans = [
        Planned(
            f"w{n}" if n % 2 else name,
            "works" if n % 2 else "incident",
            "PERTURBEE",
            f"Panne {n}",
            f"Panne {n}",
            -0.2,
            (Touched("C01742"),),
            NOON - 3 * TICK,
            NOON + 3 * TICK,
        )
        for name_n, name in enumerate(IDS)
        for n in (2 * name_n, 2 * name_n + 1)
    ]
    fill_store(url, Plan(NOON - 6 * TICK, NOON, plans)).dispose()
    engine = create_engine(url)
    with engine.begin() as connection:  # lines that only the store knows
        for n, name in enumerate(IDS):
            revs = [row.rev for row in connection.execute(revision.select().where(revision.c.id == f"w{2 * n + 1}"))]
            connection.execute(update(revision_hit).where(revision_hit.c.rev.in_(revs)).values(line=name))
    runner = Runner(engine, [Incidents()])
    runner.take_turn(runner.folds[0], lambda: False)
    engine.dispose()
    return make_app(Store(url), Options()).server.test_client()


@pytest.mark.parametrize("id_", IDS)
def test_an_incident_has_an_address_whatever_its_id(client, id_):
    by_path = client.get(link("api", "v1", "incidents", id_))
    assert by_path.status_code == 200, by_path.data
    assert json.loads(by_path.data)["incident"]["incident"] == id_
    by_query = client.get(link("api", "v1", "incident-steps", incident=id_))
    assert by_query.status_code == 200 and json.loads(by_query.data)["incident"] == id_
    assert client.get(link("api", "v1", "incident-steps.csv", incident=id_)).status_code == 200


@pytest.mark.parametrize("id_", [id_ for id_ in IDS if "," not in id_ and "C01742" not in id_])
def test_a_line_of_the_store_alone_has_a_calendar_and_rows(client, id_):
    calendar = client.get(link("works", f"{id_}.ics"))
    assert calendar.status_code == 200 and b"BEGIN:VEVENT" in calendar.data
    rows = json.loads(client.get(link("api", "v1", "hits", lines=id_, channel="works")).data)["rows"]
    assert {row["line"] for row in rows} == {id_}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_every_text_comes_back_from_a_path_and_from_a_query(text):
    from urllib.parse import parse_qs, unquote, urlsplit

    there = urlsplit(f"http://localhost{link('incidents', text, name=text)}")
    assert unquote(there.path) == f"/incidents/{text}" and not there.fragment
    assert parse_qs(there.query, keep_blank_values=True) == {"name": [text]}
    assert " " not in encoded({"a": text})
