"""The filters: each chooses what it says, together they agree, and every figure obeys them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from dashboard.files.snapshot import make_snapshot
from dashboard.pages.live.timeline import data
from dashboard.store.reader import Store
from dashboard.window.hit_filter import Choosing, area_shape
from dashboard.window.refusals import SelectionError
from dashboard.window.selection import Selection, parse_selection
from dashboard.window.view_cache import Views
from geo.network.stations import Stations
from prim_client.messages.message import CHANNELS, to_epoch_us
from spark_app.store.tables import derived, revision_search, revision_tag
from tests.made.filled_store import fill_store
from tests.made.network import Plan, Planned, Touched

NOON = datetime(2024, 4, 24, 12, 0, tzinfo=UTC)
A, B = "C01742", "C01743"
ON_A = {station.name: station for station in Stations.load().of_line(A)}
DEFENSE, CHESSY = ON_A["La Défense"], ON_A["Marne-la-Vallée-Chessy"]
AT_NOON = Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON), span="6h")


def planned(name: str, text: str, *touched: Touched, **more) -> Planned:
    begin, end = NOON - timedelta(hours=2), NOON + timedelta(hours=2)
    words: dict[str, Any] = {"channel": "incident", "severity": "PERTURBEE", "title": name, "polarity": -0.5} | more
    return Planned(id=name, text=text, touched=touched, begin=begin, end=end, **words)


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('choosing')}/store.db"
    plan = Plan(
        NOON - timedelta(hours=1),
        NOON,
        [
            planned("west", "Trafic interrompu : bagage oublié.", Touched(A, (DEFENSE,)), severity="BLOQUANTE"),
            planned("east", "Trafic ralenti : malaise voyageur.", Touched(A, (CHESSY,))),
            planned("both", "Trafic perturbé.", Touched(A, (DEFENSE, CHESSY))),
            planned("nowhere", "Éclairage en panne.", Touched(B, ())),
            planned("works", "Travaux d'été.", Touched(A, (CHESSY,)), channel="works"),
        ],
        k=2,
    )
    fill_store(url, plan).dispose()
    return Views(Store(url))


def ids(views, **choice):
    return {active.revision.id for active in views.find(replace(AT_NOON, **choice)).disruptions}


def test_each_filter_chooses_what_it_says(views):
    assert ids(views, severities=("interruption",)) == {"west"}
    assert ids(views, severities=("slow", "works")) == {"east", "works"}
    assert ids(views, causes=("passenger_ill",)) == {"east"}
    assert ids(views, zones=("92",)) == {"west", "both"}
    assert ids(views, zones=("92", "77")) == {"west", "east", "both", "works"}
    assert ids(views, text="TRAFIC oublie") == {"west"}
    assert ids(views, text="éclairage") == {"nowhere"}
    assert ids(views, area=((48.8, 2.7), (48.9, 2.9))) == {"east", "both", "works"}


def test_filters_narrow_together_and_a_place_narrows_the_hits_too(views):
    view = views.find(replace(AT_NOON, zones=("92",), channels=("incident",)))
    assert {s.zda for s in view.stations} == {DEFENSE.zda}
    assert ids(views, zones=("92",), severities=("interruption",), text="bagage") == {"west"}
    assert ids(views, zones=("77",), severities=("interruption",)) == set()


def test_beside_a_choice_stands_what_it_would_hold(views):
    counts = views.find(replace(AT_NOON, channels=("incident",), severities=("interruption",))).counts
    assert counts.total == 1
    assert counts.severities == {"disrupted": 2, "interruption": 1, "slow": 1}
    assert counts.channels == {"incident": 1}
    assert {zone: n for zone, n in counts.zones.items() if len(zone) == 2} == {"92": 1}
    assert views.find(replace(AT_NOON, zones=("92",))).counts.zones["77"] == 3


@pytest.mark.parametrize("size", ["disruptions", "stations"])
@pytest.mark.parametrize("choice", [{"zones": ("92",)}, {"severities": ("interruption", "slow")}, {"text": "trafic"}])
def test_map_timeline_and_export_agree(views, choice, size):
    selection = replace(AT_NOON, size=size, **choice)
    view, chart = views.find(selection), data(views, selection)
    window = next(w for w in chart["windows"] if w[0] == selection.end_us // 1000)
    assert sum(bar[1] for bar in window[4]) == pytest.approx(sum(getattr(c, size) for c in view.clusters), abs=0.01)
    exported = make_snapshot(views, selection).files["hits.csv"].decode()
    assert {row.split('"')[1] for row in exported.splitlines()[1:]} == {a.revision.id for a in view.disruptions}


def test_stacked_by_line_a_disruption_counts_on_each_line_and_narrowed_or_not_alike(views):
    for selection in (replace(AT_NOON, stack="line"), replace(AT_NOON, stack="line", text="t")):
        chart = data(views, selection)
        window = next(w for w in chart["windows"] if w[0] == AT_NOON.end_us // 1000)
        sizes = {chart["series"][position]["id"]: size for position, size, _ in window[4]}
        assert sizes == {A: 4, B: 1} if not selection.text else sizes == {A: 4}


def test_a_drawn_area_is_a_rectangle_of_two_corners_or_a_polygon():
    selection = parse_selection({"area": "48.8,2.2,48.9,2.4"})
    assert area_shape(selection.area).bounds == (2.2, 48.8, 2.4, 48.9)
    crossed = area_shape(((48.8, 2.2), (48.9, 2.4), (48.9, 2.2), (48.8, 2.4)))
    assert crossed.is_valid and not crossed.is_empty
    assert not Choosing(selection).area(next(h for h in [_hit_without_place()]))


def _hit_without_place():
    from dashboard.store.records import Hit

    return Hit(A, "rer", "", "", "", None, None, "", None, "", "")


@pytest.mark.parametrize(
    "query",
    [
        {"area": "48.8"},
        {"area": "48.8,2.2"},
        {"area": "x,y"},
        {"area": "91,2,48,2"},
        {"severity": "bad"},
        {"cause": "a b"},
        {"zone": "75;drop"},
        {"text": "x" * 81},
    ],
)
def test_what_does_not_exist_is_named(query):
    with pytest.raises(SelectionError, match=next(iter(query))):
        parse_selection(query)


def test_the_address_of_a_narrowed_choice_leads_back_to_it():
    from urllib.parse import parse_qsl

    chosen = Selection(
        severities=("blocking",),
        causes=("fire",),
        zones=("75", "94080"),
        text="été & co",
        area=((48.85, 2.3), (48.9, 2.4), (48.8, 2.5)),
        stack="line",
    )
    assert parse_selection(dict(parse_qsl(chosen.to_query()))) == chosen


def test_a_disruption_counts_under_each_cause_that_the_store_has_for_it_else_under_none_named(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    two = planned("two", "Incendie à la suite d'un acte de vandalisme.", Touched(A, (CHESSY,)))
    none = planned("none", "Le trafic est perturbé.", Touched(A, (CHESSY,)))
    engine = fill_store(url, Plan(NOON - timedelta(hours=1), NOON, [two, none]))
    views = Views(Store(url))
    assert views.find(AT_NOON).counts.causes == {"fire": 1, "security": 1, "unnamed": 1}
    assert ids(views, causes=("security",)) == {"two"} and ids(views, causes=("unnamed",)) == {"none"}
    with engine.begin() as connection:  # one truth: what the store says counts, whatever the words are
        connection.execute(update(revision_tag).where(revision_tag.c.value == "fire").values(value="strike"))
    assert Views(Store(url)).find(AT_NOON).counts.causes == {"strike": 1, "security": 1, "unnamed": 1}
    engine.dispose()


def test_a_revision_without_tags_yet_is_read_again_until_it_has_them(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    engine = fill_store(
        url, Plan(NOON - timedelta(hours=1), NOON, [planned("one", "Incendie.", Touched(A, (CHESSY,)))])
    )
    with engine.begin() as connection:
        tags = connection.execute(select(revision_tag)).mappings().all()
        found = connection.execute(select(revision_search)).mappings().all()
        connection.execute(delete(revision_tag))
        connection.execute(delete(revision_search))
    views = Views(Store(url))
    assert views.find(AT_NOON).counts.causes == {"unnamed": 1}
    with engine.begin() as connection:
        connection.execute(insert(revision_tag), [dict(row) for row in tags])
        connection.execute(insert(revision_search), [dict(row) for row in found])
        name = {"name": "texts", "version": "1", "next_entry": 99, "state": b"", "at_us": 1}
        connection.execute(insert(derived), [name])
    assert views.find(AT_NOON).counts.causes == {"fire": 1}
    engine.dispose()
