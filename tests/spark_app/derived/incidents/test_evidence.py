"""IDFM's own ids: what they join, what they leave, and that a fold knows them when it did, whatever is restarted."""

import orjson
import pytest
from sqlalchemy import select

from benchmarks.base._stored_entries import stored
from prim_client.messages.differ import Differ
from prim_client.messages.parse import Parser
from spark_app.commands.new_store import Beside
from spark_app.derived.incidents import evidence
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.incidents.lineage import TOLD, Lineage, Merge
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, sqlite_url, upsert
from spark_app.store.entry_reader import StoredEntry
from spark_app.store.tables import derived, incident, incident_alias, incident_of, published_incident
from tests.made.databases import mariadb, mariadb_server, postgres, postgresql_server
from tests.made.notices import closing, ratp
from tests.made.small_store import put_entry, put_revision
from tests.made.synthetic_polls import make_polls

# --- the lineage alone


def lineage(**siblings):
    found = Lineage()
    found.siblings = lambda id_: siblings.get(id_, ())
    return found


def test_a_new_id_goes_where_idfm_holds_it():
    rules, told = lineage(), lineage(b=["a"])
    a, b = ratp("a", 0, "Bagage oublié", "Brochant"), ratp("b", 300, "Panne de signalisation", "Invalides")
    assert [rules.take(each).incident for each in (a, b)] == ["a", "b"]
    decided = [told.take(each) for each in (a, b)]
    assert [(each.incident, each.episode) for each in decided] == [("a", "a"), ("a", "a")]
    assert (decided[1].why, decided[1].new, decided[1].merges) == (TOLD, True, ())


def test_where_a_rule_says_the_same_its_words_are_kept():
    told = lineage(b=["a"])
    assert [told.take(each).why[:6] for each in (ratp("a", 0), ratp("b", 30))] == ["new: n", "update"]


def test_idfm_comes_before_a_likely_rule():
    told = lineage(c=["x"])
    for each in (ratp("x", 0, "Panne de signalisation", "Invalides"), ratp("a", 10)):
        told.take(each)
    assert told.take(ratp("c", 30)).incident == "x"  # an update of a, by our rules


def test_ids_that_idfm_holds_apart_are_not_split():
    told = lineage(b=["y"], y=["b"])
    assert [told.take(each).incident for each in (ratp("a", 0), ratp("b", 30))] == ["a", "a"]


def test_a_closed_incident_is_followed_if_idfm_says_so():
    told = lineage(c=["a"])
    assert [told.take(each).incident for each in (ratp("a", 0), closing("b", 20), ratp("c", 40))] == ["a"] * 3


def test_what_is_told_later_merges_into_the_older_and_its_name_resolves():
    told = lineage()
    for each in (
        ratp("a", 0),
        ratp("b", 300, "Panne de signalisation", "Invalides"),
        ratp("c", 320, "Panne de signalisation", "Invalides"),
    ):
        told.take(each)
    assert told.join(["c", "a", "unknown"]) == (Merge("incident", "b", "a", TOLD), Merge("episode", "b", "a", TOLD))
    assert told.incident_of == {"a": "a", "b": "a", "c": "a"}
    assert told.join(["c", "a"]) == ()
    assert told.take(ratp("d", 330, "Panne de signalisation", "Invalides")).incident == "a"


def test_an_incident_that_is_no_longer_in_mind_is_asked_of_the_tables():
    told = lineage(b=["long ago"])
    told.known = {"long ago": ("old", "oldest")}.get
    decided = told.take(ratp("b", 0))
    assert (decided.incident, decided.episode) == ("old", "oldest")
    told = lineage()
    told.known = {"long ago": ("old", "oldest")}.get
    told.take(ratp("b", 0))
    assert told.join(["b", "long ago"]) == (Merge("incident", "b", "old", TOLD), Merge("episode", "b", "oldest", TOLD))
    assert told.join(["long ago"]) == ()


# --- the fold


@pytest.fixture(scope="module")
def entries() -> list[StoredEntry]:
    parser, differ = Parser(), Differ(300, 600, 600, "recorded")
    return list(stored([entry for poll in make_polls(8, seed=5) for entry in differ.feed(parser.parse(poll)).entries]))


@pytest.fixture(scope="module")
def told(entries):
    """(position of the entry, PRIM's id -> IDFM's): what is read when, in part before the id itself is."""
    ids = list(dict.fromkeys(each.revision.id for entry in entries for each in entry.messages))
    halves = [{id_: f"D{n // 5}" for n, id_ in enumerate(ids) if n % 2 == half} for half in (0, 1)]
    return [(0, dict(list(halves[0].items())[:20])), (len(entries) // 3, halves[0]), (len(entries) * 2 // 3, halves[1])]


def mark(connection, next_entry, state=b""):
    row = {"name": "incidents", "version": "1", "next_entry": next_entry, "state": state, "at_us": 0}
    upsert(connection, derived, [row])


def lived(folder, entries, told, step, restart):
    """The engine of a store in which `entries` were folded, `step` at a time, while evidence came in."""
    return live_in(open_store(sqlite_url(folder / f"{step}-{restart}.db")), entries, told, step, restart)


def live_in(engine, entries, told, step, restart):
    """The same in the store of `engine`, which is new."""
    fold, at, waiting = Incidents(), 0, list(told)
    fold.begin(None)
    while at < len(entries):
        if waiting and waiting[0][0] <= at:
            with engine.begin() as connection:
                mark(connection, entries[at].entry)
                evidence.note(connection, waiting.pop(0)[1], 1)
            continue
        stop = min(at + step, waiting[0][0] if waiting else len(entries))
        with engine.begin() as connection:
            fold.fold(connection, entries[at:stop])
            state = orjson.loads(orjson.dumps(fold.state()))  # as through the store
        at = stop
        if restart:
            fold = Incidents()
            fold.begin(state)
    return engine


def rows(engine):
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in (*Incidents.tables, published_incident)
        }


@pytest.fixture(scope="module")
def expected(tmp_path_factory, entries, told):
    return rows(lived(tmp_path_factory.mktemp("lived"), entries, told, 500, restart=False))


def test_the_evidence_of_this_test_joins_and_arrives_in_between(expected, entries):
    reasons = {row[4] for row in expected["incident_alias"]} | {row[3] for row in expected["incident_of"]}
    assert TOLD in reasons and f"merged: {TOLD}" in reasons
    since = {row[2] for row in expected["published_incident"]}
    assert len(since) == 3 and entries[0].entry in since


@pytest.mark.parametrize(("step", "restart"), [(1, True), (7, False), (7, True), (31, True)])
def test_a_restart_anywhere_gives_the_same_tables(tmp_path, entries, told, expected, step, restart):
    assert rows(lived(tmp_path, entries, told, step, restart)) == expected


@pytest.mark.parametrize(
    ("installed", "server"),
    [(postgres, postgresql_server), (mariadb, mariadb_server)],
    ids=["postgresql", "mariadb"],
)
def test_the_tables_are_the_same_in_the_other_databases(entries, told, expected, installed, server):
    if not installed():
        pytest.skip(f"no {server.__name__.removesuffix('_server')} on this machine")
    with server() as make:
        engine = live_in(open_store(make()), entries, told, 500, restart=True)
        found, counted_there = rows(engine), counted(engine)
        engine.dispose()
    assert {name: sorted(map(repr, some)) for name, some in found.items()} == {
        name: sorted(map(repr, some)) for name, some in expected.items()
    }
    assert counted_there["ids"] > 0 and counted_there["joined"] > 0


@pytest.mark.parametrize("step", [3, 500])
def test_a_fold_that_begins_anew_gives_the_same_tables(tmp_path, entries, told, expected, step):
    old = lived(tmp_path, entries, told, 31, restart=True)
    with old.connect() as connection:
        kept = evidence.rows(connection)
    new = open_store(sqlite_url(tmp_path / "new.db"))
    with new.begin() as connection:
        evidence.write(connection, kept)
    fold = Incidents()
    fold.begin(None)
    for start in range(0, len(entries), step):
        with new.begin() as connection:
            fold.fold(connection, entries[start : start + step])
    assert rows(new) == expected


# --- the store


def two_incidents(engine):
    """d1 and d2 are two incidents by our rules; d3 is an update of d2."""
    texts = {1: "panne d'un train à Torcy", 2: "malaise voyageur à Nation", 3: "malaise voyageur à Nation"}
    for rev, text in texts.items():
        put_revision(engine, rev, "Nation", title="Ligne A : perturbé", text=f"Motif : {text}.")
        put_entry(engine, rev - 1, rev * 60_000_000, [(rev, "opened")])


def tell(engine, **disruption_of):
    with engine.begin() as connection:
        return dict(evidence.note(connection, disruption_of, 9))


def counted(engine):
    with engine.connect() as connection:
        return evidence.counts(connection)


@pytest.fixture
def engine(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    two_incidents(engine)
    return engine


def test_evidence_counts_from_the_next_entry_of_the_fold_and_is_never_changed(engine):
    runner = Runner(engine, [Incidents()])
    assert tell(engine, early="D0") == {"new": 1, "changed": 0}
    runner.catch_up()
    assert tell(engine, d1="D1", early="D9") == {"new": 1, "changed": 1}
    assert rows(engine)["published_incident"] == [("d1", "D1", 3, 9), ("early", "D0", 0, 9)]


def test_later_evidence_joins_two_incidents_and_the_old_name_resolves(engine):
    runner = Runner(engine, [Incidents()])
    runner.catch_up()
    assert [row[0] for row in rows(engine)["incident"]] == ["d1", "d2"]
    tell(engine, d1="D1", d3="D1")
    runner.catch_up()  # nothing new to fold: the evidence counts from the next entry on
    assert [row[0] for row in rows(engine)["incident"]] == ["d1", "d2"]
    put_entry(engine, 3, 300_000_000, [(1, "ongoing")])
    runner.catch_up()
    found = rows(engine)
    assert [row[0] for row in found["incident"]] == ["d1"]
    assert [row for row in found["incident_alias"] if row[0] == "incident"] == [("incident", "d2", "d1", 3, TOLD)]
    assert [row[:4] for row in found["incident_of"] if row[1] == 3] == [
        ("d2", 3, "d1", f"merged: {TOLD}"),
        ("d3", 3, "d1", f"merged: {TOLD}"),
    ]


def test_agreement_and_disagreement_are_counted(engine):
    runner = Runner(engine, [Incidents()])
    none = {"ids": 0, "agreed": 0, "joined": 0, "disagreed": 0, "apart": 0}
    runner.catch_up()
    assert counted(engine) == none
    tell(engine, d2="D2", d3="D2", elsewhere="D2")
    assert counted(engine) == none | {"ids": 2, "agreed": 1}
    tell(engine, d1="D2")
    assert counted(engine) == none | {"ids": 3, "agreed": 1, "apart": 2}
    put_entry(engine, 3, 300_000_000, [(1, "ongoing")])
    runner.catch_up()
    assert counted(engine) == none | {"ids": 3, "agreed": 1, "joined": 2}


def test_disagreement_is_counted_and_nothing_is_split(engine):
    tell(engine, d2="D2", d3="D3")
    Runner(engine, [Incidents()]).catch_up()
    assert [row[:3] for row in rows(engine)["incident_of"]] == [("d1", 0, "d1"), ("d2", 1, "d2"), ("d3", 2, "d2")]
    assert counted(engine) == {"ids": 2, "agreed": 0, "joined": 0, "disagreed": 1, "apart": 0}


def test_a_first_id_that_evidence_placed_is_counted_as_joined(engine):
    tell(engine, d1="D1", d2="D1")
    Runner(engine, [Incidents()]).catch_up()
    with engine.connect() as connection:
        whys = dict(connection.execute(select(incident_of.c.disruption, incident_of.c.why)).all())
        assert not connection.execute(select(incident_alias)).all()
        assert connection.execute(select(incident.c.incident)).scalars().all() == ["d1"]
    assert whys["d2"] == TOLD
    assert counted(engine) == {"ids": 2, "agreed": 0, "joined": 1, "disagreed": 0, "apart": 0}


def test_the_evidence_outlives_a_fold_that_begins_anew_and_goes_with_its_age(engine):
    tell(engine, d1="D1", d2="D1")
    Runner(engine, [Incidents()]).catch_up()
    again = Incidents()
    again.version = "another"
    Runner(engine, [again]).catch_up()
    assert counted(engine)["joined"] == 1
    with engine.begin() as connection:
        again.prune(connection, 9)
        assert evidence.is_there(connection)
        again.prune(connection, 10)
        assert not evidence.is_there(connection)


def test_a_rebuild_takes_the_evidence_over(tmp_path):
    old = open_store(sqlite_url(tmp_path / "store.db"))
    two_incidents(old)
    tell(old, d1="D1", d2="D1")
    Runner(old, [Incidents()]).catch_up()
    before = rows(old)
    old.dispose()
    new = Beside(tmp_path / "store.db")
    new.begin()
    two_incidents(open_store(new.url))
    Runner(open_store(new.url), [Incidents()]).catch_up()
    new.finish(None)
    assert rows(open_store(sqlite_url(tmp_path / "store.db"))) == before


def test_a_store_older_than_evidence_has_none(engine):
    with engine.begin() as connection:
        published_incident.drop(connection)
    assert counted(engine)["ids"] == 0
