"""The outputs of the page: all from one moment, each sent only when it differs from what is shown."""

from dataclasses import replace

from dash import no_update

from dashboard.pages.live.screen import PARTS, screen
from dashboard.registry.update import only_changes
from dashboard.store.reader import Store
from dashboard.window.selection import known_choices
from dashboard.window.view_cache import Views
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store, refill
from tests.made.network import believable_plan

OPENING = known_choices()["defaults"]


def test_what_the_browser_shows_already_is_not_sent_again():
    asked = {"v": "1", "query": {}}
    *first, shown = only_changes([{"a": 1}, [1, 2], None], {}, asked)
    assert first == [{"a": 1}, [1, 2], None]
    *second, _ = only_changes([{"a": 1}, [1, 3], None], shown, asked)
    assert second == [no_update, [1, 3], no_update]


def test_what_is_shown_says_for_which_version_and_choice():
    asked = {"v": "1", "query": OPENING}
    assert only_changes([{}], {}, asked)[-1]["asked"] == asked


def test_a_failed_look_does_not_count_as_shown():
    *_, shown = only_changes([{"error": "x"}], {}, {"v": "1", "query": {}})
    assert shown["asked"] is None


def test_the_same_store_and_choice_give_the_same_outputs(views, store_url):
    *_, shown = only_changes(screen(views, OPENING), {}, {})
    *again, _ = only_changes(screen(Views(Store(store_url)), OPENING), shown, {})
    assert again == [no_update] * len(PARTS)


def test_another_range_of_the_timeline_sends_the_timeline_and_little_else(views):
    *_, shown = only_changes(screen(views, OPENING), {}, {})
    summary, *layers, _ = only_changes(screen(views, OPENING | {"span": "6h"}), shown, {})[:-1]
    assert layers == [no_update] * (len(PARTS) - 2)
    assert summary["query"] == "span=6h"


def test_a_choice_that_does_not_exist_and_a_store_that_is_away_are_said(views, tmp_path):
    assert "boat" in screen(views, OPENING | {"modes": "boat"})[0]["error"]
    away = Views(Store(f"sqlite:///{tmp_path}/none.db"))
    assert "n'existe pas encore" in screen(away, OPENING)[0]["error"]
    assert "n'est pas dans le dépôt" in screen(views, OPENING | {"window": "2020-01-01T00:00:00Z"})[0]["error"]


def test_a_store_that_was_made_anew_is_read_anew(tmp_path):
    """Its revisions have other numbers: what was kept of the one before would be the text of another disruption."""
    url = f"sqlite:///{tmp_path}/store.db"
    plan = believable_plan(NOON, hours=3)
    engine = fill_store(url, plan)
    views, query = Views(Store(url)), known_choices()["defaults"]
    screen(views, query)
    refill(engine, replace(plan, disruptions=plan.disruptions[1:]))
    assert screen(views, query) == screen(Views(Store(url)), query)
