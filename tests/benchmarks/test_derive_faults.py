"""The derive process killed midway, without room on the disk and kept from the store:
its tables are as if nothing was."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, func, make_url, select

from benchmarks.base._growing_store import GrowingStore
from benchmarks.faults import _derive_faults
from benchmarks.faults._derive_faults import (
    FULL,
    KILL,
    LOCKED,
    DeriveRound,
    Follower,
    derived_rows,
    strike,
    undisturbed,
)
from deploy.configuration.settings import Settings
from spark_app.commands.derive import follow, make_folds
from spark_app.derived.runner import Runner
from spark_app.store.engine import connect, sqlite_url
from spark_app.store.tables import derived, entry
from tests.made.databases import postgres, postgresql_server
from tests.made.filled_store import fill_store
from tests.made.network import believable_plan

STEP_H = 1
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
PATIENCE_S = 60


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit(2) is Linux's")
def test_whatever_happens_to_it_the_tables_are_those_of_one_undisturbed_go(tmp_path, monkeypatch):
    monkeypatch.setattr(_derive_faults, "HELD_S", (1.2, 1.2))
    source = tmp_path / "source.db"
    fill_store(sqlite_url(source), believable_plan(NOON, hours=3)).dispose()
    whole = undisturbed(GrowingStore(tmp_path / "whole.db", source))
    assert len(whole["incident_of"]) > 50
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


@pytest.mark.skipif(postgres() is None, reason="no PostgreSQL on this machine")
def test_a_database_that_goes_away_in_the_middle_is_waited_for(tmp_path, capfd):
    plan = believable_plan(NOON, hours=1)
    here = fill_store(sqlite_url(tmp_path / "store.db"), plan)
    Runner(here, make_folds(Settings())).catch_up()
    with postgresql_server() as new_database:
        url = new_database()
        fill_store(url, plan).dispose()
        engine, stop = connect(url), threading.Event()
        folds = make_folds(Settings())
        following = threading.Thread(target=follow, args=(Runner(engine, folds), engine, timedelta(days=400), stop))
        following.start()
        try:
            wait_until(lambda: len(folds_done(engine)) >= 2)
            with away(url):
                for _ in range(2):  # it looks again each second
                    wait_until(lambda: "cannot be used" in capfd.readouterr().err)
            wait_until(lambda: len(folds_done(engine)) == len(folds))
        finally:
            stop.set()
            following.join()
        assert derived_rows(url) == derived_rows(str(here.url))


@contextmanager
def away(url: str) -> Iterator[None]:
    """For its clients the database is as if its server had been stopped: connections end, and new ones are refused."""
    name = make_url(url).database
    admin = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"alter database {name} allow_connections false")
        connection.exec_driver_sql(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
        yield
        connection.exec_driver_sql(f"alter database {name} allow_connections true")
    admin.dispose()


def folds_done(engine: Engine) -> list[str]:
    """The folds that are at the end of the store."""
    with engine.connect() as connection:
        last = connection.execute(select(func.max(entry.c.entry))).scalar()
        return list(connection.execute(select(derived.c.name).where(derived.c.next_entry > last)).scalars())


def wait_until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)
