"""Rows as CSV, GeoJSON, (Geo)Parquet and JSON by their columns: the same rows give the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from dashboard.files.formulas import disarmed
from dashboard.map.geojson import collection, feature
from dashboard.tables.dataset import Column, Row
from dashboard.ui.licences import NOT_OFFICIAL

NOTE = Column("attribution", "text", "whose data these are, and under which licence")
_ARROW: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "moment": pa.timestamp("us", tz="UTC"),
    "texts": pa.list_(pa.string()),
    "numbers": pa.list_(pa.float64()),
}


def to_csv(rows: Iterable[Row], columns: Sequence[Column]) -> bytes:
    """UTF-8 with a header; texts that a spreadsheet would run are disarmed with an apostrophe; list columns are left
    out, as they are tables of their own."""
    columns = flat(columns)
    out = io.StringIO(newline="")
    # Every text is quoted: the writer would leave a lone carriage return bare, and readers would end the row.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(column.name for column in columns)
    writer.writerows([_cell(row[column.name]) for column in columns] for row in rows)
    return out.getvalue().encode("utf-8")


def flat(columns: Sequence[Column]) -> list[Column]:
    """The columns of one value a row."""
    return [column for column in columns if column.kind not in ("texts", "numbers")]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return disarmed(value)
    return "" if value is None else value


def to_geojson(rows: Iterable[Row], same: Row, about: Row) -> bytes:
    """One feature a row, in its order; a row without a place has a null geometry and stays counted. What is the `same`
    in every row stands beside the features, with the facts `about` them."""
    features = (feature(row["lat"], row["lon"], _drop_columns(row, ("lat", "lon", *same))) for row in rows)
    return to_json(collection(features, **(about | same), status=NOT_OFFICIAL))


def _drop_columns(row: Row, names: Iterable[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def to_parquet(rows: Sequence[Row], columns: Sequence[Column]) -> bytes:
    """Parquet with a type for each column; GeoParquet 1.1 (WGS 84) if there are `lat` and `lon`."""
    table = pa.table({column.name: _array(rows, column) for column in columns}, pa.schema(map(_field, columns)))
    if {"lat", "lon"} <= {column.name for column in columns}:
        table = _with_geometry(table, rows)
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _field(column: Column) -> pa.Field:
    return pa.field(column.name, _ARROW[column.kind], nullable=column.null)


def _array(rows: Sequence[Row], column: Column) -> pa.Array:
    values = [row[column.name] for row in rows]
    if column.kind == "moment":
        values = [None if value is None else datetime.fromisoformat(value) for value in values]
    return pa.array(values, _ARROW[column.kind])


def _with_geometry(table: pa.Table, rows: Sequence[Row]) -> pa.Table:
    """A column of points as the format's specification has it; a row without a place has none.

    Not by geopandas, which the tests read it with: through pandas, lists and empty columns lose their types.
    """
    points = [None if row["lat"] is None else shapely.to_wkb(shapely.Point(row["lon"], row["lat"])) for row in rows]
    described = {"encoding": "WKB", "geometry_types": ["Point"], "crs": CRS("EPSG:4326").to_json_dict()}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": described}}
    return table.append_column("geometry", pa.array(points, pa.binary())).replace_schema_metadata(
        {"geo": json.dumps(geo)}
    )


def to_json(value: Any) -> bytes:
    """Readable JSON with its keys in the order given."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def to_short_json(value: Any) -> bytes:
    """JSON on one line: what goes over the wire."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
