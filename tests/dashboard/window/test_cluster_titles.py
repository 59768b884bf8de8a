"""A cluster is called by its place alone, on the map, in the popup and in the timeline."""

from dataclasses import replace

import pytest

from dashboard.map.map_layers import badge_features, cluster_details
from dashboard.pages.live import timeline
from dashboard.store import queries
from dashboard.store.reader import Store
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from prim_client.messages.message import CHANNELS, to_epoch_us
from spark_app.derived.clusters.fold import ClusterFold
from spark_app.derived.runner import Runner
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store
from tests.made.network import believable_plan

CHOICE = Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON))


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('titles')}/store.db"
    engine = fill_store(url, believable_plan(NOON, hours=2))
    Runner(engine, [ClusterFold()]).catch_up()
    engine.dispose()
    return url


def test_map_list_and_popup_call_a_cluster_by_its_place_alone(url):
    view = Views(Store(url)).find(CHOICE)
    names = {c.key: c.name for c in view.clusters}
    assert {key: detail["name"] for key, detail in cluster_details(view).items()} == names
    for feature in badge_features(view)["features"]:
        assert feature["properties"]["name"] == names[feature["properties"]["key"]]
    assert names and all(names.values())


def test_the_medoid_is_one_of_the_stations_of_the_cluster(url):
    view = Views(Store(url)).find(CHOICE)
    stations = {(hit.zda, hit.station, hit.lat, hit.lon) for active in view.disruptions for hit, _ in active.hits}
    assert {tuple(c.medoid) for c in view.clusters} <= stations


def test_a_narrower_choice_keeps_the_name(url):
    views = Views(Store(url))
    names = {c.key: c.name for c in views.find(CHOICE).clusters}
    line = next(iter(views.find(CHOICE).counts.lines))
    narrower = {c.key: c.name for c in views.find(replace(CHOICE, lines=(line,))).clusters}
    assert narrower and narrower.items() <= names.items()


def test_the_timeline_says_what_the_largest_cluster_of_each_window_was_called(url):
    chart = timeline.data(Views(Store(url)), CHOICE)
    largest = [window[6] for window in chart["windows"] if window[4]]
    assert largest and set(largest) <= {each["label"] for each in chart["series"]}


def test_the_version_tells_when_the_names_have_come(url, tmp_path):
    bare = f"sqlite:///{tmp_path}/store.db"
    fill_store(bare, believable_plan(NOON, hours=2)).dispose()
    versions = []
    for each in (bare, url):
        with Store(each).reading() as connection:
            versions.append(queries.read_version(connection).data())
    assert versions[0] != versions[1]
