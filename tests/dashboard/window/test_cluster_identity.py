"""A cluster on screen, in files and in the API is a life: the sum over ticks of the hits whose label stood for it."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import create_engine, delete, select

from dashboard.pages.live import timeline
from dashboard.server.app import Options, make_app
from dashboard.store import queries
from dashboard.store.reader import Store
from dashboard.tables.catalogue import all_datasets
from dashboard.tables.dataset import AskedOfView
from dashboard.window.selection import Selection, format_utc
from dashboard.window.view_cache import Views
from geo.network.distance import distance_m
from prim_client.messages.message import CHANNELS
from spark_app.store import tables
from spark_app.store.tables import LABELS, NO_LABEL, WEIGHT_E9, cluster_label, derived, message, revision, revision_hit
from tests.made.recorded_store import fill_with_day

EVERYTHING = Selection(channels=CHANNELS, modes=())
pytestmark = pytest.mark.recording


@pytest.fixture(scope="module")
def url(shared_data, tmp_path_factory):
    """A busy day of April 2024, with clusters that the model drew anew many times."""
    url = f"sqlite:///{tmp_path_factory.mktemp('recorded')}/store.db"
    fill_with_day(url, shared_data / "prim" / "rail-2024-04-23_05-05.tar.zst", date(2024, 4, 24)).dispose()
    return url


@pytest.fixture
def views(url):
    return Views(Store(url))


@pytest.fixture(scope="module")
def counted(url):
    """{tick: {cluster: (weight of its disruptions in 1e-9, their ids)}}, counted row by row from the tables."""
    engine = create_engine(url)
    with engine.connect() as connection:
        weights = defaultdict(list)
        for rev, weight in connection.execute(
            select(revision_hit.c.rev, revision_hit.c.weight_e9).order_by(revision_hit.c.rev, revision_hit.c.hit)
        ):
            weights[rev].append(weight)
        life_at = defaultdict(list)
        for row in connection.execute(select(cluster_label).order_by(cluster_label.c.begin_us)):
            life_at[row.channel, row.cluster].append((row.begin_us, row.life))
        ticks = (
            select(tables.entry.c.event_time_us, revision.c.channel, revision.c.id, message.c.rev, message.c.labels)
            .select_from(
                message.join(tables.entry, message.c.entry == tables.entry.c.entry).join(
                    revision, revision.c.rev == message.c.rev
                )
            )
            .where(message.c.kind == "ongoing", tables.entry.c.observed, tables.entry.c.tick)
        )
        found: dict = defaultdict(lambda: defaultdict(lambda: (0, frozenset())))
        for tick_us, channel, id_, rev, labels in connection.execute(ticks):
            for label, weight in zip(labels, weights[rev], strict=True):
                if label != NO_LABEL:
                    life = [life for begin_us, life in life_at[channel, LABELS.index(label)] if begin_us <= tick_us][-1]
                    size, ids = found[tick_us][f"{channel}:{life}"]
                    found[tick_us][f"{channel}:{life}"] = (size + weight, ids | {id_})
    return found


def windows(views):
    with views.store.reading() as connection:
        spans = queries.spans_between(connection, 0, 2**62)
    return [span for span in spans if span.ticks_observed]


def of_window(counted, span):
    """{cluster: (mean size, ids)} of a window, from its ticks."""
    sums, ids = defaultdict(int), defaultdict(set)
    for tick_us, clusters in counted.items():
        if span.begin_us < tick_us <= span.end_us:
            for key, (weight, held) in clusters.items():
                sums[key] += weight
                ids[key] |= held
    return {
        key: (round(weight / WEIGHT_E9 / span.ticks_observed, 6), tuple(sorted(ids[key])))
        for key, weight in sums.items()
    }


def test_each_cluster_of_each_window_is_the_sum_over_its_ticks_of_the_hits_of_its_life(views, counted):
    several = 0
    for span in windows(views)[::3]:
        view = views.find(replace(EVERYTHING, end_us=span.end_us))
        assert {c.key: (round(c.disruptions, 6), c.ids) for c in view.clusters} == of_window(counted, span)
        with views.store.reading() as connection:
            facts = queries.window_facts(connection, span.end_us, CHANNELS, "*")
        several += {(c.channel, c.index) for c in view.clusters} != {key for key in facts if key[1] >= 0}
    assert several, "in some windows one index of the model stood for several lives"


def test_the_timeline_has_the_same_clusters(views, counted):
    chart = timeline.data(views, replace(EVERYTHING, span="24h"))
    spans = {span.end_us // 1000: span for span in windows(views)}
    compared = 0
    for end_ms, _, observed, _, parts, *_ in chart["windows"]:
        if observed:
            sizes = {chart["series"][position]["id"]: size for position, size, _ in parts}
            assert sizes == pytest.approx(
                {key: size for key, (size, _) in of_window(counted, spans[end_ms]).items()}, abs=0.000_6
            )
            compared += len(sizes)
    assert compared > 500


def test_one_name_and_letter_in_view_table_hits_and_timeline(views, url):
    chart = timeline.data(views, replace(EVERYTHING, span="24h"))
    series = {each["id"]: (each["letter"], each["label"]) for each in chart["series"]}
    for span in windows(views)[::20]:
        selection = replace(EVERYTHING, end_us=span.end_us)
        view = views.find(selection)
        asked = AskedOfView(views, view)
        rows = {row["cluster"]: row for row in all_datasets()["clusters"].read(asked).rows}
        assert {c.key: (c.letter, c.name) for c in view.clusters} == {
            key: (row["letter"], row["name"]) for key, row in rows.items()
        }
        assert {key: series[key][0] for key in rows} == {key: row["letter"] for key, row in rows.items()}
        for row in all_datasets()["hits"].read(asked).rows:
            assert (
                row["cluster"] == ""
                or row["cluster"] not in rows
                or row["cluster_name"] == rows[row["cluster"]]["name"]
            )


def test_letters_are_unique_among_the_clusters_of_a_window(views):
    for span in windows(views)[::5]:
        letters = [c.letter for c in views.find(replace(EVERYTHING, end_us=span.end_us)).clusters]
        assert "" not in letters and len(set(letters)) == len(letters)


def test_hue_and_pattern_together_are_unique_among_the_clusters_of_a_window(views):
    for span in windows(views)[::5]:
        clusters = views.find(replace(EVERYTHING, end_us=span.end_us)).clusters
        looks = {(c.hue, c.pattern) for c in clusters}
        assert len(looks) == len(clusters) and {hue for hue, _ in looks} <= set(range(8))


def test_a_filter_keeps_identity_letter_and_name(views):
    span = max(windows(views), key=lambda span: len(views.find(replace(EVERYTHING, end_us=span.end_us)).clusters))
    whole = {c.key: (c.letter, c.name) for c in views.find(replace(EVERYTHING, end_us=span.end_us)).clusters}
    view = views.find(replace(EVERYTHING, end_us=span.end_us))
    for line in sorted(view.counts.lines)[:5]:
        narrow = views.find(replace(EVERYTHING, lines=(line,), end_us=span.end_us))
        assert {c.key: (c.letter, c.name) for c in narrow.clusters}.items() <= whole.items()


def test_a_name_changes_at_most_once_a_life_and_day_unless_the_cluster_moved(url):
    with create_engine(url).connect() as connection:
        names = defaultdict(list)
        for row in connection.execute(select(tables.cluster_place).order_by(tables.cluster_place.c.tick_us)):
            names[row.channel, row.life].append((row.lat, row.lon))
    for places in names.values():
        assert all(distance_m(*one, *other) > 0 for one, other in pairwise(places))
    assert sum(len(places) - 1 for places in names.values()) < len(names)


def test_a_cluster_without_a_life_is_new_and_not_left_out(url, tmp_path):
    copy = f"sqlite:///{tmp_path}/store.db"
    with create_engine(url).connect() as connection:
        connection.exec_driver_sql(f"vacuum into '{tmp_path}/store.db'")
    with create_engine(copy).begin() as connection:
        for table in (cluster_label, tables.cluster_life, tables.cluster_sign, tables.cluster_place):
            connection.execute(delete(table))
        connection.execute(delete(derived).where(derived.c.name == "clusters"))
    span = windows(Views(Store(url)))[150]
    clusters = Views(Store(copy)).find(replace(EVERYTHING, end_us=span.end_us)).clusters
    with Store(copy).reading() as connection:
        facts = queries.window_facts(connection, span.end_us, CHANNELS, "*")
    expected = {
        f"{channel}:new-{index}" for (channel, index), sums in facts.items() if index >= 0 and sums["disruptions_e9"]
    }
    assert {c.key for c in clusters} == expected
    assert all(c.is_new and (c.letter, c.hue, c.pattern) == ("", None, 0) and c.name for c in clusters)


def test_the_api_gives_identity_index_letter_and_station(url):
    client = make_app(Store(url), Options()).server.test_client()
    span = windows(Views(Store(url)))[150]
    answer = json.loads(
        client.get(
            f"/api/v1/clusters?channel=incident,works,information&modes=all&window={format_utc(span.end_us)}"
        ).data
    )
    assert answer["rows"]
    for row in answer["rows"]:
        assert row["cluster"] == f"{row['channel']}:{row['cluster'].split(':')[1]}"
        assert row["hue"] in range(8) and row["pattern"] >= 0
        assert row["index"] >= 0 and row["letter"] and row["station_zda"] and row["name"]
