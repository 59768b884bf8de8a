"""The books of incidents: how many there are, and whether they hold every stored message and disruption."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from spark_app.derived.fold_books import read_book
from spark_app.store.tables import derived, entry, incident, incident_alias, incident_of, message, revision

FOLD = "incidents"


def counts(connection: Connection) -> dict[str, int]:
    """Disruptions, published incidents and episodes in the store."""
    columns = (
        func.coalesce(func.sum(incident.c.disruptions), 0),
        func.count(incident.c.incident),
        func.count(func.distinct(incident.c.episode)),
    )
    disruptions, published, episodes = connection.execute(select(*columns)).one()
    return {"disruptions": int(disruptions), "published": int(published), "episodes": int(episodes)}


def balances(connection: Connection) -> list[tuple[str, int, int]]:
    """(name, one side, other side) of each book; none while the fold is on its way or lacks an entry."""
    if not _is_whole(connection):
        return []
    stored = connection.execute(select(func.count()).select_from(message)).scalar() or 0
    ids = select(func.count(func.distinct(revision.c.id)))
    lives = connection.execute(select(func.coalesce(func.sum(incident.c.messages), 0))).scalar() or 0
    named = connection.execute(select(func.count(func.distinct(incident_of.c.disruption)))).scalar() or 0
    unknown = (
        select(func.count())
        .select_from(incident_of)
        .where(
            incident_of.c.incident.not_in(select(incident.c.incident)),
            incident_of.c.incident.not_in(select(incident_alias.c.old).where(incident_alias.c.level == "incident")),
        )
    )
    return [
        ("messages stored = messages of incidents", stored, int(lives)),
        ("disruptions stored = disruptions with an incident", connection.execute(ids).scalar() or 0, named),
        (
            "disruptions with an incident = disruptions counted by incidents",
            named,
            counts(connection)["disruptions"],
        ),
        ("disruptions of no known incident = 0", connection.execute(unknown).scalar() or 0, 0),
    ]


def _is_whole(connection: Connection) -> bool:
    """Whether the fold has taken in all entries that ever were."""
    first, last, stored = connection.execute(
        select(func.min(entry.c.entry), func.max(entry.c.entry), func.count(entry.c.entry))
    ).one()
    at = connection.execute(select(derived.c.next_entry).where(derived.c.name == FOLD)).scalar()
    book = read_book(connection, FOLD)
    return first == 0 and stored == last + 1 and at == last + 1 and not (book and book.set_aside)
