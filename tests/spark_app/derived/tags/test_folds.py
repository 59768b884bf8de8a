"""Tags, search words, trends and names of clusters, folded from a store with counts to be checked by hand."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import delete, select

from spark_app.derived import runner as derived
from spark_app.derived.runner import Runner
from spark_app.derived.tags.folds import language_folds
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import derived as derived_table
from spark_app.store.tables import message, revision, revision_search, revision_tag, trend, trend_sighting
from tests.made.small_store import put_entry as put_entry_of_one_hit
from tests.made.small_store import put_revision

MINUTE_US = 60_000_000
TICK_US = 5 * MINUTE_US


@pytest.fixture
def engine(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    put_revision(engine, 1, "Nation", "Vincennes", title="Bagage oublié", text="Le trafic est interrompu.")
    put_revision(engine, 2, "Auber", title="Panne de signalisation", text="Trafic ralenti.")
    put_revision(engine, 3, "Nation", title="Bagage oublié", text="Le trafic reprend.")
    yield engine
    engine.dispose()


def put_entry(engine, number, at_us, messages, *, tick=False):
    """An entry whose hits all lie in cluster 0."""
    put_entry_of_one_hit(engine, number, at_us, messages, tick=tick)
    with engine.begin() as connection:
        connection.execute(message.update().where(message.c.rev == 1).values(labels="00"))


def folds():
    return language_folds(timedelta(hours=2), timedelta(days=7))


def rows(engine, table, *columns):
    with engine.connect() as connection:
        return [
            tuple(r) for r in connection.execute(select(*[table.c[c] for c in columns]).order_by(*table.primary_key))
        ]


def fill(engine):
    put_entry(engine, 1, 60 * MINUTE_US + 1, [(1, "opened")])
    put_entry(engine, 2, 65 * MINUTE_US, [(1, "ongoing")], tick=True)
    put_entry(engine, 3, 67 * MINUTE_US, [(2, "opened"), (3, "opened")])
    put_entry(engine, 4, 70 * MINUTE_US, [(1, "ongoing"), (2, "ongoing"), (3, "ongoing")], tick=True)


def test_each_revision_has_its_tags_and_words_once(engine):
    fill(engine)
    Runner(engine, folds()).catch_up()
    tags = rows(engine, revision_tag, "rev", "kind", "value")
    assert {tag[1:] for tag in tags if tag[0] == 1} == {
        ("cause", "unattended_item"),
        ("effect", "interrupted"),
        ("line", "C01742"),
        ("mode", "rer"),
        ("station", "Nation"),
        ("station", "Vincennes"),
    }
    assert len(tags) == len(set(tags))
    found = dict(rows(engine, revision_search, "rev", "words"))
    assert set(found) == {1, 2, 3}
    assert " bagage oublie le trafic est interrompu " in found[1]
    assert " nation " in found[1] and " rer " in found[1]  # what a line and a station are called is found too


def test_what_opened_is_counted_at_each_tick_updates_once(engine):
    fill(engine)
    Runner(engine, folds()).catch_up()
    # 3 opens 7 minutes after 1 with the same line and cause: an update
    assert rows(engine, trend_sighting, "entry", "part", "rev", "disruption") == [
        (1, 0, 1, "d1"),
        (3, 0, 2, "d2"),
        (3, 1, 3, "d1"),
    ]
    counts = {
        (end_us // MINUTE_US, kind, value): count
        for end_us, ranking, kind, value, count in rows(
            engine, trend, "end_us", "ranking", "kind", "value", "disruptions"
        )
        if ranking == "frequent"
    }
    assert counts[65, "line", "C01742"] == 1
    assert counts[70, "line", "C01742"] == 2
    assert counts[70, "cause", "unattended_item"] == counts[70, "station", "Nation"] == 1
    assert (65, "station", "Auber") not in counts


def test_what_opens_at_the_tick_itself_is_in_its_window(engine):
    put_entry(engine, 1, 65 * MINUTE_US, [(1, "opened")], tick=True)
    put_entry(engine, 2, 185 * MINUTE_US, [], tick=True)
    Runner(engine, folds()).catch_up()
    assert {end_us // MINUTE_US for end_us, *_ in rows(engine, trend, "end_us")} == {65}  # (65, 185] is empty


def test_the_first_poll_opens_nothing(engine):
    fill(engine)
    with engine.begin() as connection:
        connection.execute(message.update().values(initial=True))
    Runner(engine, folds()).catch_up()
    assert rows(engine, trend_sighting, "entry") == rows(engine, trend, "end_us") == []


@pytest.mark.parametrize("step", [1, 2, 3])
def test_wherever_it_is_stopped_the_tables_are_the_same(engine, monkeypatch, step):
    fill(engine)
    monkeypatch.setattr(derived, "ENTRIES_PER_STEP", step)
    while Runner(engine, folds()).catch_up(iter([False, True] * 9).__next__):  # one step a process
        pass
    stopped = _everything(engine)
    monkeypatch.setattr(derived, "ENTRIES_PER_STEP", 500)
    with engine.begin() as connection:
        connection.execute(delete(derived_table))
    Runner(engine, folds()).catch_up()
    assert stopped == _everything(engine)
    assert all(len(found) for found in stopped)


def _everything(engine):
    tables = (revision_tag, revision_search, trend_sighting, trend)
    return [rows(engine, table, *table.c.keys()) for table in tables]


def test_old_rows_go(engine):
    fill(engine)
    runner = Runner(engine, folds())
    runner.catch_up()
    with engine.begin() as connection:
        connection.execute(delete(revision).where(revision.c.rev == 3))
    runner.prune(68 * MINUTE_US)
    assert {rev for rev, *_ in rows(engine, revision_tag, "rev")} == {1, 2}
    assert rows(engine, revision_search, "rev") == [(1,), (2,)]
    assert {end_us for end_us, *_ in rows(engine, trend, "end_us")} == {70 * MINUTE_US}
    assert rows(engine, trend_sighting, "entry") == []


def test_tags_that_tell_the_same_story_stand_beside_their_leader(engine):
    fill(engine)
    Runner(engine, folds()).catch_up()
    unusual = [
        ((kind, value), [tuple(tag) for tag in orjson.loads(also)])
        for end_us, ranking, kind, value, also in rows(engine, trend, "end_us", "ranking", "kind", "value", "also")
        if end_us == 65 * MINUTE_US and ranking == "unusual"
    ]
    assert len(unusual) == 1  # one disruption: one story
    assert ("station", "Vincennes") in unusual[0][1]
