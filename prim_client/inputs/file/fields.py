"""The fields of one row: typed, bounded and checked. Every refusal names field, value and expectation."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from geo.network.accents import without_accents
from prim_client.messages.paris_time import readings
from prim_client.messages.text import HTML_MAX_CHARS, plain_title

Row = Mapping[str, Any]

WORD_MAX_CHARS = 500  # title, name of a line or a stop
SEPARATOR = "|"  # between several lines, stops or tags in one cell
YEAR_MIN, YEAR_MAX = 2000, 9997
TIME_FORMS = ("%Y%m%dT%H%M%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class BadRow(ValueError):
    """A row that breaks the contract; the message is the reason."""


def text(row: Row, field: str, max_chars: int = HTML_MAX_CHARS) -> str:
    """The text of a field; empty if it is missing. Raises BadRow."""
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(f"{field} = {value!r:.60}: expected a text, found {type(value).__name__}")
    if len(value) > max_chars:
        raise BadRow(f"{field} has {len(value)} characters, more than {max_chars}")
    if found := _CONTROL.search(value):
        raise BadRow(f"{field} has the control character U+{ord(found[0]):04X} at {found.start()}")
    return value.strip()


def short_text(row: Row, field: str, max_chars: int = WORD_MAX_CHARS) -> str:
    """A short text; a whole number is taken for one (ids and line names often are). Raises BadRow."""
    value = row.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return text({field: value}, field, max_chars)


def title(row: Row, field: str) -> str:
    """A short text on one line without markup. Raises BadRow."""
    value = short_text(row, field)
    return plain_title(value) if value else ""


def several(row: Row, field: str) -> list[str]:
    """The texts of a list, or of a cell with `|` between them. Raises BadRow."""
    value = row.get(field)
    if not isinstance(value, list):
        value = short_text(row, field, HTML_MAX_CHARS).split(SEPARATOR)
    return [part for item in value if (part := short_text({field: item}, field))]


def objects(row: Row, field: str) -> list[Row]:
    """The objects of a JSON list; none if it is missing. Raises BadRow."""
    value = row.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadRow(f"{field} = {value!r:.60}: expected a list of objects")
    return value


def one_of(row: Row, field: str, allowed: tuple[str, ...], default: str) -> str:
    """One of some words, whatever its case and accents. Raises BadRow."""
    value = short_text(row, field)
    if not value:
        return default
    for choice in allowed:
        if without_accents(value).strip() == without_accents(choice):
            return choice
    raise BadRow(f"{field} = {value!r}: expected one of {', '.join(allowed)}")


def number(row: Row, field: str) -> float | None:
    """A finite number, with a point or a comma; None if it is missing. Raises BadRow."""
    value = row.get(field)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        found = float(value.replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        raise BadRow(f"{field} = {value!r:.60}: expected degrees as a number") from None
    if not math.isfinite(found):
        raise BadRow(f"{field} = {value!r:.60}: expected a finite number")
    return found


def moment(row: Row, field: str) -> datetime | None:
    """UTC of ISO 8601, of PRIM's form, or of `05/10/2026 18:05`; without a zone it is Paris time.

    Of the autumn hour that exists twice, an `end` takes the later reading, the others the earlier.
    Raises BadRow.
    """
    value = short_text(row, field)
    if not value:
        return None
    found = _parsed(value)
    if found is None:
        raise BadRow(f"{field} = {value!r}: expected a time like 2026-10-05T18:05:00+02:00")
    if not YEAR_MIN <= found.year <= YEAR_MAX:
        raise BadRow(f"{field} = {value!r}: year {found.year} is not in {YEAR_MIN} to {YEAR_MAX}")
    if found.tzinfo is None:
        return readings(found)[1 if field == "end" else 0]
    return found.astimezone(UTC)


def _parsed(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    for form in TIME_FORMS:
        try:
            return datetime.strptime(value, form)
        except ValueError:
            continue
    return None
