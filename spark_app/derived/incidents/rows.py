"""Rows of the tables `incident…`: gathered while entries are folded, written at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update

from spark_app.derived.incidents.life import Life
from spark_app.derived.incidents.lineage import Merge
from spark_app.store.engine import upsert
from spark_app.store.tables import (
    incident,
    incident_alias,
    incident_end,
    incident_event,
    incident_line,
    incident_of,
    incident_past,
)

_COLUMNS = tuple(column.name for column in incident.columns)
_PAST_COLUMNS = tuple(column.name for column in incident_past.columns if not column.primary_key)


@dataclass(slots=True)
class Rows:
    """What is not written yet, by key."""

    lives: dict[str, Life] = field(default_factory=dict)
    of: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)  # disruption, entry -> incident, why
    lines: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # line, incident -> name, mode
    events: dict[tuple[str, int, int], dict[str, Any]] = field(default_factory=dict)  # incident, entry, part -> rest
    ends: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)  # incident, at -> end, source
    past: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)  # incident, entry -> what was known then
    aliases: dict[tuple[str, str], tuple[str, int, str]] = field(default_factory=dict)  # level, old -> into, entry, why

    def incident_of(self, disruption: str) -> str | None:
        """The incident of a disruption among the rows that are not written yet."""
        return next((name for (id_, _), (name, _) in self.of.items() if id_ == disruption), None)

    def write(self, connection: Connection) -> None:
        """Write all rows."""
        for table, rows in self._by_table():
            upsert(connection, table, rows)

    def _by_table(self) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        """The rows of each table, in the order in which they are written."""
        yield incident, [row_of_life(life) for life in self.lives.values()]
        yield (
            incident_past,
            [{"incident": name, "since_entry": entry} | known for (name, entry), known in self.past.items()],
        )
        yield incident_of, _keyed(self.of, ("disruption", "since_entry"), ("incident", "why"))
        yield incident_line, _keyed(self.lines, ("line", "incident"), ("name", "mode"))
        yield (
            incident_event,
            [
                {"incident": name, "entry": entry, "part": part} | rest
                for (name, entry, part), rest in self.events.items()
            ],
        )
        yield incident_end, _keyed(self.ends, ("incident", "at_us"), ("end_us", "source"))
        yield incident_alias, _keyed(self.aliases, ("level", "old"), ("into", "since_entry", "why"))


def _keyed(
    rows: Mapping[tuple[Any, ...], tuple[Any, ...]], key: Sequence[str], values: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows as dicts; `key` and `values` name the columns of a key and of what stands under it."""
    return [dict(zip((*key, *values), (*k, *v), strict=True)) for k, v in rows.items()]


def row_of_life(life: Life) -> dict[str, Any]:
    """The row of table `incident`."""
    return {name: getattr(life, name) for name in _COLUMNS}


def past_row(life: Life) -> dict[str, Any]:
    """The row of table `incident_past` but for its key: what is known of an incident now."""
    return {name: getattr(life, name) for name in _PAST_COLUMNS}


def life_of_row(row: Mapping[str, Any]) -> Life:
    """The life of a row of table `incident`, or of what `asdict` made of a life."""
    values = {each.name: row[each.name] for each in fields(Life) if each.name in row}
    active = {id_: (begin_us, resuming) for id_, (begin_us, resuming) in values.pop("active", {}).items()}
    return Life(
        **values
        | {
            "initial": bool(values["initial"]),
            "active": active,
            "announced": set(values.pop("announced", ())),
        }
    )


def move(connection: Connection, merge: Merge, entry: int) -> None:
    """What was written under the old name goes to the name that it resolves to."""
    if merge.level == "episode":
        connection.execute(update(incident).where(incident.c.episode == merge.old).values(episode=merge.into))
        moved = connection.execute(select(incident).where(incident.c.episode == merge.into)).mappings().all()
        upsert(
            connection,
            incident_past,
            [
                {"incident": row["incident"], "since_entry": entry} | {name: row[name] for name in _PAST_COLUMNS}
                for row in moved
            ],
        )
        return
    ids = connection.execute(select(incident_of.c.disruption).where(incident_of.c.incident == merge.old).distinct())
    upsert(
        connection,
        incident_of,
        [
            {"disruption": id_, "since_entry": entry, "incident": merge.into, "why": f"merged: {merge.why}"}
            for id_ in ids.scalars().all()
        ],
    )
    for table in (incident_line, incident_event, incident_end):
        rows = connection.execute(select(table).where(table.c.incident == merge.old)).mappings().all()
        upsert(connection, table, [dict(row) | {"incident": merge.into} for row in rows])
        connection.execute(delete(table).where(table.c.incident == merge.old))
    connection.execute(delete(incident).where(incident.c.incident == merge.old))
