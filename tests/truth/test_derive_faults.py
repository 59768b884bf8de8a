"""The derive process killed midway, without room on the disk and kept from the store: its tables are as if nothing was."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime

import pytest

from benchmarks import _derive_faults
from benchmarks._derive_faults import (
    FULL,
    KILL,
    LOCKED,
    DeriveRound,
    Follower,
    derived_rows,
    strike,
    undisturbed,
)
from benchmarks._growing_store import GrowingStore
from spark_app.store import sqlite_url
from tests.made_network import believable_plan
from tests.store_fixture import fill_store

STEP_H = 2


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit(2) is Linux's")
def test_whatever_happens_to_it_the_tables_are_those_of_one_undisturbed_go(tmp_path, monkeypatch):
    monkeypatch.setattr(_derive_faults, "HELD_S", (1.2, 1.2))
    source = tmp_path / "source.db"
    fill_store(sqlite_url(source), believable_plan(datetime(2026, 10, 5, 12, tzinfo=UTC), hours=6)).dispose()
    whole = undisturbed(GrowingStore(tmp_path / "whole.db", source))
    assert len(whole["incident_of"]) > 100
    store, played, before = GrowingStore(tmp_path / "store.db", source), DeriveRound(), -1
    follower, faults = Follower(store), iter((KILL, FULL, LOCKED))
    try:
        for _, last in store.grow(STEP_H):
            if fault := next(faults, None):
                strike(follower, fault, before, last, random.Random(1), played)
            before = last
        assert follower.wait_until(lambda places: min(places) > last)
        assert (follower.stop(), follower.starts) == (0, 2), "only a kill ends it"
    finally:
        follower.kill()
    assert [fault for fault, _ in played.faults] == [KILL, FULL, LOCKED]
    assert derived_rows(store.url) == whole
