"""An alert in words and as JSON: what people read, and what a webhook gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.network.lines import Lines
from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import PARIS
from spark_app.derived.alerts.baseline import DAYS_SHOWN, Usual, times_usual
from spark_app.derived.alerts.levels import SCALE
from spark_app.derived.alerts.rule import share
from spark_app.store.licences import NOT_OFFICIAL

Row = Mapping[str, Any]  # of table `alert`
NOT_ENOUGH = {"fr": "historique insuffisant ({days} j)", "en": "not enough history ({days} {unit})"}


def line_label(line: str) -> str:
    """The label of a line: mode and name; its id where no table has it."""
    known = Lines.load().get(line)
    return known.label if known else line


def compared(level_e6: int, usual_e6: int, days: int, raised_us: int, language: str = "fr") -> str:
    """A level beside what is usual at its hour.

    >>> compared(310_000, 100_000, 12, 1_713_974_400_000_000)
    '3,1 × son niveau habituel de 18 h'
    >>> compared(310_000, 100_000, 6, 1_713_974_400_000_000, "en")
    'not enough history (6 days)'
    """
    times = times_usual(level_e6, Usual(usual_e6, usual_e6, days))
    hour = from_epoch_us(raised_us).astimezone(PARIS).hour
    if days < DAYS_SHOWN:
        return NOT_ENOUGH[language].format(days=days, unit="day" if days == 1 else "days")
    if times is None:
        return f"rien d'habituel à {hour} h" if language == "fr" else f"usually nothing at {hour}:00"
    if language == "fr":
        return f"{times} × son niveau habituel de {hour} h".replace(".", ",", 1)
    return f"{times} × its usual {hour}:00"


def sentence(row: Row, language: str = "fr") -> str:
    """One line about an alert: line, how much is blocked, beside what is usual."""
    beside = compared(row["level_e6"], row["usual_e6"], row["days"], row["raised_us"], language)
    word = "des stations bloquées" if language == "fr" else "of the stations blocked"
    colon = " :" if language == "fr" else ":"
    return f"{line_label(row['line'])}{colon} {share(row['blocked_e6'])} {word}, {beside}"


def payload(row: Row, event: str, note: str) -> dict[str, Any]:
    """What a webhook gets, `note` is the attribution; shares are between 0 and 1,
    `usual` is null under ten observed days."""
    known = row["days"] >= DAYS_SHOWN
    return {
        "pulse_alert": 1,
        "event": event,
        "id": row["id"],
        "line": {"id": row["line"], "label": line_label(row["line"])},
        "raised_at": _utc(row["raised_us"]),
        "cleared_at": _utc(row["cleared_us"]),
        "level": row["level_e6"] / SCALE,
        "peak": row["peak_e6"] / SCALE,
        "blocked": row["blocked_e6"] / SCALE,
        "usual": row["usual_e6"] / SCALE if known else None,
        "days": row["days"],
        "sentence": sentence(row),
        "title": row["title"],
        "attribution": note,
        "status": NOT_OFFICIAL,
    }


def _utc(micros: int | None) -> str | None:
    return None if micros is None else from_epoch_us(micros).isoformat().replace("+00:00", "Z")
