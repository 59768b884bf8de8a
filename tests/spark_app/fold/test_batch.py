"""A micro-batch in parts: whole entries in log order, whatever fits into memory at once."""

from __future__ import annotations

import itertools
from functools import partial

import pytest

from spark_app.fold import sink
from spark_app.fold.batch import BrokenBatch, bounds_of, to_batches
from tests.made.enriched import network, table
from tests.spark_app.fold.test_sink import digest, make_sink


@pytest.fixture(scope="module")
def rows():
    return network(hours=2)


@pytest.mark.parametrize("rows_at_once", [1, 7, 10**6])
def test_parts_are_whole_entries_in_order_and_nothing_else(rows, rows_at_once):
    parts = list(to_batches(table(rows[::-1]), rows_at_once))
    together = [(r["entry"], r["part"]) for part in parts for r in part.rows]
    assert together == [(r["entry"], r["part"]) for r in rows]
    entries = [{r["entry"] for r in part.rows} for part in parts]
    assert all(max(one) < min(other) for one, other in itertools.pairwise(entries))
    assert {at for part in parts for at in part.bodies} == {(r["entry"], r["part"]) for r in rows if r["has_body"]}
    assert (len(parts) == 1) is (rows_at_once == 10**6)


def test_bounds_are_the_first_entry_and_the_one_behind_the_last(rows):
    assert bounds_of(table(rows[::-1])) == (0, rows[-1]["entry"] + 1)


@pytest.mark.parametrize("rows_at_once", [1, 10**6])
def test_an_entry_that_is_missing_is_found_within_a_part_and_between_two(rows, rows_at_once):
    gap = [r for r in rows if r["entry"] != 5]
    with pytest.raises(BrokenBatch, match="expected entry 5 part 0, got 6, 0"):
        list(to_batches(table(gap), rows_at_once))


def test_a_batch_written_in_parts_gives_the_same_tables(tmp_path, rows, monkeypatch):
    whole = make_sink(tmp_path / "whole.db")
    whole.write("q", 0, table(rows))
    monkeypatch.setattr(sink, "to_batches", partial(to_batches, rows_at_once=5))
    in_parts = make_sink(tmp_path / "parts.db")
    in_parts.write("q", 0, table(rows))
    assert digest(in_parts) == digest(whole)
