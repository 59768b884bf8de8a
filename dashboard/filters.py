"""The choices: channel, mode and line, each with the number of disruptions beside it.

The buttons are drawn once; `assets/choices.js` changes the selection when one is pressed and writes the
counts. A choice is made of `data-choice="kind:value"`.
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.theme import CHANNEL_WORDS, MODE_WORDS, badge, board_lines, reading_key
from dashboard.view import View
from geo.lines import Lines
from spark_app.tables import RAIL_MODES

MODES_OFFERED = (*RAIL_MODES, "bus")


def layout() -> html.Aside:
    """The board of choices."""
    return html.Aside(
        className="filters",
        id="filters",
        **{"aria-label": "Filtres"},
        children=[
            _block(
                "Nature",
                html.Div(className="chips", children=[_chip("channel", *i) for i in CHANNEL_WORDS.items()]),
            ),
            _block(
                "Réseau",
                html.Div(
                    className="chips",
                    children=[
                        _preset("Ferré", "rail"),
                        _preset("Tout", "all"),
                        *[_chip("mode", mode, MODE_WORDS[mode]) for mode in MODES_OFFERED],
                    ],
                ),
            ),
            _block(
                "Lignes",
                html.Div(id="chosen-lines", className="chosen-lines"),
                *[
                    html.Div([_line_button(line.id) for line in lines], className=f"line-board {mode}")
                    for mode, lines in board_lines().items()
                ],
            ),
            _block(
                "Autre ligne",
                dmc.Select(
                    id="line-search",
                    data=_all_lines(),
                    searchable=True,
                    clearable=True,
                    limit=40,
                    size="sm",
                    placeholder="Bus 191, Noctilien…",
                    nothingFoundMessage="Aucune ligne de ce nom",
                    **{"aria-label": "Chercher une ligne"},
                ),
            ),
            html.P(
                "À côté d'un choix : ses perturbations en cours à la dernière observation.", className="small"
            ),
        ],
    )


def _block(title: str, *children: Any) -> html.Div:
    return html.Div(className="filter-block", children=[html.H2(title), *children])


def _preset(word: str, value: str) -> html.Button:
    return html.Button(word, type="button", className="chip preset", **{"data-choice": f"modes:{value}"})


def _chip(kind: str, value: str, word: str) -> html.Button:
    return html.Button(
        [word, " ", html.Span("0", className="count", **{"data-count": f"{kind}:{value}"})],
        type="button",
        className="chip",
        **{"data-choice": f"{kind}:{value}", "aria-pressed": "false"},
    )


def _line_button(line_id: str) -> html.Button:
    shown = badge(line_id)
    return html.Button(
        [
            html.Span(
                shown.name,
                className=f"badge {shown.mode}",
                style={"--badge": shown.colour, "--on-badge": shown.text},
            ),
            html.Span("", className="count", **{"data-count": f"line:{line_id}"}),
        ],
        type="button",
        className="line-choice",
        title=shown.label,
        **{"data-choice": f"line:{line_id}", "aria-pressed": "false", "aria-label": shown.label},
    )


def _all_lines() -> list[dict[str, str]]:
    """Every active line by its unique label, in reading order."""
    lines = sorted(
        (line for line in Lines.load() if line.active), key=lambda x: (x.mode, reading_key(x.name), x.label)
    )
    return [{"value": line.id, "label": line.label} for line in lines]


def counts(view: View) -> dict[str, Any]:
    """The numbers beside the choices, by `kind:value`, and the totals of the choice."""
    c = view.counts
    beside = {f"channel:{k}": v for k, v in c.channels.items()} | {f"line:{k}": v for k, v in c.lines.items()}
    return {
        "beside": dict(sorted((beside | {f"mode:{k}": v for k, v in c.modes.items()}).items())),
        "total": c.total,
        "placed": c.placed,
    }
