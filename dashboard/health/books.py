"""The books on screen: what came in equals what was kept. Each number is a counter of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.store import queries
from dashboard.store.reader import Store
from dashboard.ui.texts import Words

FOOTER = ("polls", "messages", "store", "ticks")  # equations that every page shows
COMPLETENESS = ("expected", "missed", "received", "late", "unchanged", "empty", "failed", "other")


@dataclass(frozen=True, slots=True)
class Balance:
    """One equation of the books: `total` should be the sum of `parts`."""

    name: str
    total_word: str
    total: int | None
    parts: tuple[tuple[str, int], ...]

    @property
    def holds(self) -> bool:
        """Whether it balances; an equation whose total nobody has said yet does not."""
        return self.total is not None and self.total == sum(value for _, value in self.parts)


def balances(log: dict[str, Any], book: dict[str, int]) -> list[Balance]:
    """The four equations, from the log's own counters and the store's; names are keys of `dashboard.ui.texts`. And
    those
    of completeness, unless the log is of an older version or its input has no schedule."""
    polls, messages, ticks = (log.get(name, {}) for name in FOOTER if name != "store")
    rejected, schedule = log.get("rejected"), log.get("schedule")
    return [
        _balance("polls", "received", polls, "changed", "unchanged", "rejected"),
        _balance("messages", "made", messages, "logged", "filtered"),
        _balance("store", "logged", {"logged": messages.get("logged")} | book, "stored", "dead_lettered"),
        _balance("ticks", "expected", ticks, "observed", "unobserved"),
        *([_balance("refusals", "rejected", polls | rejected, *rejected)] if rejected else ()),
        *([_balance("schedule", "expected", polls | schedule, "received", "missed")] if schedule else ()),
    ]


def completeness(log: dict[str, Any]) -> dict[str, int | None]:
    """What became of the polls that were due; None: not counted (an older log, an input without a schedule)."""
    said = log.get("polls", {}) | (log.get("rejected") or {}) | (log.get("schedule") or {})
    return {name: said.get(name) for name in COMPLETENESS}


def _balance(name: str, total: str, said: dict[str, Any], *parts: str) -> Balance:
    return Balance(name, total, said.get(total), tuple((part, said.get(part, 0)) for part in parts))


def read(store: Store) -> tuple[list[Balance], dict[str, int], dict[str, dict[str, Any]]]:
    """Balances, counters and status from one moment of the store. Raises StoreUnavailable."""
    with store.reading() as connection:
        book, status = queries.read_books(connection), queries.read_status(connection)
    return balances(status.get("log", {}), book), book, status


def render(found: list[Balance], book: dict[str, int], words: Words, missing: Sequence[str] = ()) -> list[Any]:
    """The footer's line of books, and which tables the store does not have yet."""
    unplaced = words("book.unplaced_messages", n=book.get("unplaced", 0))
    shown = [_render_balance(balance, words) for balance in found if balance.name in FOOTER]
    warning = (
        [html.Span(words("book.missing", tables=", ".join(missing)), className="book unbalanced")] if missing else []
    )
    return [*shown, html.Span([html.B(f"{words('book.unplaced')} "), unplaced], className="book"), *warning]


def _render_balance(balance: Balance, words: Words) -> html.Span:
    return html.Span(
        [html.B(f"{words(f'book.{balance.name}')} "), " ".join(sides(balance, words))],
        className="book" if balance.holds else "book unbalanced",
        title=words("book.holds" if balance.holds else "book.wrong"),
    )


def sides(balance: Balance, words: Words) -> tuple[str, str, str]:
    """Total, sign and parts in words; a dash while nobody has said the total."""
    if balance.total is None:
        return words("none"), "", ""
    total = words.number(balance.total)
    parts = " + ".join(f"{words.number(value)} {words(f'book.{part}', n=value)}" for part, value in balance.parts)
    return f"{total} {words(f'book.{balance.total_word}', n=balance.total)}", "=" if balance.holds else "≠", parts
