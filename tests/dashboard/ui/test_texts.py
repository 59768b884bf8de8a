"""Texts, numbers and moments as each language prints them, and the tables that they stand in."""

import re

import pytest

from dashboard.frame.filter_panel import layout
from dashboard.registry.pages import words_of
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import FIELD, LANGUAGES, Words, typeset
from spark_app.language.severities import SEVERITIES

NOON_US = 1_713_960_000_000_000  # 24 April 2024, 14:00 in Paris


# Words that may follow any number, or follow a value that is none; and two that follow a large constant.
ONE_FORM = {
    "fr": "après au avant ci dans en et h j km min pas pour s sans sur une à premiers premières",
    "en": "active after and at before below closed distinct expected for h in km left min more of on one "
    "ongoing opened "
    "published s theme to went yet",
}


@pytest.mark.parametrize(
    ("plain", "printed"),
    [
        ("Lieu : Nation", "Lieu\u202f: Nation"),
        ("« Nation » ?", "«\u202fNation\u202f»\u202f?"),
        ("12 % ; 3 !", "12\u202f%\u202f; 3\u202f!"),
        ("à 14:05", "à 14:05"),
    ],
)
def test_french_has_a_narrow_space_before_double_signs(plain, printed):
    assert typeset(plain) == printed


def test_no_text_of_the_screen_can_break_before_a_sign():
    assert {key: text for key, text in words_of("fr").data().items() if re.search(r" [:;!?»%]|« ", text)} == {}
    assert not any("\u202f" in text for text in words_of("en").data().values())


@pytest.mark.parametrize(
    ("n", "french", "english"),
    [
        (0, "0 station", "0 stations"),
        (1, "1 station", "1 station"),
        (1.04, "1 station", "1 station"),
        (1.5, "1,5 station", "1.5 stations"),
        (1.96, "2 stations", "2 stations"),
        (2, "2 stations", "2 stations"),
        (1234, "1\u202f234 stations", "1,234 stations"),
    ],
)
def test_a_word_fits_the_number_beside_it(n, french, english):
    assert (words_of("fr")("n.stations", n=n), words_of("en")("n.stations", n=n)) == (french, english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_after_a_number_has_its_singular_and_its_plural(language):
    texts = words_of(language).data()
    after = {(key, word) for key, text in texts.items() for word in re.findall(r"\{\w+\} ([^\W\d]+)", text)}
    assert {(key, word) for key, word in after if word not in ONE_FORM[language].split()} == set()
    chosen = [forms for text in texts.values() for name, *forms in FIELD.findall(text) if forms != ["", ""]]
    assert len(chosen) > 30 and [forms for forms in chosen if forms[0] == forms[1]] == []


def test_a_word_is_chosen_by_a_number_alone():
    with pytest.raises(TypeError, match="'12' is not a number"):
        words_of("fr")("n.stations", n="12")


def test_numbers_shares_and_moments_follow_the_language():
    french, english = Words("fr"), Words("en")
    assert (french.number(1234.56, 1), english.number(1234.56, 1)) == ("1\u202f234,6", "1,234.6")
    assert (french.number(-3), english.number(-3)) == ("−3", "−3")
    assert (french.percent(0.055, 1), english.percent(0.055, 1)) == ("5,5\u202f%", "5.5%")
    later_us = NOON_US + 40 * 86_400_000_000
    assert (french.moment(NOON_US, later_us), english.moment(NOON_US, later_us)) == ("24 avr. 14:00", "24 Apr 14:00")


def test_the_reader_is_told_what_gives_each_severity_its_name():
    shown = str(layout(words_of("en")))
    assert [code for code in SEVERITIES if words_of("en")(f"severity.rule.{code}") not in shown] == []


def test_a_cell_knows_its_head_and_a_picked_row_stands_out():
    table = plain_table(("Line", "Now"), [["A", "3"], ["B", "0"]], numbers=(1,), picked=(1,))
    first, second = table.children[1].children
    assert (first.className, second.className) == (None, "picked")
    cell = first.children[1].to_plotly_json()["props"]
    assert (cell["data-head"], cell["className"]) == ("Now", "number")
