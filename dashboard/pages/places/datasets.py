"""How places were found, and what has none."""

from __future__ import annotations

from dashboard.pages.places.read import Unplaced, methods, unplaced
from dashboard.tables.dataset import Asked, Dataset, Found, Listed, Offer, Row, columns, of_window

METHOD_COLUMNS = columns("""
    method       text     how the points were found
    disruptions  integer  with such a point
    points       integer  found so
""")

UNPLACED_COLUMNS = columns("""
    disruption  text   PRIM's id
    lines       texts  line ids
    said        text   title, else the begin of the text
    reason      text   why no point was found
""")


def place_methods(asked: Asked) -> Found:
    """One row a way of finding a place."""
    found = methods(asked.view).items()
    return of_window(
        asked.view, [{"method": name, "disruptions": ids, "points": points} for name, (ids, points) in found]
    )


def without_place(asked: Asked) -> Found:
    """One row a disruption that no station is known of."""
    return of_window(asked.view, [_unplaced_row(each) for each in unplaced(asked.view)])


def _unplaced_row(each: Unplaced) -> Row:
    return {"disruption": each.id, "lines": list(each.lines), "said": each.said, "reason": each.reason}


DATASETS = (
    Dataset(
        "place-methods",
        Offer("places", "Méthodes", "Methods"),
        "How the places of the window were found",
        METHOD_COLUMNS,
        place_methods,
    ),
    Dataset(
        "unplaced",
        Offer("places", "Sans lieu", "Without a place"),
        "The disruptions of the window without a place, and why",
        UNPLACED_COLUMNS,
        without_place,
        lists=(Listed("lines", ("disruption", "said"), "line", "line id", "lignes", "lines", "line"),),
    ),
)  # fmt: skip
