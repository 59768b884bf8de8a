"""What one window shows: states, counts, stations, and unions that count a disruption once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.store import queries
from dashboard.store.lives import Lives
from dashboard.store.reader import Store
from dashboard.store.records import Hit, Message, Revision, Span
from dashboard.window.selection import Selection
from dashboard.window.titles import shown_title
from dashboard.window.view import Content, make_view, union_measures
from dashboard.window.view_cache import Views
from geo.network.stations import Stations
from prim_client.messages.message import CHANNELS, to_epoch_us
from tests.made.filled_store import fill_store
from tests.made.network import TICK, Plan, Planned, Touched

E9 = 1_000_000_000
NOON = datetime(2024, 4, 24, 12, 0, tzinfo=UTC)
A, B, BUS = "C01742", "C01743", "C01107"
ON_A, ON_B = Stations.load().of_line(A), Stations.load().of_line(B)


def disruption(name: str, *touched: Touched, begin_min: float = -120, end_min: float = 120, **more) -> Planned:
    """A disruption around noon; minutes count from noon."""
    begin, end = NOON + timedelta(minutes=begin_min), NOON + timedelta(minutes=end_min)
    words: dict[str, Any] = {
        "channel": "incident",
        "severity": "PERTURBEE",
        "title": name,
        "text": name,
        "polarity": -0.5,
    } | more
    return Planned(id=name, touched=touched, begin=begin, end=end, **words)


AT_NOON = Selection(end_us=to_epoch_us(NOON))


@pytest.fixture
def view_of(tmp_path):
    """Fill a store with these disruptions for an hour up to noon, and look at it."""

    def look(*disruptions: Planned, selection: Selection = AT_NOON, **more):
        plan = Plan(NOON - timedelta(hours=1), NOON, list(disruptions), k=2, **more)
        fill_store(f"sqlite:///{tmp_path}/store.db", plan).dispose()
        return Views(Store(f"sqlite:///{tmp_path}/store.db")).find(selection)

    return look


def test_a_disruption_on_two_lines_is_one_in_their_union(view_of):
    both = disruption("both", Touched(A, ON_A[:3]), Touched(B, ON_B[:1]))
    only_a = disruption("only a", Touched(A, ON_A[:2]))
    union = view_of(both, only_a, selection=Selection(lines=(A, B), end_us=to_epoch_us(NOON)))
    assert sum(m["disruptions_e9"] for m in union.measures.values()) == 2 * 6 * E9  # two, at each of six ticks
    assert union.counts.total == 2
    assert [a.revision.id for a in union.disruptions] == ["both", "only a"]


def test_a_disruption_counts_whole_on_each_of_its_lines(view_of):
    both = disruption("both", Touched(A, ON_A[:3]), Touched(B, ON_B[:1]))
    for line in (A, B):
        view = view_of(both, selection=Selection(lines=(line,), end_us=to_epoch_us(NOON)))
        assert sum(m["disruptions_e9"] for m in view.measures.values()) == 6 * E9
        assert {s.zda for s in view.stations} <= {s.zda for s in Stations.load().of_line(line)}
        assert view.disruptions[0].stations == {A: 3, B: 1}[line]


@pytest.mark.parametrize("lines", [(A,), (B,), ("C01371",)])
@pytest.mark.parametrize("channels", [("incident",), CHANNELS])
def test_the_union_of_one_line_is_its_row_of_the_window_table(views, lines, channels):
    assert_union_is_window(views, Selection(channels=channels, lines=lines))


@pytest.mark.parametrize("modes", [(), ("metro",), Selection().modes])
def test_the_union_of_a_scopes_lines_is_the_scopes_row(views, modes):
    assert_union_is_window(views, Selection(channels=CHANNELS, modes=modes))


def assert_union_is_window(views: Views, selection: Selection) -> None:
    compared = 0
    with views.store.reading() as connection:
        for span in queries.spans_between(connection, 0, to_epoch_us(NOON) * 2):
            counted = union_measures(views.content(connection, "", span), selection)
            written = queries.window_facts(connection, span.end_us, selection.channels, selection.scope())
            clusters = Lives().of_indices(written, ())
            assert counted == {clusters[key]: m for key, m in written.items() if any(m.values())}
            compared += len(written)
    assert compared > 50


def test_what_began_after_the_last_tick_is_new_and_what_ended_is_over(view_of):
    view = view_of(
        disruption("long", Touched(A, ON_A[:1])),
        disruption("ended", Touched(A, ON_A[:1]), end_min=-12),
        disruption("begun", Touched(A, ON_A[:1]), begin_min=1),
        disruption("later", Touched(A, ON_A[:1]), begin_min=60),
        selection=Selection(),
    )
    assert {a.revision.id: a.state for a in view.disruptions} == {
        "begun": "new",
        "long": "ongoing",
        "ended": "over",
    }
    assert view.disruptions[0].revision.id == "begun"


def test_only_what_is_ongoing_at_the_last_observed_tick_is_drawn_and_counted(view_of):
    view = view_of(disruption("long", Touched(A, ON_A[:2])), disruption("ended", Touched(A, ON_A[5:7]), end_min=-12))
    assert {s.zda for s in view.stations} == {s.zda for s in ON_A[:2]}
    assert view.counts.total == 1


def test_a_station_says_every_disruption_that_hits_it(view_of):
    view = view_of(disruption("one", Touched(A, ON_A[:1])), disruption("two", Touched(A, ON_A[:2])))
    because = {s.zda: sorted(active.revision.id for active, _ in s.because) for s in view.stations}
    assert because == {ON_A[0].zda: ["one", "two"], ON_A[1].zda: ["two"]}


def test_the_counts_beside_the_choices_follow_the_other_choices(view_of):
    disruptions = (
        disruption("incident on a", Touched(A, ON_A[:1])),
        disruption("works on a", Touched(A, ON_A[:1]), channel="works"),
        disruption("works on the bus", Touched(BUS), channel="works"),
    )
    view = view_of(*disruptions)
    assert view.counts.channels == {"incident": 1, "works": 1}  # the bus is not on rails
    assert view.counts.modes == {"rer": 1}  # only incidents are chosen
    view = view_of(*disruptions, selection=Selection(channels=("works",), modes=(), end_us=to_epoch_us(NOON)))
    assert view.counts.channels == {"incident": 1, "works": 2}
    assert view.counts.modes == {"rer": 1, "bus": 1}
    assert view.counts.lines == {A: 1, BUS: 1}


def test_what_has_no_place_is_counted_and_never_drawn(view_of):
    view = view_of(disruption("nowhere", Touched(A)), disruption("somewhere", Touched(A, ON_A[:1])))
    assert (view.counts.total, view.counts.placed, len(view.stations)) == (2, 1, 1)
    assert {a.revision.id for a in view.disruptions} == {"nowhere", "somewhere"}


def test_an_unobserved_end_of_the_window_shows_the_last_observed_tick(view_of):
    gap = frozenset({NOON, NOON - TICK})
    view = view_of(disruption("long", Touched(A, ON_A[:1])), unobserved=gap)
    assert view.last_observed.at_us == to_epoch_us(NOON - 2 * TICK)
    assert view.counts.total == 1


def test_a_window_without_any_observed_tick_claims_nothing(view_of):
    gap = frozenset(NOON - n * TICK for n in range(6))
    view = view_of(disruption("long", Touched(A, ON_A[:1])), unobserved=gap)
    assert view.last_observed is None
    assert (view.counts.total, view.stations) == (0, ())


def test_live_is_the_first_window_that_is_still_open(views):
    view = views.find(Selection())
    assert view.span.end_us == to_epoch_us(NOON + TICK)
    assert not view.span.closed
    assert view.last_observed.at_us == to_epoch_us(NOON)


def test_live_stays_at_the_next_window_while_nothing_is_observed(view_of):
    gap = frozenset(NOON - n * TICK for n in range(8))
    view = view_of(disruption("long", Touched(A, ON_A[:1])), unobserved=gap, selection=Selection())
    assert view.span.end_us == to_epoch_us(NOON + TICK)
    assert view.span.ticks_observed == 0


def test_a_window_that_is_not_there_is_none(views):
    assert views.find(Selection(end_us=1)) is None


def test_the_same_look_twice_is_the_same_view(views):
    assert views.find(Selection()) is views.find(Selection())
    assert views.find(Selection()) is not views.find(replace(Selection(), channels=("works",)))


def test_before_the_first_tick_of_a_store_what_was_published_is_drawn_and_the_clusters_are_announced():
    place = ON_A[0]
    hit = Hit(A, "rer", place.zda, place.zdc, place.name, place.lat, place.lon, "stop_id", 1.0, "", "")
    revision = Revision(
        rev=1,
        id="d",
        revision="r",
        channel="incident",
        severity="BLOQUANTE",
        cause="",
        title="title",
        short_message="",
        text="text",
        lines="[]",
        published_at_us=None,
        polarity=None,
        analyzer="",
        unplaced="",
        hits=(hit,),
    )
    at_us = to_epoch_us(NOON) + 1_000_000
    opened = Message(0, 0, at_us, False, 1, "opened", True, at_us, None, "0")
    content = Content((), (opened,), {1: revision}, {"tick_us": "300000000"})
    span = Span(to_epoch_us(NOON) + 300_000_000, at_us - 1, 6, 0, False, 0, 0, 1)
    view = make_view(Selection(), span, content, {})
    assert [s.zda for s in view.stations] == [place.zda]
    assert view.counts.total == 1
    assert view.awaited_us == to_epoch_us(NOON) + 300_000_000


@pytest.mark.parametrize("title", [".", "", " - "])
def test_a_title_that_says_nothing_gives_way_to_the_text(view_of, title):
    text = "La station A est fermée. Reportez-vous sur B."
    view = view_of(disruption("x", Touched(A, ON_A[:1]), title=title, text=text))
    assert shown_title(view.disruptions[0].revision) == "La station A est fermée."


def test_a_cluster_says_whether_it_grows(view_of):
    old = [disruption(f"old {i}", Touched(A, ON_A[:1])) for i in range(2)]
    new = [disruption(f"new {i}", Touched(A, ON_A[:1]), begin_min=-28) for i in range(4)]
    view = view_of(*old, *new)
    cluster = max(view.clusters, key=lambda c: c.disruptions)
    assert cluster.before == 2 and cluster.disruptions > 4
    assert cluster.trend == "up"


def test_without_an_earlier_window_nothing_is_said_of_a_trend(view_of):
    view = view_of(disruption("x", Touched(A, ON_A[:1])), selection=Selection(end_us=to_epoch_us(NOON - 7 * TICK)))
    assert [c.trend for c in view.clusters] == [""]
