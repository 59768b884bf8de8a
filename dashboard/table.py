"""The table: the same disruptions as on the map, for the keyboard, the screen reader and the eye."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash import html

from dashboard.paris import moment_word
from dashboard.theme import SEVERITY_WORDS, STATE_WORDS, as_json, badge
from dashboard.view import Active, View

_SEVERITY_ORDER = {"BLOQUANTE": 0, "PERTURBEE": 1, "INFORMATION": 2}


def layout() -> html.Section:
    """The frame of the table."""
    return html.Section(
        className="table-card card",
        **{"aria-label": "Perturbations de la fenêtre"},
        children=[
            html.Div(
                className="card-head",
                children=[html.H2("Perturbations"), html.Div(id="table-count", className="small")],
            ),
            dag.AgGrid(
                id="table",
                className="ag-theme-quartz table",
                columnDefs=_columns(),
                rowData=[],
                getRowId="params.data.id",
                defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True},
                dashGridOptions={
                    "animateRows": False,
                    "rowHeight": 52,
                    "headerHeight": 34,
                    "suppressCellFocus": False,
                    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
                    "noRowsOverlayComponent": "PulseNothing",
                    "enableCellTextSelection": True,
                    "tooltipShowDelay": 400,
                },
                style={"height": None, "width": "100%"},
            ),
        ],
    )


def _columns() -> list[dict[str, Any]]:
    return [
        {
            "field": "lines",
            "headerName": "Lignes",
            "cellRenderer": "PulseBadges",
            "width": 80,
            "sortable": False,
            "cellDataType": False,
        },
        {
            "field": "title",
            "headerName": "Perturbation",
            "flex": 1,
            "minWidth": 160,
            "cellRenderer": "PulseTitle",
            "tooltipField": "title",
        },
        {"field": "rank", "headerName": "Gravité", "cellRenderer": "PulseSeverity", "width": 97},
        {"field": "end_ms", "headerName": "Fin prévue", "width": 84, "cellRenderer": "PulseWord"},
        {"field": "stations", "headerName": "Stations", "width": 72, "type": "rightAligned"},
        {
            "field": "polarity",
            "headerName": "Polarité",
            "width": 80,
            "cellRenderer": "PulsePolarity",
            "type": "rightAligned",
        },
        {"field": "begin_ms", "headerName": "Début", "width": 88, "cellRenderer": "PulseWord"},
        {"field": "cluster", "headerName": "Foyer", "width": 150, "tooltipField": "cluster"},
    ]


def rows(view: View) -> list[dict[str, Any]]:
    """One row a disruption of the window, in reading order: new ones, then by severity and age."""
    names = {c.key: c.name for c in view.clusters}
    return [_row(active, names, view.span.end_us) for active in view.disruptions]


def _row(active: Active, names: dict[str, str], near_us: int) -> dict[str, Any]:
    r = active.revision
    keys = list(dict.fromkeys(f"{r.channel}:{cluster}" for _, cluster in active.hits))
    lines = list(dict.fromkeys(hit.line for hit, _ in active.hits if hit.line))
    return {
        "id": r.id,
        "lines": [as_json(badge(line)) for line in lines],
        "title": r.title or r.text[:120],
        "severity": SEVERITY_WORDS.get(r.severity, r.severity),
        "rank": _SEVERITY_ORDER.get(r.severity, 3),
        "state": active.state,
        "state_word": STATE_WORDS[active.state],
        "begin_ms": (active.begin_us or 0) // 1000 or None,
        "end_ms": (active.end_us or 0) // 1000 or None,
        "begin_ms_word": moment_word(active.begin_us, near_us),
        "end_ms_word": moment_word(active.end_us, near_us),
        "stations": active.stations,
        "polarity": None if r.polarity is None else round(r.polarity, 2),
        "cluster": ", ".join(names[key] for key in keys if key in names) or "sans lieu",
    }
