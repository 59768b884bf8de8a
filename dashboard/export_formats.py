"""Rows as CSV, GeoJSON and GeoParquet: the same rows give the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import geopandas
import pandas as pd
import shapely

from dashboard.geojson import collection, feature
from dashboard.licences import NOT_OFFICIAL

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")  # a spreadsheet would run a cell that begins so
Row = dict[str, Any]


def to_csv(rows: Iterable[Row], columns: Sequence[str]) -> bytes:
    """UTF-8 with a header; texts that a spreadsheet would run are disarmed with an apostrophe."""
    out = io.StringIO(newline="")
    # Every text is quoted: the writer would leave a lone carriage return bare, and readers would end the row.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return out.getvalue().encode("utf-8")


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return "'" + value
    return "" if value is None else value


def to_geojson(rows: Iterable[Row], note: str) -> bytes:
    """One feature a row, in its order; a row without a place has a null geometry and stays counted."""
    features = (feature(row["lat"], row["lon"], _without_place(row)) for row in rows)
    return to_json(collection(features, attribution=note, status=NOT_OFFICIAL))


def _without_place(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("lat", "lon", "attribution")}


def to_geoparquet(rows: list[Row], columns: Sequence[str]) -> bytes:
    """GeoParquet 1.1, WGS 84; a row without a place has a null geometry."""
    table = pd.DataFrame(rows, columns=list(columns))
    for name in ("lat", "lon", "confidence", "polarity"):
        table[name] = table[name].astype("float64")
    table["ticks_active"] = table["ticks_active"].astype("int64")
    places = [None if row["lat"] is None else shapely.Point(row["lon"], row["lat"]) for row in rows]
    geometry = geopandas.GeoSeries(places, crs="EPSG:4326", index=table.index)
    out = io.BytesIO()
    frame = geopandas.GeoDataFrame(table, geometry=geometry)
    frame.to_parquet(out, index=False, compression="zstd", schema_version="1.1.0")
    return out.getvalue()


def to_json(value: Any) -> bytes:
    """Readable JSON with its keys in the order given."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
