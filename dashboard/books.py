"""The books on screen: what came in equals what was kept. Each number is a counter of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard import queries
from dashboard.store import Store


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
    """The four equations, from the log's own counters and the store's."""
    polls, messages, ticks = (log.get(name, {}) for name in ("polls", "messages", "ticks"))
    return [
        Balance(
            "Relevés",
            "reçus",
            polls.get("received"),
            (
                ("nouveaux", polls.get("changed", 0)),
                ("inchangés", polls.get("unchanged", 0)),
                ("rejetés", polls.get("rejected", 0)),
            ),
        ),
        Balance(
            "Messages",
            "produits",
            messages.get("made"),
            (("journalisés", messages.get("logged", 0)), ("filtrés", messages.get("filtered", 0))),
        ),
        Balance(
            "Dépôt",
            "journalisés",
            messages.get("logged"),
            (("stockés", book.get("stored", 0)), ("refusés", book.get("dead_lettered", 0))),
        ),
        Balance(
            "Pas de 5 min",
            "attendus",
            ticks.get("expected"),
            (("observés", ticks.get("observed", 0)), ("non observés", ticks.get("unobserved", 0))),
        ),
    ]


def read(store: Store) -> tuple[list[Balance], dict[str, int], dict[str, dict]]:
    """Balances, counters and status from one moment of the store. Raises StoreUnavailable."""
    with store.reading() as connection:
        book, status = queries.read_books(connection), queries.read_status(connection)
    return balances(status.get("log", {}), book), book, status


def render(found: list[Balance], book: dict[str, int]) -> list[Any]:
    """The footer's line of books."""
    unplaced = html.Span(
        [html.B("Sans lieu "), number(book.get("unplaced", 0)), " messages"], className="book"
    )
    return [*map(_render_balance, found), unplaced]


def _render_balance(balance: Balance) -> html.Span:
    total = "?" if balance.total is None else number(balance.total)
    parts = " + ".join(f"{number(value)} {word}" for word, value in balance.parts)
    sign = "=" if balance.holds else "≠"
    return html.Span(
        [html.B(f"{balance.name} "), f"{total} {balance.total_word} {sign} {parts}"],
        className="book" if balance.holds else "book unbalanced",
        title="Les comptes tombent juste"
        if balance.holds
        else "Les comptes ne tombent pas (encore) juste : des messages sont en chemin, ou il en manque",
    )


def number(value: int) -> str:
    """`12345` as French readers group it.

    >>> number(1234567)
    '1\\u202f234\\u202f567'
    """
    return f"{value:,}".replace(",", "\u202f")
