"""The same answers by SQLite's full-text index and by the folded column, and in the other databases."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event

from dashboard.pages.search import read as search_read
from dashboard.pages.search.page import render
from dashboard.pages.search.read import search
from dashboard.registry.pages import words_of
from dashboard.search import main
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from spark_app.derived.runner import Runner
from spark_app.derived.tags.folds import language_folds
from spark_app.language.search_words import folded_words, parse_question
from spark_app.store.engine import open_store, sqlite_url
from tests.made.small_store import put_entry, put_revision

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
        monkeypatch.setattr(search_read, "_has_index", lambda _: False)
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


@pytest.mark.parametrize("question", ["auber", "etampes auber", "d3", "incendie", "hotel auber"])
def test_every_hit_shows_and_marks_each_word_that_it_was_found_by(url, question):
    with Store(url).reading() as connection:
        found = search(connection, question)
    for hit in found.hits:
        shown = [hit.title, hit.text, *(pieces for _, pieces in hit.elsewhere)]
        marks = " ".join(folded_words(" ".join(piece for pieces in shown for piece, is_found in pieces if is_found)))
        assert all(term.words[0] in marks for term in parse_question(question))


def test_a_station_that_matched_is_on_the_page_in_the_api_and_in_the_command(url, capsys):
    with Store(url).reading() as connection:
        found = search(connection, "auber a")
    assert found.total == 4 and all(("station", [("Auber", True)]) in hit.elsewhere for hit in found.hits)
    shown = json.dumps(
        [part.to_plotly_json() for part in render(found, words_of("fr"))],
        default=lambda c: c.to_plotly_json(),
        ensure_ascii=False,
    )
    assert shown.count("Station :") + shown.count("Station\u202f:") + shown.count("Station\xa0:") == 4
    assert shown.count('{"props": {"children": "Auber"}, "type": "Mark"') == 4
    client = make_app(Store(url), Options()).server.test_client()
    answer = json.loads(client.get("/api/v1/search?words=auber").data)["rows"]
    assert all("station: [Auber]" in row["found"] for row in answer)
    assert "[Auber]" in client.get("/api/v1/search.csv?words=auber").text
    assert main(["auber", "--store", url]) == 0
    assert capsys.readouterr().out.count("station: [Auber]") == 4


def test_a_question_without_a_word_is_refused(url, capsys):
    client = make_app(Store(url), Options()).server.test_client()
    for question in ("a", "l d", "%25", "!"):
        assert client.get(f"/api/v1/search?words={question}").status_code == 400
    assert main(["a", "--store", url]) == 2 and "one letter" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_screen_marks_words_and_shows_markup_as_text(url, language):
    with Store(url).reading() as connection:
        found = search(connection, "etampes gras")
    shown = json.dumps(
        [part.to_plotly_json() for part in render(found, words_of(language))], default=lambda c: c.to_plotly_json()
    )
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
