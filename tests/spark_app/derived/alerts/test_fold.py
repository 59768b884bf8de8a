"""The tables of the alerts: the same however the entries come."""

import pytest
from sqlalchemy import select

from deploy.configuration.settings import Settings
from spark_app.commands.derive import make_folds
from spark_app.derived import runner as derived_module
from spark_app.derived.alerts.fold import AlertFold
from spark_app.derived.alerts.rule import Thresholds
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import alert, line_hour
from tests.made.alert_entries import MINUTE_US, NOON_US
from tests.made.small_store import put_entry, put_revision


@pytest.fixture
def engine(tmp_path):
    """RER A: all 46 stations named by 40 hits for an hour, then nothing."""
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    put_revision(engine, 1, *[f"s{n}" for n in range(40)], severity="BLOQUANTE", title="Trafic interrompu")
    put_entry(engine, 0, NOON_US, [(1, "opened")])
    for n in range(1, 13):
        put_entry(engine, n, NOON_US + n * 5 * MINUTE_US, [(1, "ongoing")], tick=True)
    put_entry(engine, 13, NOON_US + 61 * MINUTE_US, [(1, "closed")])
    for n in range(13, 30):
        put_entry(engine, n + 1, NOON_US + n * 5 * MINUTE_US, [], tick=True)
    return engine


def rows(engine):
    with engine.connect() as connection:
        return [connection.execute(select(table).order_by(*table.primary_key)).all() for table in (alert, line_hour)]


def test_the_alert_and_its_hours_are_stored(engine):
    Runner(engine, [AlertFold(Thresholds())]).catch_up()
    (only,), hours = rows(engine)
    assert (only.line, only.raised_us, only.title, only.days) == ("C01742", NOON_US, "Trafic interrompu", 0)
    assert only.cleared_us == NOON_US + 75 * MINUTE_US  # low since minute 61, seen at the tick ten minutes later
    assert [(row.line, row.hour, row.ticks) for row in hours] == [
        ("*", 12, 12),
        ("*", 13, 12),
        ("C01742", 12, 12),
    ]


@pytest.mark.parametrize("size", [1, 3])
def test_whatever_the_steps_and_restarts_the_tables_are_the_same(engine, tmp_path, monkeypatch, size):
    monkeypatch.setattr(derived_module, "ENTRIES_PER_STEP", size)
    for _ in range(40):
        runner, fold = None, AlertFold(Thresholds())
        runner = Runner(engine, [fold])  # a new process for each step
        if not runner.step(fold):
            break
    stepped = rows(engine)
    monkeypatch.undo()
    other = AlertFold(Thresholds(repeat_us=1))  # another rule begins anew
    Runner(engine, [other]).catch_up()
    assert rows(engine) == stepped
    assert len(stepped[0]) == 1


def test_old_rows_are_dropped_but_the_hours_that_a_usual_level_looks_back_to(engine):
    runner = Runner(engine, [AlertFold(Thresholds())])
    runner.catch_up()
    hours = rows(engine)[1]
    day_us = 24 * 60 * MINUTE_US
    runner.prune(NOON_US + 10 * day_us)  # of a store that keeps few days
    assert rows(engine) == [[], hours]
    put_entry(engine, 31, NOON_US + 92 * day_us, [], tick=True)
    runner.catch_up()
    runner.prune(NOON_US + 91 * day_us)
    assert [row.day for row in rows(engine)[1]] == []


def test_the_product_runs_it():
    assert "alerts" in [fold.name for fold in make_folds(Settings())]
