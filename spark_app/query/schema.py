"""Spark's view of the message contract, derived from its dataclasses: a field is written once."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from prim_client.messages.message import Body, Message

CORRUPT = "corrupt"  # from_json puts a line here that breaks the schema
_SCALARS: dict[type, DataType] = {
    str: StringType(),
    bool: BooleanType(),
    float: DoubleType(),
    datetime: TimestampType(),
}


def spark_type(hint: Any) -> DataType:
    """The Spark type of a contract type: scalars, `X | None`, `tuple[X, ...]` and dataclasses."""
    if get_origin(hint) is types.UnionType:
        hint = next(part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is tuple:
        return ArrayType(spark_type(get_args(hint)[0]))
    if isinstance(hint, type) and is_dataclass(hint):
        return StructType(_fields(hint))
    if issubclass(hint, StrEnum):
        return StringType()
    return _SCALARS[hint]


def _fields(contract: type, without: tuple[str, ...] = ()) -> list[StructField]:
    hints = get_type_hints(contract)
    return [
        StructField(f.name.rstrip("_"), spark_type(hints[f.name])) for f in fields(contract) if f.name not in without
    ]


OFFSET_FIELDS = [
    StructField(name, type_) for name, type_ in (("entry", LongType()), ("part", IntegerType()), ("of", IntegerType()))
]
LINE_SCHEMA = StructType([*OFFSET_FIELDS, StructField("line", StringType())])
ENTRY_FIELDS = [StructField("tick", BooleanType()), StructField("observed", BooleanType())]
ENVELOPE_SCHEMA = StructType([*ENTRY_FIELDS, *_fields(Message, without=("body",)), StructField(CORRUPT, StringType())])
BODY_SCHEMA = StructType([*_fields(Body), StructField(CORRUPT, StringType())])
