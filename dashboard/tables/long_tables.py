"""Long tables: a list column of a table as rows of its own, one row a value, with the value's name beside it.

A cell with a list is of no use in a spreadsheet: CSV and HTML files leave list columns out, and each of them is a
table.
JSON and Parquet keep the list in its row, as a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import select

from dashboard.tables.dataset import Asked, Column, Dataset, Found, Listed, Offer, Row
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.tag_words import parse_tag, tag_word
from spark_app.language.labels import CAUSES_FR
from spark_app.store.engine import in_chunks
from spark_app.store.tables import revision

Names = Mapping[str, str]  # value -> what it is called
FRENCH = Words("fr")


def long_table(dataset: Dataset, listed: Listed) -> Dataset:
    """The values of one list column of a table as a table."""
    kind = next(column.kind for column in dataset.columns if column.name == listed.column)
    keys = tuple(column for column in dataset.columns if column.name in listed.keys)
    value = Column(listed.value, "number" if kind == "numbers" else "text", listed.doc, null=kind == "numbers")
    name = (Column(f"{listed.value}_name", "text", "what it is called"),) if listed.named_by else ()
    columns = (*keys, Column("position", "integer", f"place in the list, from 1; {listed.order}"), value, *name)
    offer = dataset.offer and Offer(
        dataset.offer.page, f"{dataset.offer.french} : {listed.french}", f"{dataset.offer.english}: {listed.english}"
    )
    title = f"{dataset.title}: {listed.english}, one row each"
    read = partial(_read, dataset, listed)
    return replace(
        dataset,
        name=f"{dataset.name}-{listed.english.replace(' ', '-')}",
        offer=offer,
        title=title,
        columns=columns,
        read=read,
        lists=(),
    )


def _read(dataset: Dataset, listed: Listed, asked: Asked) -> Found:
    found = dataset.read(asked)
    names = (
        _NAMES[listed.named_by](asked, {v for row in found.rows for v in row[listed.column]}) if listed.named_by else {}
    )
    rows = [each for row in found.rows for each in _rows(row, listed, names)]
    return replace(found, rows=rows)


def _rows(row: Row, listed: Listed, names: Names) -> Iterable[Row]:
    for position, value in enumerate(row[listed.column], start=1):
        name = {f"{listed.value}_name": names.get(value, value)} if listed.named_by else {}
        yield {key: row[key] for key in listed.keys} | {"position": position, listed.value: value} | name


def _lines(_: Asked, ids: Iterable[str]) -> Names:
    return {id_: badge(id_).label for id_ in ids}


def _causes(_: Asked, codes: Iterable[str]) -> Names:
    return {code: CAUSES_FR.get(code.partition(":")[0], code) for code in codes}  # fire, or with its count fire:12


def _tags(_: Asked, tags: Iterable[str]) -> Names:
    return {tag: tag_word(parsed, FRENCH) if (parsed := parse_tag(tag)) else tag for tag in tags}


def titles(asked: Asked, ids: Iterable[str]) -> Names:
    """The newest title of each disruption."""
    found: dict[str, str] = {}
    r = revision.c
    with asked.reading() as connection:
        for chunk in in_chunks(sorted(ids)):
            found |= dict(connection.execute(select(r.id, r.title).where(r.id.in_(chunk)).order_by(r.rev)).all())
    return found


_NAMES: Mapping[str, Callable[[Asked, Iterable[str]], Names]] = {
    "line": _lines,
    "cause": _causes,
    "tag": _tags,
    "disruption": titles,
}
