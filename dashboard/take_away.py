"""Buttons that give a chart or a table as a file; `assets/take_away.js` makes it of what is on the screen."""

from __future__ import annotations

from dash import html

from dashboard.texts import Words


def take_buttons(words: Words, *names: str) -> html.Div:
    """One button each for `map.png`, `timeline.csv`, `timeline.png`, `table.csv`."""
    return html.Div([_button(words(f"take.{name}"), name) for name in names], className="take-away")


def _button(label: str, name: str) -> html.Button:
    return html.Button(
        name.rsplit(".", 1)[-1].upper(),
        type="button",
        className="button take",
        title=label,
        **{"data-choice": f"take:{name}", "aria-label": label},
    )
