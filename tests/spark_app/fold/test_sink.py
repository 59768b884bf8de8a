"""The sink: exactly once, and the same tables whatever the batches, in each database that is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import count

import numpy as np
import pytest
from sqlalchemy import func, select

from spark_app.fold.batch import BrokenBatch
from spark_app.fold.cluster_model import ClusterCount
from spark_app.fold.sink import Sink
from spark_app.fold.window_fold import FoldSettings
from spark_app.store.digest import windows_sha256
from spark_app.store.engine import StoreError, open_store, read_book, sqlite_url
from spark_app.store.tables import (
    MEASURES,
    NO_CLUSTER,
    WEIGHT_E9,
    dead_letter,
    message,
    model,
    revision,
    revision_hit,
    window,
    window_span,
)
from tests.made import databases, enriched
from tests.made.enriched import MINUTE_US, START_US, STATIONS, TICK_US, body, hit, network, row, table

COUNT = ClusterCount(least=3, most=6, disruptions_each=1)  # so that k changes in the made-up network
SETTINGS = FoldSettings(TICK_US, TICK_US, 6 * TICK_US, discount=0.5 ** (5 / 60), polarity_km=10.0, count=COUNT)
CENTRES = np.array([[640.0, 6860.0, 0.0], [655.0, 6862.0, 0.0], [660.0, 6870.0, 0.0]])


# MariaDB is not named in the skips: a machine that tests all else may do without it
DATABASES = ["sqlite", "postgresql", *(["mariadb"] if databases.mariadb() else [])]


@pytest.fixture(scope="module", params=DATABASES)
def database(request, tmp_path_factory) -> Iterator[Callable[[], str]]:
    """Gives the URL of a new store at each call."""
    if request.param == "sqlite":
        folder, numbers = tmp_path_factory.mktemp("stores"), count()
        yield lambda: sqlite_url(folder / f"{next(numbers)}.db")
    elif request.param == "postgresql" and not databases.postgres():
        pytest.skip("PostgreSQL is not installed")
    else:
        with {"postgresql": databases.postgresql_server, "mariadb": databases.mariadb_server}[request.param]() as new:
            yield new


@pytest.fixture
def store(database) -> Callable[[str], str]:
    """The URL of this test's store of a name."""
    return cache(lambda name: database())


def make_sink(store):
    """A sink on a store, given by its URL or by the path of a SQLite file."""
    url = store if isinstance(store, str) else sqlite_url(store)
    return Sink(open_store(url), SETTINGS, 0, CENTRES, "test-1", clock_us=lambda: 0)


def write_in_batches(store, rows, entries_per_batch, restart_every=10**9):
    last = rows[-1]["entry"] + 1
    sink = make_sink(store)
    for batch_id, start in enumerate(range(0, last, entries_per_batch)):
        if batch_id and batch_id % restart_every == 0:
            sink = make_sink(store)
        part = [r for r in rows if start <= r["entry"] < start + entries_per_batch]
        assert sink.write("q", batch_id, table(part))
    return sink


def digest(sink):
    with sink.engine.connect() as connection:
        return windows_sha256(connection)


def rows_of(sink, selectable):
    with sink.engine.connect() as connection:
        return [dict(r) for r in connection.execute(selectable).mappings()]


@pytest.fixture(scope="module")
def log_rows():
    return network(hours=4)


@pytest.fixture(scope="module")
def reference(database, log_rows):
    return write_in_batches(database(), log_rows, 10**6)


@pytest.mark.parametrize(("size", "restart_every"), [(1, 10**9), (7, 10**9), (7, 3), (1, 5), (50, 1)])
def test_the_same_tables_whatever_the_batches_and_restarts(store, log_rows, reference, size, restart_every):
    sink = write_in_batches(store("s"), log_rows, size, restart_every)
    assert digest(sink) == digest(reference)
    for each in (model, message, revision, revision_hit):
        assert rows_of(sink, select(each).order_by(*each.primary_key)) == rows_of(
            reference, select(each).order_by(*each.primary_key)
        )
    with sink.engine.connect() as one, reference.engine.connect() as other:
        assert read_book(one) == read_book(other)


def test_the_order_of_the_lines_in_a_batch_does_not_matter(store, log_rows, reference):
    sink = make_sink(store("s"))
    sink.write("q", 0, table(log_rows[::-1]))
    assert digest(sink) == digest(reference)


def test_one_disruption_counts_one_whatever_its_stations_and_lines(store):
    rer, metro = ("C1", "rer"), ("C2", "metro")
    two_lines = body("d", "incident", [hit(rer, STATIONS[0]), hit(rer, STATIONS[1]), hit(metro, STATIONS[2])], -0.5)
    sink = make_sink(store("s"))
    sink.write(
        "q",
        0,
        table(
            [
                row(0, START_US + MINUTE_US, of=1, kind="opened", initial=False, **two_lines),
                row(1, START_US + TICK_US, of=1, kind="ongoing", initial=False, tick=True, id="d", revision="dr"),
            ]
        ),
    )
    totals = {}
    for r in rows_of(sink, select(window).where(window.c.end_us == START_US + TICK_US)):
        per_line = totals.setdefault(r["line"], dict.fromkeys(MEASURES, 0))
        for name in MEASURES:
            per_line[name] += r[name]
    assert set(totals) == {"C1", "C2", "*rer", "*metro", "*rail", "*"}
    for line, sums in totals.items():
        assert sums["disruptions_e9"] == sums["opened_e9"] == WEIGHT_E9, line
        assert sums["scored_e9"] == WEIGHT_E9
        assert sums["polarity_e12"] == pytest.approx(-0.5e12, abs=3)
        assert sums["polarity_sq_e12"] == pytest.approx(0.25e12, abs=3)
    assert [totals[line]["stations"] for line in ("C1", "C2", "*")] == [2, 1, 3]


def test_two_disruptions_at_one_station_are_one_station_and_two_disruptions(store):
    line = ("C1", "rer")
    both = [body(name, "incident", [hit(line, STATIONS[0])], None) for name in ("a", "b")]
    sink = make_sink(store("s"))
    sink.write(
        "q",
        0,
        table(
            [
                *[row(0, START_US + 1, part=i, of=2, kind="opened", initial=True, **b) for i, b in enumerate(both)],
                *[
                    row(
                        1,
                        START_US + TICK_US,
                        part=i,
                        of=2,
                        kind="ongoing",
                        initial=False,
                        tick=True,
                        id=b["id"],
                        revision=b["revision"],
                    )
                    for i, b in enumerate(both)
                ],
            ]
        ),
    )
    found = rows_of(sink, select(window).where(window.c.line == "C1", window.c.end_us == START_US + TICK_US))
    assert [(r["stations"], r["hits"], r["disruptions_e9"]) for r in found] == [(1, 2, 2 * WEIGHT_E9)]
    assert found[0]["opened_e9"] == 0, "the messages of a log's first poll did not open now"
    assert found[0]["scored_e9"] == 0, "no evidence is not zero"


def test_a_message_without_station_counts_in_the_totals_and_in_no_cluster(store):
    nowhere = body("n", "works", [hit(("C3", "bus"), None)], -0.1)
    sink = make_sink(store("s"))
    sink.write(
        "q",
        0,
        table(
            [
                row(0, START_US + 1, of=1, kind="opened", initial=False, **nowhere),
                row(1, START_US + TICK_US, of=1, kind="ongoing", initial=False, tick=True, id="n", revision="nr"),
            ]
        ),
    )
    found = rows_of(sink, select(window).where(window.c.line == "*", window.c.end_us == START_US + TICK_US))
    assert [(r["cluster"], r["stations"], r["hits"], r["disruptions_e9"]) for r in found] == [
        (NO_CLUSTER, 0, 0, WEIGHT_E9)
    ]
    assert {r["labels"] for r in rows_of(sink, select(message))} == {"-"}
    with sink.engine.connect() as connection:
        assert read_book(connection)["unplaced"] == 2


def test_a_window_says_how_many_of_its_ticks_were_observed(store):
    sink = make_sink(store("s"))
    sink.write("q", 0, table([row(n, START_US + (n + 1) * TICK_US, tick=True, observed=n != 2) for n in range(6)]))
    spans = {r["end_us"]: r for r in rows_of(sink, select(window_span))}
    full = spans[START_US + 6 * TICK_US]
    assert (full["ticks_expected"], full["ticks_observed"], full["closed"]) == (6, 5, True)
    assert (full["first_entry"], full["last_entry"]) == (0, 5)
    still_open = spans[START_US + 7 * TICK_US]
    assert (still_open["ticks_observed"], still_open["closed"], still_open["first_entry"]) == (4, False, 1)


def test_a_batch_that_spark_runs_again_is_skipped(store, log_rows):
    sink = make_sink(store("s"))
    batch = table([r for r in log_rows if r["entry"] < 20])
    assert sink.write("q", 0, batch)
    before = digest(sink)
    again = make_sink(store("s"))
    assert not again.write("q", 0, batch)
    assert digest(again) == before


def test_a_gap_an_overlap_or_another_range_under_a_known_batch_is_refused(store, log_rows):
    sink = make_sink(store("s"))
    sink.write("q", 0, table([r for r in log_rows if r["entry"] < 20]))
    gap = table([r for r in log_rows if 25 <= r["entry"] < 30])
    with pytest.raises(StoreError, match="begins at entry 25, but the store ends at 20"):
        sink.write("q", 1, gap)
    with pytest.raises(StoreError, match="the ledger says 0 to 20"):
        sink.write("q", 0, table([r for r in log_rows if r["entry"] < 19]))
    with sink.engine.connect() as connection:
        assert connection.execute(select(func.max(message.c.entry))).scalar() < 20


def test_an_entry_that_is_not_whole_is_refused(store, log_rows):
    several = next(r["entry"] for r in log_rows if r["of"] > 1)
    for missing in (0, 1):
        rows = [r for r in log_rows if r["entry"] <= several and (r["entry"], r["part"]) != (several, missing)]
        with pytest.raises(BrokenBatch):
            make_sink(store(f"{missing}")).write("q", 0, table(rows))


def test_a_broken_message_becomes_a_dead_letter_with_its_reason_and_its_later_ones_too(store):
    broken = body("x", "incident", [hit(("C1", "rer"), STATIONS[0])], None) | {
        "reason": "text is missing",
        "payload": "{",
    }
    rows = [
        row(0, START_US + 1, of=1, kind="opened", initial=False, **broken),
        row(1, START_US + TICK_US, of=1, kind="ongoing", initial=False, tick=True, id="x", revision="xr"),
    ]
    for size in (1, 2):
        sink = make_sink(store(f"{size}"))
        for batch_id, start in enumerate(range(0, 2, size)):
            part = table(rows[start : start + size])
            asked = sink.entries_to_read_again(part)
            sink.write("q", batch_id, part, [rows[0] | {"entry": number} for number in asked])
        assert [(r["entry"], r["reason"]) for r in rows_of(sink, select(dead_letter))] == [
            (0, "text is missing"),
            (1, "text is missing"),
        ]
        assert not rows_of(sink, select(message))


def test_a_revision_that_the_store_never_saw_is_fetched_again_from_the_log(store):
    known = body("late", "incident", [hit(("C1", "rer"), STATIONS[3])], -0.2)
    again = row(5, START_US + TICK_US, of=1, kind="ongoing", initial=False, tick=True, **known)
    batch = table([again | {"has_body": False, "hits": None, "channel": None}])
    sink = make_sink(store("s"))
    assert sink.entries_to_read_again(batch) == [5]
    sink.write("q", 0, batch, [again])
    assert [r["id"] for r in rows_of(sink, select(revision))] == ["late"]
    assert sink.entries_to_read_again(batch) == [], "it is in the store now"


def test_random_networks_keep_the_weights_whole(store):
    sink = write_in_batches(store("s"), enriched.network(hours=3, seed=9), 11)
    for hits in rows_of(
        sink, select(revision_hit.c.rev, func.sum(revision_hit.c.weight_e9).label("sum")).group_by(revision_hit.c.rev)
    ):
        assert hits["sum"] == WEIGHT_E9


def test_ids_and_lines_that_differ_by_case_or_accent_only_are_different(store):
    names = ["ligne e", "ligne é", "Ligne e", "ligne 🚲"]
    sink = make_sink(store("s"))
    sink.write(
        "q",
        0,
        table(
            [
                row(
                    0,
                    START_US + 1,
                    part=part,
                    of=len(names),
                    kind="opened",
                    initial=False,
                    **body(name, "works", [hit((name, "bus"), None)], None),
                )
                for part, name in enumerate(names)
            ]
        ),
    )
    assert sorted(r["id"] for r in rows_of(sink, select(revision.c.id))) == sorted(names)
    opened = rows_of(
        sink, select(window.c.line).where(window.c.end_us == START_US + TICK_US, window.c.opened_e9 == WEIGHT_E9)
    )
    assert sorted(r["line"] for r in opened) == sorted(names)
