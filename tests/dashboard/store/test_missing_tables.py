"""A store that an older version made is shown with what is there, and says what is not; it is not changed."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, inspect

from dashboard.registry.pages import all_pages
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store, StoreUnavailable
from dashboard.tables.catalogue import all_datasets
from spark_app.store import tables
from tests.dashboard.conftest import NOON
from tests.dashboard.pages.test_pages_and_api import turn
from tests.made.filled_store import fill_store
from tests.made.network import Plan, Planned, Touched

NEW = (
    tables.alert,
    tables.delivery,
    tables.line_hour,
    tables.cluster_life,
    tables.cluster_event,
    tables.cluster_place,
    tables.derived,
    tables.incident,
    tables.incident_event,
    tables.trend,
    tables.revision_tag,
)
PLANNED = Planned(
    "a",
    "incident",
    "BLOQUANTE",
    "Incendie",
    "Trafic interrompu",
    -0.5,
    (Touched("C01742"),),
    NOON - timedelta(hours=2),
    NOON,
)


def make_old(url):
    engine = fill_store(url, Plan(NOON - timedelta(hours=1), NOON - timedelta(minutes=5), [PLANNED]))
    with engine.begin() as connection:
        for table in NEW:
            table.drop(connection)
    return engine


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('old')}/store.db"
    make_old(url).dispose()
    return url


@pytest.fixture(scope="module")
def client(old):
    return make_app(Store(old), Options()).server.test_client()


@pytest.mark.parametrize("page", [page.name for page in all_pages() if page.name not in ("search", "trends")])
def test_every_page_shows_what_there_is(client, page):
    shown = turn(client, page)
    assert shown[f"shown-{page}"]["data"]["asked"] is not None, "the page has an answer, and need not ask again"


@pytest.mark.parametrize(
    "name", [each.name for each in all_datasets().values() if not any(p.required for p in each.parameters)]
)
def test_every_table_of_the_api_is_there_and_says_what_the_store_does_not_have(client, name):
    answer = json.loads(client.get(f"/api/v1/{name}?modes=all").data)
    assert set(answer["missing_tables"]) == {table.name for table in NEW}


def test_the_footer_says_it(client):
    body = {
        "output": "books.children",
        "outputs": {"id": "books", "property": "children"},
        "changedPropIds": ["status-version.data"],
        "inputs": [{"id": "status-version", "property": "data", "value": 1}],
        "state": [{"id": "start", "property": "data", "value": {"language": "fr"}}],
    }
    said = json.dumps(client.post("/_dash-update-component", json=body).json, ensure_ascii=False)
    assert "Dépôt d'une version plus ancienne" in said and "line_hour" in said


def test_the_store_is_not_changed_and_what_it_gets_is_seen_at_once(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    engine, store = make_old(url), Store(url)
    with store.reading():
        assert set(store.missing) == {table.name for table in NEW}
    assert not inspect(engine).has_table("alert")
    tables.metadata.create_all(engine)
    with store.reading():
        assert store.missing == ()
    engine.dispose()


def test_a_database_that_is_no_store_is_no_empty_store(tmp_path):
    url = f"sqlite:///{tmp_path}/other.db"
    with create_engine(url).begin() as connection:
        connection.exec_driver_sql("create table shopping (item text)")
    with pytest.raises(StoreUnavailable, match="no such table"), Store(url).reading() as connection:
        connection.execute(tables.meta.select())


def test_in_the_other_databases_nothing_stays_behind_either(new_database):
    url = new_database()
    engine = make_old(url)
    store = Store(url)
    for _ in range(2):
        with store.reading() as connection:
            assert store.missing and connection.execute(tables.alert.select()).all() == []
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        row = {"line": "C01742", "day": "2024-04-24", "hour": 1, "ticks": 12, "level_e6": 1}
        connection.execute(tables.line_hour.insert(), [row])
    with store.reading() as connection:
        assert store.missing == () and len(connection.execute(tables.line_hour.select()).all()) == 1
    engine.dispose()
