"""The choice: its scope, its form in the address, and what it refuses."""

from urllib.parse import parse_qsl

import pytest

from dashboard.window.refusals import SelectionError
from dashboard.window.selection import MODES, Selection, known_choices, parse_selection
from spark_app.store.tables import RAIL_MODES

NOON_US = 1_713_960_000_000_000


@pytest.mark.parametrize(
    ("selection", "scope"),
    [
        (Selection(), "*rail"),
        (Selection(modes=()), "*"),
        (Selection(modes=("metro",)), "*metro"),
        (Selection(modes=tuple(reversed(RAIL_MODES))), "*rail"),
        (Selection(lines=("C01742",)), "C01742"),
        (Selection(modes=("metro", "bus")), None),
        (Selection(lines=("C01742", "C01743")), None),
    ],
)
def test_one_line_and_the_scopes_come_from_the_window_table_and_other_choices_are_unions(selection, scope):
    assert selection.scope() == scope


def test_lines_say_what_is_held_and_then_modes_say_nothing():
    lines = Selection(lines=("C01742",), modes=("metro",))
    assert lines.holds("C01742", "rer")
    assert not lines.holds("C01371", "metro")


def test_every_mode_holds_also_what_has_no_line():
    assert Selection(modes=()).holds("", "")
    assert not Selection().holds("", "")


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(channels=("incident", "works"), modes=(), end_us=NOON_US, size="stations", span="7j"),
        Selection(lines=("C01742", "C01743")),
        Selection(modes=("metro", "bus")),
        Selection(cluster="incident:208"),
        Selection(cluster="works:new-3", colour="severity"),
    ],
)
def test_the_address_gives_the_choice_back(selection):
    assert parse_selection(dict(parse_qsl(selection.to_query()))) == selection


def test_the_choice_that_the_page_opens_with_needs_no_address():
    assert Selection().to_query() == ""


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"channel": "incident,weather"}, "weather"),
        ({"modes": "boat"}, "boat"),
        ({"lines": "C01742,<script>"}, "<script>"),
        ({"window": "yesterday"}, "yesterday"),
        ({"window": "2024-04-24T12:00:00"}, "2024-04-24T12:00:00"),
        ({"size": "wide"}, "wide"),
        ({"span": "1y"}, "1y"),
        ({"cluster": "208"}, "208"),
        ({"cluster": "incident:new-"}, "incident:new-"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_by_name(query, named):
    with pytest.raises(SelectionError, match=f"(?s).*{named}"):
        parse_selection(query)


def test_the_browser_is_told_the_choice_that_the_page_opens_with():
    known = known_choices()
    assert parse_selection(known["defaults"]) == Selection()
    assert known["defaults"]["modes"].split(",") == list(RAIL_MODES)
    assert set(RAIL_MODES) < set(MODES)
