"""A filter only chooses hits: no figure of a filtered view is larger,
and each is a plain recount of the store's rows."""

import csv
import io
import json
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from dashboard.files.snapshot import make_snapshot
from dashboard.pages.live.timeline import data
from dashboard.server.app import Options, make_app
from dashboard.store.lives import number_of_new
from dashboard.store.reader import Store
from dashboard.window.hit_filter import Choosing
from dashboard.window.selection import Selection
from prim_client.messages.message import CHANNELS, to_epoch_us
from spark_app.language.severities import SEVERITIES
from spark_app.store.tables import LABELS, NO_CLUSTER
from tests.dashboard.conftest import NOON

BASES = (
    Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON)),
    Selection(channels=CHANNELS, end_us=to_epoch_us(NOON)),
    Selection(channels=CHANNELS, modes=("rer", "bus"), end_us=to_epoch_us(NOON)),
    Selection(channels=CHANNELS, lines=("C01742", "C01743"), end_us=to_epoch_us(NOON)),
)
E9 = 1_000_000_000


@st.composite
def filters(draw):
    """Any filter for what is said or where, over one of BASES."""
    area = draw(
        st.none() | st.tuples(st.floats(48.6, 49.0), st.floats(2.0, 2.7), st.floats(0.02, 0.4), st.floats(0.02, 0.4))
    )
    corners = () if area is None else ((area[0], area[1]), (area[0] + area[2], area[1] + area[3]))
    more = {
        "area": tuple((round(lat, 4), round(lon, 4)) for lat, lon in corners),
        "zones": tuple(sorted(draw(st.sets(st.sampled_from(("75", "92", "93", "94", "77", "75056")), max_size=2)))),
        "severities": tuple(s for s in SEVERITIES if s in draw(st.sets(st.sampled_from(SEVERITIES), max_size=2))),
        "text": draw(st.sampled_from(("", "trafic", "travaux", "e"))),
    }
    base = draw(st.sampled_from(BASES))
    return base, replace(base, **more)


@pytest.fixture(scope="module")
def rows(store_url):
    """The messages that count in the window up to noon, straight from the tables."""
    bounds = {"begin": to_epoch_us(NOON) - 1_800_000_000, "end": to_epoch_us(NOON)}
    query = """select m.rev, m.kind, m.labels, m.initial, e.event_time_us, e.tick, r.channel from message m
        join entry e on e.entry = m.entry join revision r on r.rev = m.rev
        where e.event_time_us > :begin and e.event_time_us <= :end and m.kind in ('ongoing', 'opened', 'closed')"""
    with create_engine(store_url).connect() as connection:
        return connection.execute(text(query), bounds).all()


def recount(rows, revisions, selection):
    """{(channel, cluster): [disruptions, opened, closed, stations]} by adding up shares in plain Python."""
    choosing = Choosing(selection)
    sums, stations = defaultdict(lambda: [0.0, 0.0, 0.0]), defaultdict(set)
    for rev, kind, labels, initial, at_us, _, channel in rows:
        revision = revisions[rev]
        if not choosing.disruption(revision) or (initial and kind != "ongoing"):
            continue
        scope = [hit for hit in revision.hits if choosing.line(hit)]
        for hit, label in zip(revision.hits, labels, strict=True):
            if choosing.hit(hit):
                key = channel, number_of_new(LABELS.index(label)) if label in LABELS else NO_CLUSTER  # no fold has run
                sums[key][("ongoing", "opened", "closed").index(kind)] += 1 / len(scope)
                if kind == "ongoing" and hit.zda:
                    stations[key].add((at_us, hit.zda))
    return {key: [*found, len(stations[key])] for key, found in sums.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(both=filters())
def test_no_figure_grows_and_each_is_a_plain_recount(views, rows, both):
    base, narrowed = both
    whole, view = views.get(base), views.get(narrowed)
    with views.store.reading() as connection:
        revisions = views.revisions_now(connection, {row.rev for row in rows})
    counted = recount(rows, revisions, narrowed)
    for key, sums in view.measures.items():
        figures = [sums["disruptions_e9"] / E9, sums["opened_e9"] / E9, sums["closed_e9"] / E9, sums["stations"]]
        assert figures == pytest.approx(counted[key], abs=1e-6)
        assert all(
            value <= whole.measures[key][name]
            for name, value in sums.items()
            if name.endswith("e9") or name in ("stations", "hits")
        )
    assert {key for key, sums in counted.items() if any(sums)} <= view.measures.keys()
    largest = {cluster.key: cluster for cluster in whole.clusters}
    for cluster in view.clusters:
        assert cluster.disruptions <= largest[cluster.key].disruptions + 1e-9
        assert cluster.stations <= largest[cluster.key].stations and set(cluster.ids) <= set(largest[cluster.key].ids)
    assert (view.counts.total, view.counts.placed) <= (whole.counts.total, whole.counts.placed)
    assert len(view.stations) <= len(whole.stations) and len(view.disruptions) <= len(whole.disruptions)


@pytest.mark.parametrize("base", BASES)
def test_bars_of_the_timeline_do_not_grow_either(views, base):
    def sizes(selection):
        return {window[0]: sum(part[1] for part in window[4]) for window in data(views, selection)["windows"]}

    whole, narrowed = sizes(base), sizes(replace(base, zones=("75",)))
    assert any(narrowed.values())
    assert all(size <= whole[end_ms] + 0.01 for end_ms, size in narrowed.items())


def test_api_and_file_say_what_the_view_says(store_url, views):
    narrowed = replace(BASES[0], zones=("75",))
    client = make_app(Store(store_url), Options()).server.test_client()
    answer = json.loads(client.get(f"/api/v1/clusters?{narrowed.to_query()}").data)["rows"]
    told = csv.DictReader(io.StringIO(make_snapshot(views, narrowed).files["clusters.csv"].decode(), newline=""))
    shown = {cluster.key: round(cluster.disruptions, 6) for cluster in views.get(narrowed).clusters}
    whole = {cluster.key: cluster.disruptions for cluster in views.get(BASES[0]).clusters}
    assert shown == {row["cluster"]: row["disruptions"] for row in answer}
    assert shown == {row["cluster"]: float(row["disruptions"]) for row in told}
    assert any(size < whole[key] for key, size in shown.items())
