"""Looking at a store changes nothing, sees one moment, and says in one sentence why it cannot."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from dashboard.store import queries
from dashboard.store.cache import Cache
from dashboard.store.reader import Store, StoreUnavailable
from spark_app.store import tables
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store
from tests.made.network import Plan


def test_a_missing_store_is_said_and_not_made(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/missing.db")
    with pytest.raises(StoreUnavailable, match="missing.db n'existe pas encore"), store.reading():
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["data/store.db", "oracle9://host/db", "postgresql+nodriver://host/db"])
def test_what_is_no_url_of_a_database_is_said(url):
    with pytest.raises(StoreUnavailable, match="ne se lit pas|cannot be read"):
        Store(url)


def test_a_store_without_our_tables_is_said(tmp_path):
    create_engine(f"sqlite:///{tmp_path}/other.db").connect().execute(text("create table x (y int)")).close()
    store = Store(f"sqlite:///{tmp_path}/other.db")
    with pytest.raises(StoreUnavailable, match="no such table"), store.reading() as connection:
        queries.read_version(connection)


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "text.db").write_text("not a database, but long enough to be taken for one" * 100)
    store = Store(f"sqlite:///{tmp_path}/text.db")
    with pytest.raises(StoreUnavailable, match="not a database"), store.reading() as connection:
        queries.read_version(connection)


def test_a_look_cannot_write(store_url):
    with pytest.raises(StoreUnavailable, match="readonly"), Store(store_url).reading() as connection:
        connection.execute(tables.book.delete())


def test_all_queries_of_a_look_see_the_same_moment(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    writer = fill_store(url, Plan(NOON, NOON, []))
    with Store(url).reading() as connection:
        before = queries.read_books(connection)
        with writer.begin() as other:
            other.execute(tables.book.update().values(value=77))
        assert queries.read_books(connection) == before
    with Store(url).reading() as connection:
        assert set(queries.read_books(connection).values()) == {77}


def test_a_store_that_was_rebuilt_and_swapped_in_is_seen_at_the_next_look(tmp_path):
    old, new = f"{tmp_path}/store.db", f"{tmp_path}/new.db"
    for path, generation in ((old, "1"), (new, "2")):
        engine = fill_store(f"sqlite:///{path}", Plan(NOON, NOON, [], extra_meta={"generation": generation}))
        with engine.connect() as connection:
            connection.exec_driver_sql("pragma journal_mode=delete")
        engine.dispose()
    store = Store(f"sqlite:///{old}")
    versions = []
    for _ in range(2):
        with store.reading() as connection:
            versions.append(queries.read_version(connection).data())
        if Path(new).exists():
            Path(new).replace(old)
    assert versions[0] != versions[1]


def test_a_password_is_never_shown():
    store = Store("postgresql+psycopg://pulse:secret@127.0.0.1:1/none")
    assert "secret" not in store.name
    with pytest.raises(StoreUnavailable) as error, store.reading():
        pass
    assert "secret" not in str(error.value)


def test_what_was_made_is_kept_as_long_as_its_sources_are_the_same():
    kept, first, other = Cache(2), [1], [1]
    made = kept.get_from("a", (first, None), lambda: ["first"])
    assert kept.get_from("a", (first, None), lambda: ["again"]) is made
    assert kept.get_from("a", (other, None), lambda: ["equal, and another"]) == ["equal, and another"]
    assert kept.get_from("a", (first, None), lambda: ["first anew"]) == ["first anew"]
