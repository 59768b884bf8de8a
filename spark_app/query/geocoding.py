"""The geocoder in Spark: messages without a stop of PRIM's get their stations from their words."""

from __future__ import annotations

from functools import lru_cache

import orjson
import pandas as pd
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DoubleType, StringType, StructField, StructType

from deploy.processes.environment import keep_loaded
from geo.text.geocoder import TEXT_MAX_CHARS, locate
from geo.text.places import Located, Place

MEMO_TEXTS = 50_000  # bounded: a week of distinct texts
CUT = f" (text cut at {TEXT_MAX_CHARS:,} characters)"

HIT_SCHEMA = StructType(
    [
        *[StructField(name, StringType()) for name in ("line", "mode", "zda", "zdc", "name")],
        StructField("lat", DoubleType()),
        StructField("lon", DoubleType()),
        StructField("method", StringType()),
        StructField("confidence", DoubleType()),
        StructField("words", StringType()),
        StructField("rule", StringType()),
    ]
)
PLACED_SCHEMA = StructType([StructField("hits", ArrayType(HIT_SCHEMA)), StructField("unplaced", StringType())])


@F.pandas_udf(StringType())  # type: ignore[call-overload]  # PySpark has no overload for the form that its documentation recommends
def placed_udf(titles: pd.Series, texts: pd.Series, lines: pd.Series) -> pd.Series:
    """(title, text, JSON of the lines [{id, mode, sections}] or null) -> JSON of PLACED_SCHEMA or null."""
    keys = zip(titles, texts, lines, strict=True)
    return pd.Series([None if key[2] is None else placed(*key) for key in keys], dtype="object")


@lru_cache(maxsize=MEMO_TEXTS)
def placed(title: str, text: str, lines_json: str) -> str:
    """JSON of the hits that the words of one message name, and why there are none."""
    lines = orjson.loads(lines_json)
    sections = [(line["id"], s["from"], s["to"]) for line in lines for s in line.get("sections") or []]
    found = locate(title, text, [line["id"] for line in lines], sections=sections)
    keep_loaded("geocoder")
    return orjson.dumps(
        {
            "hits": hits_of(found, {line["id"]: line["mode"] for line in lines}),
            "unplaced": found.unplaced and found.unplaced + _cut(found),
        }
    ).decode()


def _cut(found: Located) -> str:
    """What a rule or reason adds when only the beginning of a text was read."""
    return CUT if found.cut else ""


def hits_of(found: Located, mode_of: dict[str, str]) -> list[dict[str, object]]:
    """The hits of HIT_SCHEMA, each (line, station) once, the surest first found."""
    best: dict[tuple[str, str], Place] = {}
    for place in found.hits:
        best.setdefault((place.line, place.zda), place)
    return [
        {
            "line": p.line,
            "mode": mode_of.get(p.line, ""),
            "zda": p.zda,
            "zdc": p.zdc,
            "name": p.name,
            "lat": p.lat,
            "lon": p.lon,
            "method": str(p.method),
            "confidence": p.confidence,
            "words": p.words,
            "rule": p.rule + _cut(found),
        }
        for p in best.values()
    ]
