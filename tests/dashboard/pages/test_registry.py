"""The registry of pages, their texts, and what is put into the first layout."""

import json

import pytest

from dashboard.registry.pages import all_pages, words_of
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from dashboard.ui.texts import FIELD, LANGUAGES, TEXTS, Words

TABLES = {"frame": TEXTS} | {page.name: page.texts for page in all_pages()}


def fields(text: str) -> set[str]:
    """What is shown; that one language chooses a word by a number binds not the other."""
    return {name for name, *forms in FIELD.findall(text) if forms == ["", ""]}


@pytest.fixture(scope="module")
def client(store_url):
    return make_app(Store(store_url), Options()).server.test_client()


@pytest.mark.parametrize("table", TABLES)
def test_every_text_is_there_in_both_languages_with_the_same_values(table):
    for key, both in TABLES[table].items():
        assert len(both) == 2 and all(both), key
        assert fields(both[0]) == fields(both[1]), key


def test_no_two_tables_give_the_same_key_another_text():
    keys = [key for table in TABLES.values() for key in table]
    assert len(keys) == len(set(keys))


def test_pages_have_paths_names_and_titles_of_their_own_and_the_map_is_first():
    pages = all_pages()
    assert pages[0].path == "/"
    for values in ([p.path for p in pages], [p.name for p in pages], [p.titles for p in pages]):
        assert len(values) == len(set(values))


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_a_layout_in_both_languages(page, language):
    assert page.layout(words_of(language)).to_plotly_json()["props"]["children"]


def test_an_unknown_language_names_those_that_there_are():
    with pytest.raises(ValueError, match="'de'.*fr, en"):
        Words("de")


def layout(client, referer: str) -> dict:
    answer = client.get("/_dash-layout", headers={"Referer": f"http://localhost{referer}"})
    slots = {}

    def walk(node):
        if isinstance(node, dict):
            props = node.get("props", {})
            if str(props.get("id", "")).startswith("page-") and "data-page" in props:
                slots[props["data-page"]] = props["children"]
            if props.get("id") == "start":
                slots["language"] = props["data"]["language"]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(json.loads(answer.data))
    return slots


def test_the_first_layout_holds_the_page_of_the_address_in_its_language_and_no_other(client):
    slots = layout(client, "/data?lang=en")
    assert slots.pop("language") == "en"
    assert [path for path, children in slots.items() if children] == ["/data"]


@pytest.mark.parametrize("referer", ["", "/nowhere", "/?lang=xx"])
def test_any_other_address_opens_the_map_in_french(client, referer):
    slots = layout(client, referer)
    assert slots.pop("language") == "fr"
    assert [path for path, children in slots.items() if children] == ["/"]
