"""The OpenAPI document of `/api/v1`: paths, parameters and the columns of every answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard.files.snapshot import FILE_NAMES
from dashboard.files.table_files import SCALE, formats_of
from dashboard.files.table_files import TYPES as TYPES_OF_FILES
from dashboard.health.books import COMPLETENESS
from dashboard.pictures.picture import is_drawn
from dashboard.tables.catalogue import all_datasets
from dashboard.tables.dataset import Column, Dataset, Parameter, columns
from dashboard.ui.texts import LANGUAGES
from dashboard.window.selection import CAUSES, COLOURS, MODES, RANGES_H, SIZES, STACKS
from prim_client.messages.message import CHANNELS
from spark_app.language.severities import SEVERITIES

PREFIX = "/api/v1"
Schema = dict[str, Any]

PARAMETERS = {
    "channel": ("channels with commas between", f"some of {', '.join(CHANNELS)}; default incident"),
    "modes": ("modes with commas between, or all", f"some of {', '.join(MODES)}; default everything on rails"),
    "lines": (
        "lines with commas between",
        "ids as C01742, line:IDFM:C01742, or public names as RER B, Bus 191; modes say nothing then",
    ),
    "severity": ("wordings of severity with commas between", f"some of {', '.join(SEVERITIES)}; default all"),
    "cause": ("causes that the text names, with commas between", f"some of {', '.join(CAUSES)}; default all"),
    "zone": ("départements and communes by INSEE code", "as 75,94080; default everywhere"),
    "text": ("words that title or text must hold", "without regard to case and accents"),
    "area": ("a drawn area: corners as latitude,longitude", "as 48.85,2.30,48.90,2.40; two are a rectangle's"),
    "window": ("the end of a window", "as 2024-04-24T12:05:00Z, or latest (default)"),
    "span": ("the stretch of the timeline", f"one of {', '.join(RANGES_H)}; default 24h"),
    "colour": ("what the colours of the map say", f"one of {', '.join(COLOURS)}; default {COLOURS[0]}"),
    "cluster": ("the cluster that stands out on the page", "as incident:208; it changes no figure"),
    "stack": ("what the timeline's bars are", f"one of {', '.join(STACKS)}; default {STACKS[0]}"),
    "size": ("what the timeline counts", f"one of {', '.join(SIZES)}; default {SIZES[0]}"),
}
LANGUAGE = Parameter("lang", "language of the picture", LANGUAGES)
LIMIT = 10_000  # rows of one answer; files hold all of them
PAGING = {
    "limit": ("rows of the answer", 1, LIMIT, LIMIT),
    "offset": ("rows before the first of the answer", 0, 10**9, 0),
}
TYPES: dict[str, Schema] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "moment": {"type": "string", "format": "date-time"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "numbers": {"type": "array", "items": {"type": ["number", "null"]}},
}
HEAD = columns("""
    status          text   that this is not official
    attribution     text   whose data these are, and under which licence
    source          text   live, simulated, recorded or file
    missing_tables  texts  tables that an older version's store does not have yet: of what they hold nothing is known
""")
WINDOW = columns("""
    begin_utc         moment   exclusive
    end_utc           moment   inclusive
    closed            boolean  it will not change any more
    ticks_expected    integer  ticks that it has
    ticks_observed    integer  of these, with a good poll shortly before
    ticks_missed_utc  texts    those that were not observed
    first_entry       integer  of the log
    last_entry        integer  of the log
    model_generation  integer  of the clusters
""")
TOTALS = columns("""
    selection            text     the choice, as the page's address has it
    disruptions_ongoing  integer  active at the last observed tick
    disruptions_placed   integer  of these, with a station
    stations_hit         integer  distinct stations of these
    clusters             integer  clusters on the map
""")
PAGE = columns("""
    selection  text      the choice, as the page's address has it; empty where there is none
    total      integer   rows in all
    offset     integer   rows before the first
    next       text?     address of the rows behind these, of the same moment; null: there are none
""")
POLLS = tuple(Column(name, "integer", "polls; null: not counted", null=True) for name in COMPLETENESS)
ABOUT = {  # facts beside the rows, where there are some
    "window": {"$ref": "#/components/schemas/Window"},
    **dict.fromkeys(("begin_utc", "end_utc", "after_utc", "until_utc"), TYPES["moment"]),
    **dict.fromkeys(("incident", "day_type"), TYPES["text"]),
    **dict.fromkeys(("hour", "in_all", "ticks_expected", "ticks_observed"), TYPES["integer"]),
}
COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}


def document() -> Schema:
    """The OpenAPI 3.1 document."""
    tables = all_datasets().values()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pulse",
            "version": "1",
            "description": "What is going wrong in the public transport of Île-de-France, as published. Not official. "
            "Times are UTC.",
        },
        "paths": _fixed_paths() | {path: said for each in tables for path, said in _table_paths(each).items()},
        "components": {
            "parameters": {name: _parameter(name) for name in PARAMETERS} | _paging(),
            "schemas": _schemas(),
        },
    }


def _fixed_paths() -> Schema:
    chosen = [_parameter_ref(name) for name in PARAMETERS]
    name = _path_parameter("name", {"type": "string", "enum": list(FILE_NAMES)}, "file of the snapshot")
    incident = _path_parameter("incident", {"type": "string"}, "id of an incident, as the list has it")
    file = "A file of the window snapshot: the same window gives the same bytes"
    return {
        f"{PREFIX}/window": _get("The window, with the totals of the choice", _json("WindowAnswer"), chosen),
        f"{PREFIX}/books": _get("The books, and the last word of each part", _json("Books"), []),
        f"{PREFIX}/incidents/{{incident}}": _get(
            "One incident with its revisions and its life", _json("Life"), [incident, _parameter_ref("window")]
        ),
        f"{PREFIX}/files/{{name}}": _get(file, _files(each.rsplit(".", 1)[-1] for each in FILE_NAMES), [name, *chosen]),
    }


def _table_paths(dataset: Dataset) -> Schema:
    """The JSON of a table, and its files."""
    chosen = [_parameter_ref(name) for name in PARAMETERS] if dataset.chosen else []
    own = [_own_parameter(each) for each in dataset.parameters]
    formats = (*formats_of(dataset), "zip")
    of_files = _path_parameter("format", {"type": "string", "enum": list(formats)}, "zip: every format and a manifest")
    return {
        f"{PREFIX}/{dataset.name}": _get(
            dataset.title, _json(_answer_name(dataset)), [*chosen, *own, *map(_parameter_ref, PAGING)]
        ),
        f"{PREFIX}/{dataset.name}.{{format}}": _get(
            f"{dataset.title}, as a file", _files(formats), [of_files, *chosen, *own, *_look(dataset)]
        ),
    }


def _look(dataset: Dataset) -> list[Schema]:
    """How a picture looks, of a table that has one."""
    return [_own_parameter(SCALE), _own_parameter(LANGUAGE)] if is_drawn(dataset) else []


def _schemas() -> Schema:
    fixed = {
        "Error": _object({"error": {"type": "string", "description": "which value, and what was expected"}}),
        "Window": _object(_properties(WINDOW)),
        "WindowAnswer": _object(
            _properties((*HEAD, *TOTALS)) | {"window": _ref("Window"), "by_channel": COUNTS, "by_mode": COUNTS}
        ),
        "Books": _object(
            _properties(HEAD)
            | {
                "balances": _array(_balance()),
                "completeness": _object(_properties(POLLS)),
                "gaps": _array(_ref("GapsRow")),
                "folds": _array(_ref("FoldsRow")),
                "counters": COUNTS,
                "parts": {"type": "object"},
            }
        ),
        "Life": _object(
            _properties(HEAD)
            | {
                "incident": _ref("IncidentsRow"),
                "steps": _array(_ref("IncidentStepsRow")),
                "ends": _array(_ref("IncidentEndsRow")),
                "siblings": _array(_ref("IncidentsRow")),
                "later": {
                    "anyOf": [_ref("IncidentsRow"), {"type": "null"}],
                    "description": "as known today, null if that is no more",
                },
            }
        ),
    }
    rows = {f"{_name(each)}Row": _object(_properties(each.columns)) for each in all_datasets().values()}
    return fixed | rows | {_answer_name(each): _table_answer(each) for each in all_datasets().values()}


def _table_answer(dataset: Dataset) -> Schema:
    needed = _properties((*HEAD, *PAGE)) | {"rows": _array(_ref(f"{_name(dataset)}Row"))}
    return _object(needed) | {"properties": needed | ABOUT}


def _balance() -> Schema:
    total = {"type": ["integer", "null"]}
    return _object({"name": TYPES["text"], "total": total, "parts": COUNTS, "holds": TYPES["boolean"]})


def _name(dataset: Dataset) -> str:
    return "".join(part.capitalize() for part in dataset.name.split("-"))


def _answer_name(dataset: Dataset) -> str:
    return f"{_name(dataset)}Answer"


def _properties(described: Iterable[Column]) -> Schema:
    return {each.name: _property(each) for each in described}


def _property(column: Column) -> Schema:
    kind = TYPES[column.kind]
    return kind | {"type": [kind["type"], "null"] if column.null else kind["type"], "description": column.doc}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str) -> Schema:
    """The content of an answer that the schema `name` describes."""
    return {"application/json": {"schema": _ref(name)}}


def _files(formats: Iterable[str]) -> Schema:
    """The contents of an answer that is a file of one of `formats`."""
    return {TYPES_OF_FILES[each]: {} for each in formats}


def _get(summary: str, content: Schema, parameters: list[Schema]) -> Schema:
    done = {"description": "done; with an ETag, which If-None-Match gives back", "content": content}
    return {"get": {"summary": summary, "parameters": parameters, "responses": {"200": done, **_refusals()}}}


def _parameter_ref(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name}"}


def _path_parameter(name: str, schema: Schema, text: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": text}


def _parameter(name: str) -> Schema:
    what, values = PARAMETERS[name]
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": f"{what}: {values}",
    }


def _own_parameter(each: Parameter) -> Schema:
    schema: Schema = (
        {"type": "string", "enum": list(each.known), "default": each.known[0]}
        if each.known
        else {"type": "string", "maxLength": each.longest}
    )
    return {"name": each.name, "in": "query", "required": each.required, "schema": schema, "description": each.doc}


def _paging() -> Schema:
    return {
        name: {
            "name": name,
            "in": "query",
            "required": False,
            "description": text,
            "schema": {"type": "integer", "minimum": least, "maximum": most, "default": default},
        }
        for name, (text, least, most, default) in PAGING.items()
    }


def _refusals() -> Schema:
    body = {"content": {"application/json": {"schema": _ref("Error")}}}
    reasons = {
        "400": "an unknown value or parameter, with the nearest known ones",
        "404": "no such window, incident or file",
        "406": "no such format of this table",
        "503": "the store cannot be read now, or too many pictures are asked for",
    }
    not_modified = {"304": {"description": "what If-None-Match names is still right"}}
    outside = {
        "401": {"description": "where a password is set: it is missing or wrong"},
        "414": {"description": "an address of more than 8,190 bytes, as plain text"},
        "429": {"description": "too many wrong passwords from this address; Retry-After says how many seconds to wait"},
    }
    return not_modified | outside | {code: {"description": reason, **body} for code, reason in reasons.items()}
