"""Incidents in the store: every message in one life, whatever is restarted when, and no end by a bad poll."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, insert, select

from benchmarks.base._stored_entries import stored
from prim_client.messages.differ import Differ
from prim_client.messages.message import Entry
from prim_client.messages.parse import Parser
from prim_client.messages.polls import RawPoll
from spark_app.derived.incidents import books
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.entry_reader import StoredEntry
from spark_app.store.tables import incident, incident_alias, incident_end, incident_of, message
from tests.made.databases import mariadb, mariadb_server, postgres, postgresql_server
from tests.made.small_store import put_entry, put_revision
from tests.made.synthetic_polls import FAILED_BODIES, make_polls


def entries_of(polls: Sequence[RawPoll]) -> list[Entry]:
    parser, differ = Parser(), Differ(300, 600, 600, "recorded")
    return [entry for poll in polls for entry in differ.feed(parser.parse(poll)).entries]


@pytest.fixture(scope="module")
def polls():
    return make_polls(8, seed=5)


@pytest.fixture(scope="module")
def entries(polls) -> list[StoredEntry]:
    return list(stored(entries_of(polls)))


def folded(folder, entries: Sequence[StoredEntry], step=500, restart=False):
    """The engine of a store in which `entries` were folded, `step` at a time."""
    return fold_into(open_store(sqlite_url(folder / f"{step}-{restart}.db")), entries, step, restart)


def fold_into(engine, entries: Sequence[StoredEntry], step, restart):
    fold = Incidents()
    fold.begin(None)
    for start in range(0, len(entries), step):
        with engine.begin() as connection:
            fold.fold(connection, entries[start : start + step])
            state = orjson.loads(orjson.dumps(fold.state()))  # as through the store
        if restart:
            fold = Incidents()
            fold.begin(state)
    return engine


def rows(engine):
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Incidents.tables
        }


def test_disruptions_and_messages_reconcile(tmp_path, entries):
    messages = [each for entry in entries for each in entry.messages]
    ids = {each.revision.id for each in messages}
    with folded(tmp_path, entries).connect() as connection:
        sums = connection.execute(select(func.sum(incident.c.messages), func.sum(incident.c.disruptions))).one()
        named = connection.execute(select(func.count(func.distinct(incident_of.c.disruption)))).scalar()
        lives = set(connection.execute(select(incident.c.incident)).scalars())
        belong = set(connection.execute(select(incident_of.c.incident)).scalars())
        aliases = set(
            connection.execute(select(incident_alias.c.old).where(incident_alias.c.level == "incident")).scalars()
        )
    assert tuple(sums) == (len(messages), len(ids))
    assert named == len(ids) > len(lives) > 0
    assert belong == lives | (aliases & belong)


@pytest.mark.parametrize(("step", "restart"), [(1, False), (7, True), (31, True)])
def test_a_restart_anywhere_gives_the_same_tables(tmp_path, entries, step, restart):
    assert rows(folded(tmp_path, entries, step, restart)) == rows(folded(tmp_path, entries))


@pytest.mark.parametrize(
    ("installed", "server"),
    [(postgres, postgresql_server), (mariadb, mariadb_server)],
    ids=["postgresql", "mariadb"],
)
def test_the_tables_are_the_same_in_the_other_databases(tmp_path, entries, installed, server):
    if not installed():
        pytest.skip(f"no {server.__name__.removesuffix('_server')} on this machine")
    with server() as make:
        there = fold_into(open_store(make()), entries, 500, restart=True)
        found = {name: sorted(map(repr, some)) for name, some in rows(there).items()}
        there.dispose()
    assert found == {name: sorted(map(repr, some)) for name, some in rows(folded(tmp_path, entries)).items()}


def test_bad_polls_open_and_close_nothing(tmp_path, polls):
    """Between every two polls of the record come an empty, a null, a cut, a failed and a repeated one."""
    good = [poll for poll in polls if poll.body not in FAILED_BODIES and not poll.error]
    bad = []
    for number, poll in enumerate(good):
        bad.append(poll)
        bodies = [
            FAILED_BODIES[number % len(FAILED_BODIES)],
            b"",
            poll.body[: len(poll.body) // 2],
            poll.body,
        ]
        bad += [
            RawPoll(poll.clock + timedelta(seconds=n + 1), body, f"bad-{number}-{n}") for n, body in enumerate(bodies)
        ]
        bad.append(RawPoll(poll.clock + timedelta(seconds=9), b"", f"failed-{number}", "timed out"))

    def ends(name, some):
        (tmp_path / name).mkdir()
        columns = ("incident", "phase", "disruptions", "opened_us", "ended_us", "ended_by")
        with folded(tmp_path / name, list(stored(entries_of(some)))).connect() as connection:
            return connection.execute(
                select(*(incident.c[name] for name in columns)).order_by(incident.c.incident)
            ).all()

    undisturbed, disturbed = ends("good", good), ends("bad", bad)
    assert [row[:4] for row in disturbed] == [row[:4] for row in undisturbed]
    assert [row.ended_by for row in disturbed] == [row.ended_by for row in undisturbed]


def test_a_merge_moves_rows_and_the_old_name_resolves(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    begins = {1: 60_500_000, 2: 1_060_500_000}
    for rev, text in ((1, "panne d'un train à Torcy"), (2, "malaise voyageur à Nation")):
        put_revision(engine, rev, "Nation", title="Ligne A : perturbé", text=f"Motif : {text}.")
    put_revision(engine, 3, "Nation", title="Ligne A : perturbé", text="Motif : malaise voyageur à Nation.", id="d3")
    for number, rev in enumerate((1, 2)):
        put_entry(engine, number, begins[rev] + 60_000_000, [(rev, "opened")])
        _set_begin(engine, number, begins[rev])
    put_entry(engine, 2, begins[2] + 120_000_000, [(3, "opened")])
    _set_begin(engine, 2, begins[1])
    runner = Runner(engine, [Incidents()])
    runner.catch_up()
    found = rows(engine)
    # d3 begins as d1 and says what d2 says: all three are one
    assert [row[0] for row in found["incident"]] == ["d1"]
    assert [row[:3] for row in found["incident_of"]] == [
        ("d1", 0, "d1"),
        ("d2", 1, "d2"),
        ("d2", 2, "d1"),
        ("d3", 2, "d1"),
    ]
    assert [row[:4] for row in found["incident_alias"]] == [
        ("episode", "d2", "d1", 2),
        ("incident", "d2", "d1", 2),
    ]


def _set_begin(engine, entry, begin_us):
    with engine.begin() as connection:
        connection.execute(
            message.update().where(message.c.entry == entry).values(begin_us=begin_us, end_us=begin_us + 10**10)
        )


def test_the_books_of_a_store_balance_and_a_lost_row_is_found(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    for rev, text in ((1, "panne d'un train à Torcy"), (2, "malaise voyageur à Nation")):
        put_revision(engine, rev, "Nation", title="Ligne A : perturbé", text=f"Motif : {text}.")
    for number, kind in enumerate(("opened", "ongoing", "closed")):
        put_entry(engine, number, (number + 1) * 60_000_000, [(1, kind), (2, kind)])
        if number == 0:
            with engine.connect() as connection:
                assert books.balances(connection) == []  # the fold is behind
        Runner(engine, [Incidents()]).catch_up()
    with engine.begin() as connection:
        assert books.counts(connection) == {"disruptions": 2, "published": 2, "episodes": 2}
        assert [(left, right) for _, left, right in books.balances(connection)] == [
            (6, 6),
            (2, 2),
            (2, 2),
            (0, 0),
        ]
        connection.execute(incident.delete().where(incident.c.incident == "d2"))
        wrong = [name for name, left, right in books.balances(connection) if left != right]
    assert wrong == [
        "messages stored = messages of incidents",
        "disruptions with an incident = disruptions counted by incidents",
        "disruptions of no known incident = 0",
    ]


def test_an_incident_that_is_long_over_is_taken_up_again_when_its_id_returns(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    put_revision(engine, 1, "Nation", title="Ligne A : essai", text="Motif : panne d'un train.")
    put_revision(engine, 2, "Nation", title="Ligne A : autre", text="Motif : colis suspect.")
    days = 86_400_000_000
    for number, (at_us, rev, kind) in enumerate(
        [
            (1, 1, "opened"),
            (2, 1, "closed"),
            (5 * days, 2, "opened"),
            (5 * days + 1, 2, "ongoing"),
            (6 * days, 1, "opened"),
        ]
    ):
        put_entry(engine, number, at_us, [(rev, kind)])
        Runner(engine, [Incidents()]).catch_up()
    found = rows(engine)
    assert [(row[0], row[2]) for row in found["incident_of"]] == [("d1", "d1"), ("d2", "d2")]
    with engine.connect() as connection:
        phases = {row.incident: row.phase for row in connection.execute(select(incident))}
    assert phases == {"d1": "active", "d2": "active"}


def test_what_retention_dropped_begins_anew_when_its_id_returns(tmp_path):
    """Planned works stay in mind for two weeks; a store may keep less."""
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    put_revision(engine, 1, "Nation", title="Ligne A : travaux", text="La nuit.", channel="works")
    put_revision(engine, 2, "Nation", title="Ligne A : autre", text="Motif : colis suspect.")
    day_us = 86_400_000_000
    runner = Runner(engine, [Incidents()])
    for number, (at_us, rev, kind) in enumerate([(1, 1, "opened"), (2, 1, "closed"), (5 * day_us, 2, "opened")]):
        put_entry(engine, number, at_us, [(rev, kind)])
    runner.catch_up()
    runner.prune(4 * day_us)
    assert [row[0] for row in rows(engine)["incident_of"]] == ["d2"]
    put_entry(engine, 3, 6 * day_us, [(1, "opened")])
    Runner(engine, [Incidents()]).catch_up()  # a process that died after it had dropped them
    with engine.connect() as connection:
        found = {row.incident: row for row in connection.execute(select(incident))}
    assert (found["d1"].disruptions, found["d1"].messages, found["d1"].phase) == (1, 1, "active")
    assert ("d1", 3, "d1") in [row[:3] for row in rows(engine)["incident_of"]]


def test_retention_drops_the_names_of_merges_of_merges(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    alias = {"level": "incident", "since_entry": 1, "why": "twin"}
    over: dict[str, Any] = dict.fromkeys(("disruptions", "revisions", "messages", "published_us", "seen_us", "rev"), 0)
    over |= dict.fromkeys(("channel", "cause", "severity", "title", "ended_by"), "")
    over |= dict.fromkeys(("opened_us", "ended_us", "first_end_us", "last_end_us"))
    with engine.begin() as connection:
        connection.execute(
            insert(incident), [{"incident": "a", "episode": "a", "phase": "over", "initial": False} | over]
        )
        connection.execute(
            insert(incident_alias), [alias | {"old": "c", "into": "b"}, alias | {"old": "b", "into": "a"}]
        )
        moved = [("c", 0, "c"), ("c", 1, "b"), ("c", 2, "a"), ("x", 3, "x")]
        connection.execute(
            insert(incident_of),
            [{"disruption": id_, "since_entry": since, "incident": name, "why": ""} for id_, since, name in moved],
        )
        Incidents().prune(connection, 1)
    found = rows(engine)
    assert (found["incident"], found["incident_alias"]) == ([], [])
    assert [row[0] for row in found["incident_of"]] == ["x"]


def test_retention_drops_what_is_over_and_old(tmp_path, entries):
    engine = folded(tmp_path, entries)
    fold = Incidents()
    with engine.begin() as connection:
        fold.prune(connection, entries[-1].event_time_us + 1)
        left = connection.execute(select(incident.c.phase).distinct()).scalars().all()
        ends = set(connection.execute(select(incident_end.c.incident)).scalars())
        names = set(connection.execute(select(incident.c.incident)).scalars())
    assert "over" not in left
    assert ends <= names
