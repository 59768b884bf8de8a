"""Parts of a layout that the browser draws: nothing is lost on the way, texts stay texts,
and what Dash must do is refused."""

import json

import dash_mantine_components as dmc
import pytest
from dash import html

from dashboard.ui.attributes import attributes
from dashboard.ui.static_html import as_static


def undrawn(host):
    """What the browser is given to draw: texts and [tag, attributes, *children]."""
    return json.loads(getattr(host, "data-drawn"))


def test_elements_attributes_and_texts_come_through():
    button = html.Button(
        ["Ligne ", html.Span(4, className="count")],
        id="b",
        className="chip",
        tabIndex=0,
        hidden=True,
        style={"backgroundColor": "red", "--badge": "#fff"},
        **attributes(data_choice="line:1", aria_pressed="false"),
    )
    host = as_static(html.Div(["avant ", None, button], className="chips"))
    props = host.to_plotly_json()["props"]
    assert props["children"] is None and props["className"] == "chips"
    given = {
        "id": "b",
        "class": "chip",
        "tabindex": 0,
        "hidden": "",
        "style": {"background-color": "red", "--badge": "#fff"},
        "data-choice": "line:1",
        "aria-pressed": "false",
    }
    assert undrawn(host) == ["avant ", ["button", given, "Ligne ", ["span", {"class": "count"}, "4"]]]


def test_markup_in_a_text_stays_a_text():
    assert undrawn(as_static(html.P("<img src=x onerror=alert(1)>"))) == ["<img src=x onerror=alert(1)>"]


def test_a_component_with_scripts_of_its_own_is_refused_by_name():
    with pytest.raises(TypeError, match="Select of dash_mantine_components cannot be drawn"):
        as_static(html.Div([html.P("before"), html.Div(dmc.Select(id="s"))]))


def test_what_is_absent_or_false_is_no_attribute():
    assert undrawn(as_static(html.Div(html.Details(open=False, title=None)))) == [["details", {}]]
