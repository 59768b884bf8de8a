"""IDFM's own `disruption_id` as evidence: what is stored of it, from which entry on it counts, and how far rules agree.

Navitia tells it now; the fold may be anywhere in the log. A row therefore says from which entry on it counts: the
next one that the fold had not taken in when the row was written. So a fold that begins anew decides each entry by what
it could know then, and gives the same tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, inspect, select

from spark_app.derived.incidents.books import FOLD
from spark_app.derived.incidents.lineage import TOLD
from spark_app.store.engine import append, in_chunks
from spark_app.store.tables import derived, incident_alias, incident_of, published_incident

Told = dict[str, list[tuple[int, str]]]  # IDFM's id -> (entry from which on it counts, PRIM's id), in order


def note(connection: Connection, disruption_of: Mapping[str, str], now_us: int) -> Counter[str]:
    """Store what is new in `disruption_of` (PRIM's id -> IDFM's). Returns `new`, and `changed`: ids told otherwise
    before.

    What was stored first stays. Call it between two steps of the fold, never beside one.
    """
    known = read(connection, disruption_of)
    next_entry = connection.execute(select(derived.c.next_entry).where(derived.c.name == FOLD)).scalar() or 0
    fresh = [id_ for id_ in disruption_of if id_ not in known]
    append(
        connection,
        published_incident,
        [
            {"id": id_, "disruption_id": disruption_of[id_], "since_entry": next_entry, "seen_at_us": now_us}
            for id_ in fresh
        ],
    )
    changed = sum(disruption_of[id_] != disruption for id_, disruption in known.items())
    return Counter(new=len(fresh), changed=changed)


def read(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """IDFM's id of those of PRIM's ids that have one."""
    found: dict[str, str] = {}
    for some in in_chunks(ids):
        pairs = select(published_incident.c.id, published_incident.c.disruption_id)
        found |= dict(connection.execute(pairs.where(published_incident.c.id.in_(some))).all())
    return found


def rows(connection: Connection) -> list[dict[str, Any]]:
    """All evidence, for `write` into a store that is made anew: no log holds it.
    None in a store older than evidence."""
    if not inspect(connection).has_table(published_incident.name):
        return []
    return [dict(row) for row in connection.execute(select(published_incident)).mappings()]


def write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what `rows` gave."""
    for some in in_chunks(rows):
        append(connection, published_incident, some)


def is_there(connection: Connection) -> bool:
    """Whether there is any evidence at all; a recording has none."""
    return connection.execute(select(published_incident.c.id).limit(1)).first() is not None


def siblings(connection: Connection, disruption: str, entry: int) -> list[str]:
    """Other disruptions that IDFM holds as one incident with this one, as far as `entry` may know."""
    own = select(published_incident.c.disruption_id).where(
        published_incident.c.id == disruption, published_incident.c.since_entry <= entry
    )
    others = select(published_incident.c.id).where(
        published_incident.c.disruption_id == own.scalar_subquery(),
        published_incident.c.since_entry <= entry,
        published_incident.c.id != disruption,
    )
    return sorted(connection.execute(others).scalars())


def learned(connection: Connection, after: int, upto: int) -> Told:
    """Everything told up to entry `upto` of incidents of several ids of which something counts only behind `after`."""
    span = (published_incident.c.since_entry > after, published_incident.c.since_entry <= upto)
    names = select(published_incident.c.disruption_id).where(*span).distinct()
    group = select(published_incident).where(
        published_incident.c.disruption_id.in_(names), published_incident.c.since_entry <= upto
    )
    told: Told = defaultdict(list)
    for row in connection.execute(group):
        told[row.disruption_id].append((row.since_entry, row.id))
    return {name: sorted(pairs) for name, pairs in told.items() if len(pairs) > 1}


def groups_to_count(told: Told, after: int, entry: int) -> list[list[str]]:
    """Groups of ids that count as one incident at `entry`, of which something counts only behind `after`."""
    groups = []
    for name in sorted(told):
        counting = [(since, id_) for since, id_ in told[name] if since <= entry]
        if counting and counting[-1][0] > after:
            groups.append([id_ for _, id_ in counting])
    return groups


def counts(connection: Connection) -> dict[str, int]:
    """How the rules and IDFM's ids compare, over the disruptions of the store.

    `ids` with evidence, and pairs of them: `agreed` one incident for both; `joined` one incident because IDFM says so
    of at least one of the two; `disagreed` one incident by our rules and two by IDFM's ids (not split);
    `apart` two incidents by our rules and one by IDFM's ids, forgotten when it was told.
    """
    told = {row["id"]: row["disruption_id"] for row in rows(connection)}
    roots, homes = _places(connection, told)
    found = Counter(ids=len(homes), agreed=0, joined=0, disagreed=0, apart=0)
    found["disagreed"] = _pairs(homes.values()) - _pairs((homes[id_], told[id_]) for id_ in homes)
    found["apart"] = _pairs(told[id_] for id_ in homes) - _pairs((homes[id_], told[id_]) for id_ in homes)
    found["agreed"] = _pairs((homes[id_], told[id_], roots[id_]) for id_ in homes)
    found["joined"] = _pairs((homes[id_], told[id_]) for id_ in homes) - found["agreed"]
    return dict(found)


def _pairs(groups: Iterable[object]) -> int:
    """Pairs within equal `groups`."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def _places(connection: Connection, told: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Of the disruptions in `told`: the incident that the rules alone gave, and the one that it belongs to now."""
    into = {
        row.old: (row.into, TOLD in row.why)
        for row in connection.execute(select(incident_alias).where(incident_alias.c.level == "incident"))
    }
    roots: dict[str, str] = {}
    homes: dict[str, str] = {}
    for row in connection.execute(select(incident_of).order_by(incident_of.c.disruption, incident_of.c.since_entry)):
        if row.disruption in told:
            roots.setdefault(
                row.disruption, f"told: {row.disruption}" if row.why == TOLD else _by_rules(row.incident, into)
            )
            homes[row.disruption] = row.incident
    return roots, homes


def _by_rules(name: str, into: Mapping[str, tuple[str, bool]]) -> str:
    """What a name resolves to without the merges that evidence brought."""
    while name in into and not into[name][1]:
        name = into[name][0]
    return name
