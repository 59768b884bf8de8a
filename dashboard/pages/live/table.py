"""The table: the same disruptions as on the map, for the keyboard, the screen reader and the eye."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import dash_ag_grid as dag
from dash import html

from dashboard.map.extents import extent_of
from dashboard.ui.attributes import attributes
from dashboard.ui.downloads import take_buttons
from dashboard.ui.texts import Words
from dashboard.ui.theme import as_json, badge
from dashboard.window.hit_filter import severity
from dashboard.window.titles import shown_title
from dashboard.window.view import Active, View
from spark_app.language.severities import rank


def layout(words: Words) -> html.Section:
    """The frame of the table."""
    return html.Section(
        className="table-card card",
        **attributes(aria_label=words("table.label")),
        children=[
            html.Div(
                className="card-head",
                children=[
                    html.H2(words("table.title")),
                    html.Div(id="table-count", className="small"),
                    take_buttons(words, "table.csv"),
                ],
            ),
            dag.AgGrid(
                id="table",
                className="ag-theme-quartz table",
                columnDefs=_columns(words),
                rowData=[],
                getRowId="params.data.id",
                defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True},
                dashGridOptions={
                    "animateRows": False,
                    "rowHeight": 60,
                    "headerHeight": 34,
                    "suppressCellFocus": False,
                    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
                    "rowClassRules": {"is-marked": "pulseMarked(params)"},
                    "noRowsOverlayComponent": "PulseNothing",
                    "enableCellTextSelection": True,
                    "tooltipShowDelay": 400,
                },
                style={"height": None, "width": "100%"},
            ),
        ],
    )


_POLARITY_CELL = {"cellRenderer": "PulsePolarity", "type": "rightAligned"}


def _columns(words: Words) -> list[dict[str, Any]]:
    """Everything fits beside the map at 1440 px: what belongs together stands in one cell."""
    return [
        {
            "field": "lines",
            "headerName": words("table.lines"),
            "cellRenderer": "PulseBadges",
            "width": 62,
            "sortable": False,
            "cellDataType": False,
        },
        {
            "field": "disruption",
            "headerName": words("table.disruption"),
            "flex": 1,
            "minWidth": 140,
            "cellRenderer": "PulseTitle",
            "suppressKeyboardEvent": {"function": "pulseIsForChip(params)"},
            **_sorted_by("title"),
        },
        {
            "field": "severity",
            "headerName": words("table.severity"),
            "cellRenderer": "PulseSeverity",
            "width": 132,
            **_sorted_by("rank"),
        },
        {
            "field": "period",
            "headerName": words("table.period"),
            "cellRenderer": "PulsePeriod",
            "width": 94,
            **_sorted_by("begin_ms"),
        },
        {"field": "polarity", "headerName": words("table.polarity"), "width": 66} | _POLARITY_CELL,
    ]


def _sorted_by(part: str) -> dict[str, Any]:
    """How a column whose values have parts is sorted: functions of `assets/common/table.js`."""
    return {"cellDataType": False, "comparator": {"function": f"pulseSortedBy_{part}"}}


def rows(view: View) -> list[dict[str, Any]]:
    """One row a disruption of the window, in reading order: new ones, then by severity and age.

    The grid draws a cell anew only where the value of its own field changed, so a value holds all that its cell shows.
    """
    chips = _chips(view)
    return [_row(active, view.span.end_us // 1000, chips[active.revision.id]) for active in view.disruptions]


def _chips(view: View) -> dict[str, list[dict[str, Any]]]:
    """The marks of the clusters that count a disruption, by its id, the largest cluster first."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for c in sorted(view.clusters, key=lambda c: (-c.count("disruptions"), c.key)):
        for id_ in c.ids:
            found[id_].append({"key": c.key, "letter": c.letter, "hue": c.hue, "pattern": c.pattern, "name": c.name})
    return found


def _row(active: Active, near_ms: int, chips: list[dict[str, Any]]) -> dict[str, Any]:
    r = active.revision
    lines = list(dict.fromkeys(hit.line for hit, _ in active.hits if hit.line))
    wording = severity(r)
    return {
        "id": r.id,
        "lines": [as_json(badge(line)) for line in lines],
        "disruption": {
            "title": shown_title(r),
            "one_line": len(lines) == 1,
            "extent": extent_of(h for h, _ in active.hits).to_json(),
            "clusters": chips,
        },
        "severity": {"wording": wording, "rank": rank(wording), "tags": tags(active)},
        "period": {
            "begin_ms": (active.begin_us or 0) // 1000 or None,
            "end_ms": (active.end_us or 0) // 1000 or None,
            "near_ms": near_ms,
        },
        "polarity": None if r.polarity is None else round(r.polarity, 2),
    }


def tags(active: Active) -> list[str]:
    """What happened to it in the window: `opened`, `over`; the figures count them."""
    return [tag for tag, holds in (("opened", active.opened), ("over", active.state == "over")) if holds]
