"""Lines of the log to enriched messages: parse, check, place, score. Pure DataFrame transformations.

An `ongoing` message repeats a revision that the store already holds, so only its envelope is parsed;
every other message carries its body, its hits and its polarity. A line that breaks the contract keeps
its payload and gets a `reason`: it becomes a dead letter.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache, lru_cache
from typing import cast

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, StringType

from deploy.processes.environment import keep_loaded
from geo.network.projection import LAT_RANGE_DEG, LON_RANGE_DEG
from prim_client.messages.message import Channel, Kind
from spark_app.language.sentiment.analyzers import Analyzer, make_analyzer
from spark_app.query.geocoding import HIT_SCHEMA, MEMO_TEXTS, PLACED_SCHEMA, placed_udf
from spark_app.query.schema import BODY_SCHEMA, CORRUPT, ENVELOPE_SCHEMA

PAYLOAD_MAX_CHARACTERS = 10_000
REASON_MAX_CHARACTERS = 255
_JSON_OPTIONS = {"columnNameOfCorruptRecord": CORRUPT, "mode": "PERMISSIVE", "allowNonNumericNumbers": "false"}
_MOMENTS = ("event_time", "published_at", "last_seen_at", "begin", "end")
_ENVELOPE = ("tick", "observed", "id", "revision", "kind", "initial")
_STATION_FIELDS = ("zda", "zdc", "name", "lat", "lon", "method", "confidence")
_BODY = ("channel", "severity", "cause", "title", "short_message", "text", "html")


def enrich(lines: DataFrame, analyzer: str, every_body: bool = False) -> DataFrame:
    """One row a line of `lines` (spark_app.query.schema.LINE_SCHEMA), ready for the fold.

    Moments become `*_us`; `hits` is an array of stations with their line; `every_body` parses also the
    bodies of `ongoing` messages. Columns of the body are null where it was not parsed.
    """
    return (
        lines.transform(with_envelope)
        .transform(with_body, every_body)
        .transform(with_reason)
        .transform(with_places)
        .transform(with_polarity, analyzer)
        .transform(with_columns_of_the_fold)
    )


def with_envelope(lines: DataFrame) -> DataFrame:
    """Adds the struct `e`: when, which disruption, what happened."""
    # PostgreSQL takes no NUL in a text: one hostile id would stop the store for good
    whole = F.replace("line", F.lit("\\u0000"), F.lit("\\ufffd"))
    return lines.withColumn("line", whole).withColumn("e", F.from_json("line", ENVELOPE_SCHEMA, _JSON_OPTIONS))


def with_body(df: DataFrame, every_body: bool) -> DataFrame:
    """Adds the struct `b`, null for entries without messages and (unless `every_body`) for `ongoing` ones."""
    wanted = F.col("of") > 0
    if not every_body:
        wanted &= F.coalesce(F.col("e.kind"), F.lit("")) != Kind.ONGOING.value
    return df.withColumn("b", F.from_json(F.when(wanted, F.col("line")), BODY_SCHEMA, _JSON_OPTIONS))


def with_reason(df: DataFrame) -> DataFrame:
    """Adds `reason`: the first rule of the contract that the message breaks, or null."""
    in_lat, in_lon = (_is_outside(f, r) for f, r in (("lat", LAT_RANGE_DEG), ("lon", LON_RANGE_DEG)))
    stations = F.flatten(F.transform("b.lines", lambda line: line["stations"]))
    misplaced = F.filter(stations, lambda s: in_lat(s) | in_lon(s))
    has_body = F.col("b").isNotNull()
    rules = [
        (F.col(f"e.{CORRUPT}").isNotNull() | F.col(f"b.{CORRUPT}").isNotNull(), F.lit("not JSON of the contract")),
        (F.col("e.event_time").isNull(), F.lit("event_time is missing")),
        (F.col("of") == 0, F.lit(None)),
        (F.col("e.kind") == Kind.INVALID.value, F.coalesce(F.col("b.title"), F.lit("invalid"))),
        (_not_in("e.kind", Kind), _naming("kind", "e.kind", Kind)),
        (F.coalesce(F.col("e.id"), F.lit("")) == "", F.lit("id is missing")),
        (F.coalesce(F.col("e.revision"), F.lit("")) == "", F.lit("revision is missing")),
        (has_body & _not_in("b.channel", Channel), _naming("channel", "b.channel", Channel)),
        (has_body & F.col("b.text").isNull(), F.lit("text is missing")),
        (F.size(misplaced) > 0, _misplaced_reason(misplaced[0])),
    ]
    reason = F.lit(None).cast("string")
    for condition, text in reversed(rules):  # not coalesce: an entry without messages ends the list with null
        reason = F.when(condition, text).otherwise(reason)
    return df.withColumn("reason", F.substring(reason, 1, REASON_MAX_CHARACTERS))


def _is_outside(field: str, bounds: tuple[float, float]) -> Callable[[Column], Column]:
    return lambda s: s[field].isNull() | F.isnan(s[field]) | ~s[field].between(*bounds)


def _not_in(column: str, values: type[StrEnum]) -> Column:
    return ~F.coalesce(F.col(column), F.lit("")).isin([v.value for v in values])


def _naming(name: str, column: str, values: type[StrEnum]) -> Column:
    text_or_null = F.coalesce(F.substring(column, 1, 60), F.lit("null"))
    return F.concat(F.lit(f"{name} = "), text_or_null, F.lit(f": expected one of {', '.join(values)}"))


def _misplaced_reason(station: Column) -> Column:
    def text_or_null(c: Column) -> Column:
        return F.coalesce(c.cast("string"), F.lit("null"))

    return F.concat(
        F.lit("station "),
        F.coalesce(station["zda"], F.lit("?")),
        F.lit(" at lat "),
        text_or_null(station["lat"]),
        F.lit(", lon "),
        text_or_null(station["lon"]),
        F.lit(f": expected lat in {list(LAT_RANGE_DEG)} and lon in {list(LON_RANGE_DEG)}"),
        F.when(
            station["lon"].between(*LAT_RANGE_DEG) & station["lat"].between(*LON_RANGE_DEG),
            F.lit("; lat and lon look swapped"),
        ).otherwise(F.lit("")),
    )


def with_places(df: DataFrame) -> DataFrame:
    """Adds the struct `placed`: hits from the words of a message that has no stop of PRIM's; else null."""
    has_station = F.exists("b.lines", lambda line: F.size(line["stations"]) > 0)
    asked = F.col("b").isNotNull() & F.col("reason").isNull() & ~has_station
    lines = F.to_json(F.transform("b.lines", lambda line: F.struct(line["id"], line["mode"], line["sections"])))
    answer = placed_udf(F.col("b.title"), F.col("b.text"), F.when(asked, lines))
    return df.withColumn("placed", F.from_json(answer, PLACED_SCHEMA))


def polarity_udf(analyzer: str) -> Callable[[Column], Column]:
    """A pandas UDF text -> polarity that scores each distinct text of a process once.

    Not over an iterator of batches: so Spark evaluates it together with the places, in one process.
    """

    @F.pandas_udf(DoubleType())  # type: ignore[call-overload]  # PySpark has no overload for the form that its documentation recommends
    def polarity(texts: pd.Series) -> pd.Series:
        return texts.map(lambda text: _polarity(analyzer, text), na_action="ignore").astype("float64")

    return cast("Callable[[Column], Column]", polarity)


@lru_cache(maxsize=MEMO_TEXTS)
def _polarity(analyzer: str, text: str) -> float | None:
    return _analyzer(analyzer).polarity(text)


@cache
def _analyzer(name: str) -> Analyzer:
    analyzer = make_analyzer(name)
    analyzer.polarity("trafic")  # some load their lexicon with their first text
    keep_loaded(name)
    return analyzer


def with_polarity(df: DataFrame, analyzer: str) -> DataFrame:
    """Adds `polarity` in [-1, 1] of title and text; null without body or without evidence in the text."""
    text = F.when(F.col("reason").isNull(), F.concat_ws("\n", "b.title", "b.text"))
    scored = F.when(F.col("b").isNotNull(), text)
    return df.withColumn("polarity", polarity_udf(analyzer)(scored))


def with_columns_of_the_fold(df: DataFrame) -> DataFrame:
    """The flat columns that `spark_app.fold.window_fold` reads."""
    hits = F.when(F.size("placed.hits") > 0, F.col("placed.hits"))
    hits = hits.otherwise(F.flatten(F.transform("b.lines", _hits_of_line)))
    return df.select(
        "entry",
        "part",
        "of",
        *[F.col(f"e.{name}") for name in _ENVELOPE],
        *[F.unix_micros(f"e.{name}").alias(f"{name.removesuffix('_at')}_us") for name in _MOMENTS],
        "reason",
        F.when(F.col("reason").isNotNull(), F.substring("line", 1, PAYLOAD_MAX_CHARACTERS)).alias("payload"),
        F.col("b").isNotNull().alias("has_body"),
        *[F.col(f"b.{name}") for name in _BODY],
        F.to_json("b.tags").alias("tags"),
        F.to_json(F.transform("b.lines", lambda line: line.dropFields("stations"))).alias("lines"),
        hits.alias("hits"),
        F.col("placed.unplaced").alias("unplaced"),
        "polarity",
    )


def _hits_of_line(line: Column) -> Column:
    """PRIM's stations of a line; a line without any keeps one hit that has no station."""
    of_line = {"line": line["id"], "mode": line["mode"]}
    placed = F.transform(line["stations"], lambda s: _hit(of_line | {f: s[f] for f in _STATION_FIELDS}))
    return F.when(F.size(line["stations"]) > 0, placed).otherwise(F.array(_hit(of_line)))


def _hit(values: dict[str, Column]) -> Column:
    """A struct of HIT_SCHEMA; what is not given is empty, or null where it is a number."""
    columns = [
        values.get(f.name, F.lit("") if f.dataType == StringType() else F.lit(None).cast(f.dataType)).alias(f.name)
        for f in HIT_SCHEMA.fields
    ]
    return F.struct(*columns)
