"""Clusters are called by what they are about, on the map, in the table and in the timeline."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, delete, insert

from dashboard import queries, timeline
from dashboard.map_layers import cluster_details, cluster_features
from dashboard.selection import CHANNELS, Selection
from dashboard.store import Store
from dashboard.views import Views
from geo.lines import Lines
from prim_client.message import to_epoch_us
from spark_app.derived import Runner
from spark_app.language.cluster_names import short_label
from spark_app.language.folds import language_folds
from spark_app.tables import cluster_name
from tests.dashboard.conftest import NOON
from tests.made_network import believable_plan
from tests.store_fixture import fill_store

CHOICE = Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON))


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('titles')}/store.db"
    engine = fill_store(url, believable_plan(NOON, hours=2))
    Runner(engine, language_folds(timedelta(hours=2), timedelta(days=7))).catch_up()
    engine.dispose()
    return url


def test_every_cluster_of_a_window_has_its_title_and_keeps_its_place(url):
    view = Views(Store(url)).of(CHOICE)
    assert view.clusters
    for cluster in view.clusters:
        assert " · " in cluster.title
        assert cluster.shown == cluster.title != cluster.name


def test_map_list_and_popup_call_a_cluster_by_its_place_alone(url):
    view = Views(Store(url)).of(CHOICE)
    places = {c.key: c.place for c in view.clusters}
    assert {key: detail["name"] for key, detail in cluster_details(view).items()} == places
    for feature in cluster_features(view)["features"]:
        assert feature["properties"]["name"] == places[feature["properties"]["key"]]
    stations = {hit.station for active in view.disruptions for hit, _ in active.hits}
    assert places and set(places.values()) <= stations


def test_a_narrower_choice_is_named_by_what_it_chooses(url):
    views = Views(Store(url))
    line = next(iter(views.of(CHOICE).counts.lines))
    for cluster in views.of(replace(CHOICE, lines=(line,))).clusters:
        assert short_label(line, "", Lines.load().get(line).mode) in cluster.title


def test_the_timeline_says_what_the_largest_cluster_of_each_window_was_about(url):
    chart = timeline.data(Views(Store(url)), CHOICE)
    told = [window[6] for window in chart["windows"] if window[4]]
    assert told and all(" · " in title for title in told[1:])


def test_a_title_holds_from_its_tick_until_the_next(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    fill_store(url, believable_plan(NOON, hours=1)).dispose()
    engine = create_engine(url)
    told = [(10, "Nation", ""), (20, "Auber", "RER A")]
    with engine.begin() as connection:
        connection.execute(delete(cluster_name))
        connection.execute(
            insert(cluster_name),
            [
                {
                    "scope": "*",
                    "channel": "incident",
                    "cluster": 1,
                    "tick_us": tick,
                    "place": place,
                    "line": line,
                    "cause": "",
                }
                for tick, place, line in told
            ],
        )
    with Store(url).reading() as connection:
        assert queries.cluster_titles(connection, 9, "*") == {}
        assert queries.cluster_titles(connection, 19, "*") == {("incident", 1): "Nation"}
        assert queries.cluster_titles(connection, 20, "*") == {("incident", 1): "Auber · RER A"}
        assert queries.cluster_title_changes(connection, 15, 30, ["incident"], "*") == {
            ("incident", 1): [(15, "Nation"), (20, "Auber · RER A")]
        }
        assert queries.cluster_title_changes(connection, 15, 30, ["works"], "*") == {}


def test_the_version_tells_when_the_names_have_come(url, tmp_path):
    bare = f"sqlite:///{tmp_path}/store.db"
    fill_store(bare, believable_plan(NOON, hours=2)).dispose()
    versions = []
    for each in (bare, url):
        with Store(each).reading() as connection:
            versions.append(queries.read_version(connection).data())
    assert versions[0] != versions[1]
