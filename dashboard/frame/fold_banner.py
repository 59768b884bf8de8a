"""The warning banner of derived folds, on every page: which set entries aside, and which are late.

What a fold could not take in is missing from its tables, and no page shows an incomplete table as a whole one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.store.reader import Store, StoreUnavailable
from dashboard.ui.attributes import attributes
from dashboard.ui.texts import Words
from spark_app.derived.fold_books import NAMES, FoldStatus, read_folds

ID, DATA_PAGE = "fold-banner", "/data"


def layout(store: Store, words: Words) -> html.Div:
    """The banner as it is now; `content` renews it."""
    return html.Div(content(store, words), id=ID, role="status")


def content(store: Store, words: Words) -> list[Any]:
    """A bar where something is wrong, else nothing. A store that cannot be read is said by another banner."""
    try:
        with store.reading() as connection:
            folds = read_folds(connection)
    except StoreUnavailable:
        return []
    said = sentences(folds, words)
    link = html.A(words("fold.more"), href=DATA_PAGE, **attributes(data_goto=DATA_PAGE))
    return [html.Div([" ".join(said), " ", link], className="stale-banner")] if said else []


def sentences(folds: Sequence[FoldStatus], words: Words) -> list[str]:
    """What is incomplete, and what is late."""
    incomplete = [fold for fold in folds if fold.set_aside]
    late = [fold for fold in folds if fold.is_late]
    said = []
    if incomplete:
        since_us = min(
            (fold.incomplete_from_us for fold in incomplete if fold.incomplete_from_us is not None), default=None
        )
        since = words("none") if since_us is None else words.moment(since_us, 0)
        entries = max(fold.set_aside for fold in incomplete)
        said.append(words("fold.incomplete", names=names(incomplete, words), n=entries, since=since))
    if late:
        minutes = round(max(fold.waiting_s or 0 for fold in late) / 60)
        said.append(words("fold.late", names=names(late, words), n=max(fold.behind for fold in late), minutes=minutes))
    return said


def names(folds: Sequence[FoldStatus], words: Words) -> str:
    """The folds in words."""
    return ", ".join(name_of(fold.name, words) for fold in folds)


def name_of(name: str, words: Words) -> str:
    """A fold in words; one that is not known, by its name."""
    return words(f"fold.name.{name}") if name in NAMES else name
