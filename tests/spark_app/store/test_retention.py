"""The store forgets what is too old and goes on as before."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from spark_app.store.engine import read_book
from spark_app.store.retention import prune
from spark_app.store.tables import entry, ledger, message, revision, revision_hit, window
from tests.made.enriched import network, row, table
from tests.spark_app.fold.test_sink import digest, make_sink, rows_of, write_in_batches


def test_old_entries_go_and_the_rest_is_untouched(tmp_path):
    rows = network(hours=10)
    sink = write_in_batches(tmp_path / "s.db", rows, 5)
    newest = max(r["event_time_us"] for r in rows)
    kept_from = newest - 3 * 3_600_000_000
    recent = select(window).where(window.c.end_us >= kept_from).order_by(*window.primary_key)
    with sink.engine.connect() as connection:
        book = read_book(connection)
    before = rows_of(sink, recent)
    assert prune(sink.engine, timedelta(hours=3)) > 50
    assert rows_of(sink, select(func.min(entry.c.event_time_us).label("t")))[0]["t"] >= kept_from
    assert rows_of(sink, recent) == before
    assert not [r for r in rows_of(sink, select(window)) if r["end_us"] < kept_from]
    lost = select(message.c.rev).where(message.c.rev.not_in(select(revision_hit.c.rev)))
    assert not rows_of(sink, lost)
    assert rows_of(sink, select(func.count().label("n")).select_from(revision))[0]["n"] < len({r["id"] for r in rows})
    with sink.engine.connect() as connection:
        assert read_book(connection) == book
    assert prune(sink.engine, timedelta(hours=3)) == 0


def test_the_stream_goes_on_after_a_pruning_as_if_nothing_had_been_dropped(tmp_path):
    rows = network(hours=10)
    half = rows[len(rows) // 2]["entry"]
    whole = write_in_batches(tmp_path / "whole.db", rows, 10**6)
    sink = make_sink(tmp_path / "s.db")
    sink.write("q", 0, table([r for r in rows if r["entry"] < half]))
    prune(sink.engine, timedelta(hours=1))
    again = make_sink(tmp_path / "s.db")
    rest = table([r for r in rows if r["entry"] >= half])
    assert again.entries_to_read_again(rest) == [], "no revision that is active was dropped"
    again.write("q", 1, rest)
    newest = max(r["event_time_us"] for r in rows)
    recent = select(window).where(window.c.end_us > newest - 3_600_000_000).order_by(*window.primary_key)
    assert rows_of(again, recent) == rows_of(whole, recent)
    assert digest(again) != digest(whole)


def test_the_ledger_keeps_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr("spark_app.store.retention.LEDGER_ROWS", 3)
    sink = write_in_batches(tmp_path / "s.db", network(hours=5), 5)
    last = rows_of(sink, select(func.max(ledger.c.to_entry).label("n")))[0]["n"]
    prune(sink.engine, timedelta(days=30))
    left = rows_of(sink, select(ledger).order_by(ledger.c.to_entry))
    assert len(left) == 3
    assert left[-1]["to_entry"] == last


def test_what_returns_after_its_revision_was_dropped_is_stored_anew(tmp_path):
    """The stream has run all the while: it has the dropped revision in mind."""
    rows = network(hours=10)
    sink = write_in_batches(tmp_path / "s.db", rows, 5)
    old = next(r for r in rows if r["kind"] == "closed")
    assert prune(sink.engine, timedelta(hours=1))
    assert not rows_of(sink, select(revision).where(revision.c.id == old["id"]))
    again = {name: old[name] for name in old if name not in ("entry", "part", "of", "event_time_us", "kind")}
    back = row(rows[-1]["entry"] + 1, rows[-1]["event_time_us"] + 60_000_000, of=1, kind="opened", **again)
    assert sink.write("q", 10**6, table([back]))
    known = select(message.c.rev).where(message.c.rev.not_in(select(revision_hit.c.rev)))
    assert not rows_of(sink, known)
    (returned,) = rows_of(sink, select(revision).where(revision.c.id == old["id"]))
    assert returned["rev"] == rows_of(sink, select(message.c.rev).order_by(message.c.entry.desc()).limit(1))[0]["rev"]
