"""Refusals of bad parameters: one sentence with the value, what was expected, and the nearest known values."""

from __future__ import annotations

import re
from collections.abc import Iterable

from geo.network.line_names import LineNameError
from geo.network.nearest import nearest

SHOWN_MAX = 80  # characters of a bad value that are given back


class SelectionError(ValueError):
    """A choice that does not exist; the message names it and those that do."""


class NoSuchLine(SelectionError):
    """A text that names no single line; `cause` has the lines that may be meant."""

    def __init__(self, name: str, cause: LineNameError) -> None:
        super().__init__(f"{name} = {cause}")
        self.cause = cause


def suggestion(text: str, known: Iterable[str]) -> str:
    """`; nearest: a, b`, or nothing where no known value is alike."""
    alike = nearest(text, known)
    return f"; nearest: {', '.join(alike)}" if alike else ""


def check_names(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raises SelectionError for the first of `names` that is no parameter of `what`."""
    allowed = sorted(known)
    if unknown := sorted(set(names) - set(allowed)):
        named = f"expected some of {', '.join(allowed)}" if allowed else "it takes none"
        raise SelectionError(
            f"{unknown[0][:SHOWN_MAX]!r} is no parameter of {what}: {named}{suggestion(unknown[0], allowed)}"
        )


def check_one(text: str, what: str, known: Iterable[str]) -> str:
    """`text` if it is a known value. Raises SelectionError."""
    known = tuple(known)
    if text not in known:
        raise _no_value(text, what, "one", known)
    return text


def check_form(text: str, what: str, form: re.Pattern[str], expected: str) -> str:
    """`text` if it is empty or has the form of a value. Raises SelectionError."""
    if text and not form.fullmatch(text):
        raise SelectionError(f"{what} = {text[:SHOWN_MAX]!r}: expected {expected}")
    return text


def check_each(values: Iterable[str], what: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known values that are among `values`, in the order of `known`. Raises SelectionError for any other."""
    chosen, known = set(values), tuple(known)
    if unknown := chosen - set(known):
        raise _no_value(min(unknown), what, "some", known)
    return tuple(value for value in known if value in chosen)


def _no_value(text: str, what: str, how_many: str, known: tuple[str, ...]) -> SelectionError:
    named = f"expected {how_many} of {', '.join(known)}"
    return SelectionError(f"{what} = {text[:SHOWN_MAX]!r}: {named}{suggestion(text, known)}")
