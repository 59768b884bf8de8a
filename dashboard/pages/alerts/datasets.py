"""Alerts, and what is usual on each line at this hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from dashboard.pages.alerts.read import read
from dashboard.store.cache import Cache
from dashboard.tables.dataset import Asked, Dataset, Found, Listed, Offer, Row, columns, of_stretch
from dashboard.ui.theme import badge
from dashboard.window.selection import format_utc, utc_or_none
from prim_client.messages.time_units import DAY_US
from spark_app.derived.alerts.baseline import Usual

FOLD = "alerts"
ALERT_COLUMNS = columns("""
    id           text     line and moment
    line         text     line id
    name         text     mode and short name
    raised_utc   moment   when it was raised
    cleared_utc  moment?  when it was over; null: it goes on
    level        number   when raised, 0 to 1 (docs/alerts.md)
    blocked      number   share of the line's stations blocked when raised
    peak         number   highest level so far
    usual        number?  usual level of that kind of day and hour; null: too few days
    ground       text     blocked (the share of blocked stations alone) or unusual (and a level far above the expected)
    days         integer  observed days behind the usual level
    repeats      integer  times that it was opened again
    title        text     of the gravest disruption when raised
    disruptions  texts    PRIM's ids when raised
""")
USUAL_COLUMNS = columns("""
    line   text      line id
    name   text      mode and short name
    usual  number?   usual level, 0 to 1; null: too few days
    days   integer   observed days behind it
""")
_histories = Cache(2)  # one store is shown at a time; the other place is for a store that was just rebuilt


def alerts(asked: Asked) -> Found:
    """One row an alert of the chosen lines, those that go on first; the stretch is the day before."""
    with asked.reading() as connection:
        shown = read(connection, asked.selection, _histories)
        about = of_stretch(connection, shown.now_us - DAY_US, shown.now_us)
    return Found([_alert_row(row) for row in shown.alerts], shown.now_us, about)


def _alert_row(row: Mapping[str, Any]) -> Row:
    shares = {name: row[f"{name}_e6"] / 1e6 for name in ("level", "blocked", "peak")}
    usual = Usual(row["usual_e6"], row["usual_e6"], row["days"])
    return {
        "id": row["id"],
        "line": row["line"],
        "name": badge(row["line"]).label,
        "raised_utc": format_utc(row["raised_us"]),
        "cleared_utc": utc_or_none(row["cleared_us"]),
        **shares,
        "usual": usual.level_e6 / 1e6 if usual.is_known else None,
        "ground": row["ground"],
        "days": row["days"],
        "repeats": row["repeats"],
        "title": row["title"],
        "disruptions": orjson.loads(row["disruptions"]),
    }


def usual_levels(asked: Asked) -> Found:
    """One row a chosen line that had an incident since the store began."""
    with asked.reading() as connection:
        shown = read(connection, asked.selection, _histories)
    hour = {} if shown.at is None else {"hour": shown.at.hour, "day_type": str(shown.at.day_type)}
    rows = [_usual_row(line, usual) for line, usual in shown.usual.items()]
    return Found(rows, shown.now_us, {"until_utc": format_utc(shown.now_us)} | hour)


def _usual_row(line: str, usual: Usual) -> Row:
    level = usual.level_e6 / 1e6 if usual.is_known else None
    return {"line": line, "name": badge(line).label, "usual": level, "days": usual.days}


DATASETS = (
    Dataset(
        "alerts",
        Offer("alerts", "Alertes", "Alerts"),
        "Lines of which many stations are blocked, those that go on first",
        ALERT_COLUMNS,
        alerts,
        fold=FOLD,
        lists=(
            Listed(
                "disruptions",
                ("id", "line", "name"),
                "disruption",
                "PRIM's id",
                "perturbations",
                "disruptions",
                "disruption",
            ),
        ),
    ),
    Dataset(
        "usual-levels",
        Offer("alerts", "Niveaux habituels", "Usual levels"),
        "What is usual on each line at this hour",
        USUAL_COLUMNS,
        usual_levels,
        fold=FOLD,
    ),
)
