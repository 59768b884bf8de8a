"""Trends: the rankings of a tick, those of the hours before, and the areas of a tag."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from dashboard.pages.trends.read import Area, Rankings, TrendRow, areas, earlier_rankings, known_tag, rankings
from dashboard.tables.dataset import Asked, Dataset, Found, Listed, Offer, Parameter, Row, columns
from dashboard.ui.texts import Words
from dashboard.window.gaps import facts_between
from dashboard.window.selection import format_utc
from dashboard.window.tag_words import tag_word

FOLD = "trends"
TREND_COLUMNS = columns("""
    end_utc      moment   end of the trends' window, a tick
    ranking      text     unusual or frequent
    place        integer  in its ranking, from 1
    kind         text     of the tag: cause, effect, line, mode or station
    value        text     of the tag
    name         text     the tag as people read it, in French
    disruptions  integer  that opened in the window and have the tag
    expected     number   disruptions that its trailing week leads one to expect
    surprise     number   Poisson log-likelihood ratio
    also         texts    tags of mostly the same disruptions, kind:value
""")
AREA_COLUMNS = columns("""
    name         text     commune, arrondissement of Paris, or département
    lat          number   middle of its stations, degrees, WGS 84
    lon          number   the same
    disruptions  integer  that opened in the trends' window, each once
""")
TAG = Parameter("tag", "a tag as kind:value, as cause:fire; empty: all")
LEVEL = Parameter("level", "how large the areas are", ("commune", "departement"))
FRENCH = Words("fr")
ALSO = Listed(
    "also",
    ("end_utc", "ranking", "place", "kind", "value", "name"),
    "tag",
    "tag of mostly the same disruptions, kind:value",
    "avec",
    "also",
    "tag",
)


def _ranking_moments(connection: Connection, found: Rankings | None) -> tuple[int | None, Row]:
    if found is None:
        return None, {}
    moments = {"begin_utc": format_utc(found.begin_us), "end_utc": format_utc(found.end_us)}
    return found.end_us, moments | facts_between(connection, found.looked_from_us, found.end_us)


def trends(asked: Asked) -> Found:
    """One row a place of a ranking."""
    with asked.reading() as connection:
        found = rankings(connection, asked.selection.end_us)
        about = _ranking_moments(connection, found)
    if found is None:
        return Found([])
    both = (("unusual", found.unusual), ("frequent", found.frequent))
    rows = [row for ranking, ranked in both for row in _ranked(found.end_us, ranking, ranked)]
    return Found(rows, *about)


def _ranked(end_us: int, ranking: str, ranked: Iterable[TrendRow]) -> list[Row]:
    return [_trend_row(end_us, ranking, place, each) for place, each in enumerate(ranked, start=1)]


def _trend_row(end_us: int, ranking: str, place: int, each: TrendRow) -> Row:
    kind, value = each.tag
    return {
        "end_utc": format_utc(end_us),
        "ranking": ranking,
        "place": place,
        "kind": kind,
        "value": value,
        "name": tag_word(each.tag, FRENCH),
        "disruptions": each.disruptions,
        "expected": round(each.expected, 6),
        "surprise": round(each.surprise, 6),
        "also": [":".join(tag) for tag in each.also],
    }


def trends_before(asked: Asked) -> Found:
    """The most unusual tags at each of the hours before, newest first."""
    with asked.reading() as connection:
        found = rankings(connection, asked.selection.end_us)
        hours = earlier_rankings(connection, found.end_us) if found else []
        about = _ranking_moments(connection, found)
    return Found([row for end_us, ranked in hours for row in _ranked(end_us, "unusual", ranked)], *about)


def trend_areas(asked: Asked) -> Found:
    """One row an area, the fullest first."""
    with asked.reading() as connection:
        tag = known_tag(connection, asked.given["tag"])
        found = rankings(connection, asked.selection.end_us)
        departements = asked.given["level"] == "departement"
        shown = areas(connection, found.begin_us, found.end_us, tag, departements) if found else []
        about = _ranking_moments(connection, found)
    return Found([_area_row(area) for area in shown], *about)


def _area_row(area: Area) -> Row:
    return {"name": area.name, "lat": area.lat, "lon": area.lon, "disruptions": area.disruptions}


DATASETS = (
    Dataset(
        "trends",
        Offer("trends", "Tendances", "Trends"),
        "The most unusual and the most frequent tags at a tick",
        TREND_COLUMNS,
        trends,
        fold=FOLD,
        lists=(ALSO,),
    ),
    Dataset(
        "trends-before",
        Offer("trends", "Les heures d'avant", "The hours before"),
        "The most unusual tags of the six hours before",
        TREND_COLUMNS,
        trends_before,
        fold=FOLD,
        lists=(ALSO,),
    ),
    Dataset(
        "trend-areas",
        Offer("trends", "Lieux", "Areas"),
        "Where what opened in the trends' window is",
        AREA_COLUMNS,
        trend_areas,
        (TAG, LEVEL),
        fold=FOLD,
    ),
)
