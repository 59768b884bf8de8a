"""The same answers by SQLite's full-text index and by the folded column, and in the other databases."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event

from dashboard import search as module
from dashboard.pages import words_of
from dashboard.pages.search import render
from dashboard.search import main, search
from dashboard.store import Store
from spark_app.derived import Runner
from spark_app.language.folds import language_folds
from spark_app.store import open_store, sqlite_url
from tests.spark_app.small_store import put_entry, put_revision

TEXTS = {
    1: ("RER B : trafic interrompu", "Panne de signalisation à Étampes <b>gras</b>."),
    2: ("Métro 4", "Un bagage oublié à la gare du Nord."),
    3: ("Travaux", "Le Nord de la gare est fermé, 100 % des trains_supprimés."),
    4: ("Cœur de ville", "L'arrêt Hôtel-de-Ville n'est pas desservi."),
}


def fill(url):
    engine = open_store(url)
    for rev, (title, text) in TEXTS.items():
        put_revision(engine, rev, "Auber", title=title, text=text)
        put_entry(engine, rev, rev * 60_000_000, [(rev, "opened")])
    Runner(engine, language_folds(timedelta(hours=2), timedelta(days=7))).catch_up()
    engine.dispose()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    url = sqlite_url(tmp_path_factory.mktemp("search") / "store.db")
    fill(url)
    return url


CASES = [
    ("etampes", [1]),
    ("ÉTAMPES panne", [1]),
    ("signal", [1]),
    ("gare nord", [3, 2]),
    ('"gare du nord"', [2]),
    ("« du Nord »", [2]),
    ("coeur", [4]),
    ("hotel ville", [4]),
    ("auber", [4, 3, 2, 1]),  # the station of all of them
    ("trains supprimes", [3]),
    ("bagage travaux", []),
    ("100", [3]),
    ("%", []),
    ("'; drop table revision; --", []),
    ('gras" OR "x', []),
    ("d3", [3]),  # PRIM's id
]


@pytest.mark.parametrize("with_index", [True, False], ids=["index", "column"])
@pytest.mark.parametrize(("question", "revs"), CASES)
def test_words_are_found_newest_first(url, monkeypatch, question, revs, with_index):
    asked = []
    if not with_index:
        monkeypatch.setattr(module, "_has_index", lambda _: False)
    with Store(url).reading() as connection:
        event.listen(connection, "before_cursor_execute", lambda *a: asked.append(a[2]))
        found = search(connection, question)
    assert [hit.rev for hit in found.hits] == revs
    assert found.total == len(revs)
    if revs:
        assert any("revision_fts match" in statement for statement in asked) == with_index


def test_the_other_databases_find_the_same(new_database):
    url = new_database()
    fill(url)
    for question, revs in CASES:
        with Store(url).reading() as connection:
            assert [hit.rev for hit in search(connection, question).hits] == revs, question


def test_a_limit_keeps_the_newest_and_says_how_many_there_are(url):
    with Store(url).reading() as connection:
        found = search(connection, "auber", limit=2)
    assert (found.total, [hit.rev for hit in found.hits]) == (4, [4, 3])


def test_hits_are_highlighted_and_dated(url):
    with Store(url).reading() as connection:
        [hit] = search(connection, "etamp signal").hits
    assert [piece for piece, marked in hit.text if marked] == ["signalisation", "Étampes"]
    assert "".join(piece for piece, _ in hit.text) == TEXTS[1][1]
    assert (hit.first_us, hit.last_us) == (60_000_000, 60_000_000)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_screen_marks_words_and_shows_markup_as_text(url, language):
    with Store(url).reading() as connection:
        found = search(connection, "etampes gras")
    shown = json.dumps([part.to_plotly_json() for part in render(found, words_of(language))], default=lambda c: c.to_plotly_json())
    assert '"type": "Mark"' in shown
    assert "<b>" in shown and "dangerously" not in shown


def test_the_command_answers_in_words_and_in_json(url, capsys):
    assert main(["etampes", "--store", url]) == 0
    assert "Panne de signalisation à [Étampes]" in capsys.readouterr().out
    assert main(["gare", "nord", "--store", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 2
    assert main(["introuvable", "--store", url]) == 1
    assert main(["%", "--store", url]) == 2
    assert main(["mot", "--store", "sqlite:////nowhere/store.db"]) == 1
    assert "n'existe pas encore" in capsys.readouterr().err
