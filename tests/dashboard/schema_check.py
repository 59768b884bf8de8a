"""Whether a JSON value is what a schema says: as much of JSON Schema 2020-12 as the API's description uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

KNOWN = {
    "$ref",
    "type",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "format",
    "description",
    "enum",
    "anyOf",
}
PYTHON = {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}


def problems(value: Any, schema: Any, document: Any, at: str = "$") -> Iterator[str]:
    """What is wrong with `value`, by its place; nothing if it is right."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield from problems(value, document["components"]["schemas"][name], document, at)
        return
    if unknown := schema.keys() - KNOWN:
        yield f"{at}: the schema uses {unknown}"
    if "anyOf" in schema:
        yield from _of_alternatives(value, schema["anyOf"], document, at)
        return
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, kind) for kind in kinds):
        yield f"{at}: {value!r} is no {kinds}"
    elif isinstance(value, dict):
        yield from _of_object(value, schema, document, at)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from problems(item, schema["items"], document, f"{at}[{i}]")
    elif schema.get("format") == "date-time" and value is not None and not _is_utc(value):
        yield f"{at}: {value!r} is no moment in UTC"


def _of_alternatives(value: Any, alternatives: list, document: Any, at: str) -> Iterator[str]:
    """Nothing if one alternative holds, else what is wrong with each."""
    found = [list(problems(value, each, document, at)) for each in alternatives]
    if all(found):
        yield f"{at}: none of the alternatives: {found}"


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return type(value) is int
    if kind == "number":
        return type(value) in (int, float)
    return isinstance(value, PYTHON[kind])


def _is_utc(value: str) -> bool:
    return value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None


def _of_object(value: dict, schema: Any, document: Any, at: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    for name, item in value.items():
        own = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
        if own is False:
            yield f"{at}: {name} is not described"
        elif own is not True:
            yield from problems(item, own, document, f"{at}.{name}")
