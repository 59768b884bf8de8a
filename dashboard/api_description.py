"""The OpenAPI document of `/api/v1`: paths, parameters and the columns of every answer."""

from __future__ import annotations

from typing import Any

from dashboard.choosing import NO_CAUSE
from dashboard.export import FILE_NAMES
from dashboard.selection import CHANNELS, MODES, RANGES_H, SIZES, STACKS
from dashboard.severities import SEVERITIES
from spark_app.language.labels import CAUSES_FR

PREFIX = "/api/v1"
Schema = dict[str, Any]

PARAMETERS = {
    "channel": ("channels with commas between", f"some of {', '.join(CHANNELS)}; default incident"),
    "modes": ("modes with commas between, or all", f"some of {', '.join(MODES)}; default everything on rails"),
    "lines": ("line ids with commas between", "as C01742; modes say nothing then"),
    "severity": ("wordings of severity with commas between", f"some of {', '.join(SEVERITIES)}; default all"),
    "cause": ("causes that the text names, with commas between", f"some of {', '.join((*CAUSES_FR, NO_CAUSE))}; default all"),
    "zone": ("départements and communes by INSEE code", "as 75,94080; default everywhere"),
    "text": ("words that title or text must hold", "without regard to case and accents"),
    "area": ("a drawn area: corners as latitude,longitude", "as 48.85,2.30,48.90,2.40; two are a rectangle's"),
    "window": ("the end of a window", "as 2024-04-24T12:05:00Z, or latest (default)"),
    "span": ("the stretch of the timeline", f"one of {', '.join(RANGES_H)}; default 24h"),
    "stack": ("what the timeline's bars are", f"one of {', '.join(STACKS)}; default {STACKS[0]}"),
    "unit": ("the radius of a circle of size 1", "in pixels, for the page only; default as the window needs"),
    "size": ("what the timeline counts", f"one of {', '.join(SIZES)}; default {SIZES[0]}"),
}
PATHS = {
    "window": ("The window, with the totals of the choice", {
        "disruptions_ongoing": ("integer", "active at the last observed tick"),
        "disruptions_placed": ("integer", "of these, with a station"),
        "stations_hit": ("integer", "distinct stations of these"),
        "clusters": ("integer", "clusters on the map"),
        "by_channel": ("object", "ongoing disruptions beside each channel"),
        "by_mode": ("object", "ongoing disruptions beside each mode"),
    }),
    "clusters": ("The clusters of the window, as the map draws them", {"clusters": ("array", "the columns of clusters.csv")}),
    "disruptions": ("The disruptions of the window, in the order of the table", {"disruptions": ("array", "one a disruption")}),
    "hits": ("One row a (disruption, line, station)", {"hits": ("array", "the columns of hits.csv")}),
    "timeline": ("Sizes of the clusters over the windows, oldest first", {"timeline": ("object", "windows and clusters")}),
    "lines": ("Ongoing disruptions by line", {"lines": ("array", "{line, disruptions}")}),
}  # fmt: skip
HEAD = {
    "status": ("string", "that this is not official"),
    "attribution": ("string", "whose data these are, and under which licence"),
    "source": ("string", "live, simulated, recorded or file"),
}
OF_A_WINDOW = HEAD | {
    "window": ("object", "bounds in UTC, observed ticks, log entries, model generation"),
    "selection": ("string", "the choice, as the page's address has it"),
}
BOOKS = HEAD | {
    "balances": ("array", "the equations of the books and whether they hold"),
    "completeness": ("object", "what became of the polls that were due: expected, missed, received, late, unchanged, empty, failed, other; null: not counted"),
    "gaps": ("array", "stretches without observation of the last 7 days, newest first: {begin_utc, end_utc, ticks}, begin exclusive as a window's"),
    "counters": ("object", "the counters of the store"),
    "parts": ("object", "the last word of each running part"),
}


def document() -> Schema:
    """The OpenAPI 3.1 document."""
    paths = {f"{PREFIX}/{name}": _get(text, OF_A_WINDOW | columns) for name, (text, columns) in PATHS.items()}
    paths[f"{PREFIX}/books"] = _get("The books, and the last word of each part", BOOKS, chosen=False)
    paths[f"{PREFIX}/files/{{name}}"] = _file()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pulse", "version": "1",
            "description": "What is going wrong in the public transport of Île-de-France, as published. Not official. "
            "Times are UTC.",
        },
        "paths": paths,
        "components": {"parameters": {name: _parameter(name) for name in PARAMETERS}, "schemas": {"Error": _object({
            "error": ("string", "which value, and what was expected")})}},
    }  # fmt: skip


def _get(summary: str, columns: dict[str, tuple[str, str]], chosen: bool = True) -> Schema:
    answer = {"description": "done", "content": {"application/json": {"schema": _object(columns)}}}
    parameters = [{"$ref": f"#/components/parameters/{name}"} for name in PARAMETERS] if chosen else []
    return {"get": {"summary": summary, "parameters": parameters, "responses": {"200": answer, **_refusals()}}}


def _file() -> Schema:
    described = _get("A file of the window snapshot: the same window gives the same bytes", {})
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"},
            "description": ", ".join(FILE_NAMES)}
    described["get"]["parameters"].insert(0, name)
    described["get"]["responses"]["200"] = {"description": "the file"}
    return described


def _parameter(name: str) -> Schema:
    what, values = PARAMETERS[name]
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": f"{what}: {values}"}


def _refusals() -> Schema:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    reasons = {"400": "a value that does not exist", "404": "no such window or file", "503": "the store cannot be read now"}
    return {code: {"description": reason, **body} for code, reason in reasons.items()}


def _object(columns: dict[str, tuple[str, str]]) -> Schema:
    properties = {name: {"type": kind, "description": text} for name, (kind, text) in columns.items()}
    return {"type": "object", "required": list(columns), "properties": properties}
