"""State of the lineage between two entries, stored as compact JSON in zstd so that it survives a restart."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import orjson
import zstandard

from spark_app.derived.incidents.lineage import Known, Lineage
from spark_app.derived.incidents.record import Record

FORMAT = 1
_SETS = ("lines", "causes", "begins_us")


def dump(lineage: Lineage) -> bytes:
    """The memory of `lineage` as bytes; the same bytes for the same memory."""
    plain = {
        "format": FORMAT,
        "swept_us": lineage.swept_us,
        "records": [_plain(record) for record in lineage.records.values()],
        "incident_of": list(lineage.incident_of.items()),
    }
    return zstandard.compress(orjson.dumps(plain))


def load(state: bytes, known: Known) -> Lineage:
    """The lineage that `dump` wrote. Raises ValueError if these bytes are none."""
    try:
        plain = orjson.loads(zstandard.decompress(state))
        if plain["format"] != FORMAT:
            raise ValueError(f"format {plain['format']}, this version writes {FORMAT}")
        records = [_record(row) for row in plain["records"]]
    except (zstandard.ZstdError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"not a memory of incidents: {error}") from error
    return Lineage(
        known, {record.incident: record for record in records}, dict(plain["incident_of"]), plain["swept_us"]
    )


def _plain(record: Record) -> list[Any]:
    """Field by field, sets sorted, so that equal records are equal bytes."""
    return [_plain_value(getattr(record, each.name)) for each in fields(record)]


def _plain_value(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, dict):
        return [[key, each] for key, each in value.items()]
    return [_plain_value(each) for each in value] if isinstance(value, list) else value


def _record(row: list[Any]) -> Record:
    values = dict(zip((each.name for each in fields(Record)), row, strict=True))
    for name in _SETS:
        values[name] = set(values[name])
    values["places"] = [frozenset(place) for place in values["places"]]
    values["wordings"] = dict(values["wordings"])
    values["current"] = {id_: (seen_us, phase) for id_, (seen_us, phase) in values["current"]}
    return Record(**values)
