"""Alerts, their delivery and the lives of clusters are the same over PostgreSQL and MariaDB as over SQLite."""

import pytest
from sqlalchemy import select

from dashboard.pages.alerts.read import read as read_alerts
from dashboard.pages.cluster_lives.read import read as read_lives
from dashboard.server.feeds import works_of_line
from dashboard.store.cache import Cache
from dashboard.window.selection import Selection
from spark_app.derived.alerts.delivery import Deliverer
from spark_app.derived.alerts.fold import AlertFold
from spark_app.derived.alerts.rule import Thresholds
from spark_app.derived.clusters.fold import ClusterFold
from spark_app.derived.runner import Derived, Runner
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import (
    alert,
    alert_change,
    cluster_event,
    cluster_label,
    cluster_life,
    cluster_tick,
    delivery,
    incident_hour,
    line_hour,
)
from tests.made import databases
from tests.made.alert_entries import MINUTE_US, NOON_US
from tests.made.small_store import put_entry, put_revision
from tests.spark_app.derived.alerts.test_delivery import Told

SERVERS = {
    "postgresql": (databases.postgres, databases.postgresql_server),
    "mariadb": (databases.mariadb, databases.mariadb_server),
}
TABLES = (
    alert,
    alert_change,
    line_hour,
    incident_hour,
    delivery,
    cluster_life,
    cluster_tick,
    cluster_label,
    cluster_event,
)


@pytest.fixture(params=SERVERS)
def other_url(request):
    installed, server = SERVERS[request.param]
    if not installed():
        pytest.skip(f"no {request.param} on this machine")
    with server() as new:
        yield new()


def tables_of(url):
    """All that the folds and the deliverer write about a line that is blocked for an hour."""
    engine = open_store(url)
    stations = [f"s{n}" for n in range(40)]
    put_revision(engine, 1, *stations, severity="BLOQUANTE", title="Trafic interrompu à Étampes 🚆")
    put_revision(engine, 2, "w", channel="works", id="W")
    put_entry(engine, 0, NOON_US, [(1, "opened"), (2, "opened")], labels=["0" * 40, "0"])
    for n in range(1, 30):
        said = [(1, "ongoing")] if n < 13 else []
        put_entry(engine, n, NOON_US + n * 5 * MINUTE_US, said, tick=True, labels=["0" * 40] * len(said))
    folds: list[Derived] = [AlertFold(Thresholds()), ClusterFold()]
    runner = Runner(engine, folds)
    runner.catch_up()
    Deliverer(engine, [Told()], 24 * 60 * MINUTE_US, lambda: NOON_US + 3 * 60 * MINUTE_US).step()
    runner.prune(NOON_US - MINUTE_US)
    with engine.connect() as connection:
        stored = [[tuple(row) for row in connection.execute(select(t).order_by(*t.primary_key))] for t in TABLES]
        shown = [
            read_alerts(connection, Selection(end_us=NOON_US + MINUTE_US), Cache(1)).alerts,
            read_lives(connection, Selection(end_us=NOON_US + 30 * MINUTE_US)).lives,
            [works.id for works in works_of_line(connection, "C01742")],
        ]
    engine.dispose()
    return stored, shown


def test_every_table_and_page_is_the_same(other_url, tmp_path):
    here, there = tables_of(sqlite_url(tmp_path / "store.db")), tables_of(other_url)
    assert there == here
    assert [len(rows) for rows in here[0]] == [1, 2, 3, 1, 1, 1, 12, 2, 2]
    (raised,), (life,), works = here[1]
    assert raised["cleared_us"] is None and (life["ticks"], life["hits"]) == (6, 40) and works == ["W"]
