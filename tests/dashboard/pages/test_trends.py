"""What the page of the trends reads and says, on a store with counts to be checked by hand."""

import json
from datetime import timedelta

import pytest
from dash import no_update

from dashboard.pages.trends.page import answer, bars
from dashboard.pages.trends.read import areas, earlier_rankings, rankings
from dashboard.registry.pages import words_of
from dashboard.store.reader import Store
from dashboard.window.tag_words import tag_word
from dashboard.window.view_cache import Views
from geo.network.stations import Stations
from spark_app.derived.runner import Runner
from spark_app.derived.tags.folds import language_folds
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.tables import revision_hit
from tests.made.small_store import put_entry, put_revision

START_US, MINUTE_US = 1_714_471_200_000_000, 60_000_000  # 12:00 in Paris
PLACES = {1: ("C01374", "Odéon"), 2: ("C01374", "Odéon"), 3: ("C01742", "Vincennes")}  # Paris 6e, Vincennes (94)
WORKS, RER_A = ("cause", "works"), ("line", "C01742")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    url = sqlite_url(tmp_path_factory.mktemp("trends") / "store.db")
    engine = open_store(url)
    for rev, (line, name) in PLACES.items():
        said = "Motif : travaux." if rev != 2 else "Motif : bagage oublié."
        lines = json.dumps([{"id": line, "name": line, "mode": "metro", "network": "", "sections": []}])
        put_revision(engine, rev, name, title=f"n° {rev}", text=said, lines=lines)
        station = next(s for s in Stations.load().of_line(line) if s.name == name)
        with engine.begin() as connection:
            connection.execute(revision_hit.update().where(revision_hit.c.rev == rev).values(zda=station.zda))
        put_entry(engine, rev, START_US + rev * 60 * MINUTE_US, [(rev, "opened")], tick=True)
    Runner(engine, language_folds(timedelta(hours=2), timedelta(days=7))).catch_up()
    put_entry(engine, 9, START_US + 600 * MINUTE_US, [], tick=True)  # not folded yet
    engine.dispose()
    return Store(url)


def at(hours: int) -> int:
    return START_US + hours * 60 * MINUTE_US


def test_the_newest_rankings_are_those_that_the_fold_has_reached(store):
    with store.reading() as connection:
        newest = rankings(connection, None)
        assert (newest.begin_us, newest.end_us) == (at(1), at(3))
        assert {row.tag: row.disruptions for row in newest.frequent}[WORKS] == 1  # the first is out of the window
        before = rankings(connection, at(2) + 1)
        assert before.end_us == at(2)
        assert {row.tag: row.disruptions for row in before.frequent}[("line", "C01374")] == 2
        assert rankings(connection, at(1) - 1) is None


def test_areas_count_each_disruption_once_by_tag_and_level(store):
    with store.reading() as connection:
        every = areas(connection, START_US, at(3), None, departements=False)
        assert [(area.name, area.disruptions) for area in every] == [("Paris 6e", 2), ("Vincennes (94)", 1)]
        assert 48.84 < every[0].lat < 48.86 and 2.32 < every[0].lon < 2.35
        works = areas(connection, START_US, at(3), WORKS, departements=False)
        assert [(area.name, area.disruptions) for area in works] == [("Paris 6e", 1), ("Vincennes (94)", 1)]
        wide = areas(connection, START_US, at(3), None, departements=True)
        assert [(area.name, area.disruptions) for area in wide] == [("75", 2), ("94", 1)]
        assert areas(connection, at(2), at(3), ("cause", "fire"), departements=False) == []


def test_the_hours_before_are_told_newest_first(store):
    with store.reading() as connection:
        told = earlier_rankings(connection, at(3))
    assert [end_us for end_us, _ in told] == [at(2), at(1)]
    assert all(1 <= len(rows) <= 3 for _, rows in told)


def test_tags_are_words_in_both_languages():
    french, english = words_of("fr"), words_of("en")
    assert [tag_word(WORKS, words) for words in (french, english)] == ["travaux", "works"]
    assert [tag_word(("effect", "not_served"), words) for words in (french, english)] == [
        "arrêt non desservi",
        "not served",
    ]
    assert [tag_word(("mode", "metro"), words) for words in (french, english)] == ["Métro", "Metro"]
    assert tag_word(RER_A, french) == "RER A"
    assert tag_word(("station", "unknown-1"), french) == "unknown-1"


def test_what_the_browser_has_is_not_sent_again(store):
    views, asked = Views(store), {"query": {"lang": "en"}, "tag": "all", "departements": False, "n": 1}
    first = answer(views, asked, {})
    assert first[0][0].startswith("What opened from 13:00 to 15:00")
    again = answer(views, asked | {"n": 2}, first[-1])
    assert again[:-1] == [no_update] * 7 and again[-1]["n"] == 2
    other = answer(views, asked | {"tag": "cause:works"}, first[-1])
    assert other[0] is not no_update


def test_a_store_that_cannot_be_read_leaves_the_screen_and_is_asked_again(tmp_path):
    views = Views(Store(f"sqlite:///{tmp_path}/none.db"))
    assert answer(views, {"query": {}, "n": 3}, {}) == [*[no_update] * 7, {"key": None, "n": 3}]


def test_no_bars_are_a_sentence():
    assert bars([], words_of("en")).children == "Nothing opened in this window."
