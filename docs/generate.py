"""Writes docs/contracts.md and docs/config.md from the code: `python docs/generate.py`; a test compares them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pydantic import BaseModel  # noqa: E402

from deploy.configuration.settings import Settings  # noqa: E402
from prim_client.messages.message import Body, Kind, LineRef, Message, Section, StationRef, Unresolved  # noqa: E402
from spark_app.archive.delta import SCHEMA  # noqa: E402
from spark_app.store.tables import metadata  # noqa: E402
from stream_server.protocol import wire  # noqa: E402

CONTRACTS_HEAD = """# Contracts

Written by `python docs/generate.py` from the code; a test fails when they differ.
What flows: [messages](#messages) are kept in the log and sent over the [socket](#socket); Spark writes the
[store](#store); the [archive](#archive) follows the store.

## Messages

`prim_client/messages/message.py`. Every moment is UTC. A message is an envelope around a body.
"""
CONFIG_HEAD = """# Configuration

`config.yaml`, read by `deploy/configuration/settings.py`; written here by `python docs/generate.py`, and a test fails
when they differ. An unknown key, a wrong type or a value out of range ends the start with one sentence and exit code 3.
Secrets are never in the file: `PRIM_API_KEY`, `PULSE_WEBHOOK_SECRET`, `PULSE_PASSWORD`, `PULSE_KAFKA_USERNAME`,
`PULSE_KAFKA_PASSWORD`, `PULSE_KAFKA_KEY_PASSWORD` and, with its password, `PULSE_STORE_URL` come from the environment.
`PULSE_STORE_URL` overrides `store.url`. The parts that a command starts get them by the environment, too; an argument
stands in the process list, where every user of the machine can read it.

| key | type | default | what |
|---|---|---|---|
"""


def contracts() -> str:
    """The text of docs/contracts.md."""
    parts = [CONTRACTS_HEAD]
    parts += [
        f"\n### {contract.__name__}\n\n{_first_line(contract)}\n\n" + _fields_table(contract)
        for contract in (Message, Body, LineRef, StationRef, Section, Unresolved)
    ]
    parts.append("\nKinds: " + ", ".join(f"`{kind.value}`" for kind in Kind) + ".\n")
    parts.append(f"\n## Socket\n\n`stream_server/protocol/wire.py`.\n\n{wire.__doc__.strip()}\n")
    parts.append("\n## Store\n\n`spark_app/store/tables.py`: SQLite, PostgreSQL, MySQL or MariaDB.\n")
    for table in metadata.sorted_tables:
        parts.append(f"\n### {table.name}\n\n{table.comment}.\n\n| column | type | key | what |\n|---|---|---|---|\n")
        for column in table.columns:
            key = "yes" if column.primary_key else "null" if column.nullable else ""
            parts.append(f"| `{column.name}` | {column.type} | {key} | {column.comment} |\n")
    parts.append(
        "\n## Archive\n\n`spark_app/archive/delta.py`: a Delta table, one row a hit.\n\n| column | type | what "
        "|\n|---|---|---|\n"
    )
    parts += [f"| `{f.name}` | {f.type} | {f.metadata[b'doc'].decode()} |\n" for f in SCHEMA]
    return "".join(parts)


def _first_line(contract: type) -> str:
    return inspect.cleandoc(contract.__doc__ or "").splitlines()[0]


def _fields_table(contract: type) -> str:
    hints = get_type_hints(contract)
    rows = [
        f"| `{f.name.rstrip('_')}` | {_type_text(hints[f.name])} | {f.metadata.get('doc', '')} |\n"
        for f in fields(contract)
    ]
    return "| field | type | what |\n|---|---|---|\n" + "".join(rows)


def _type_text(hint: object) -> str:
    if get_origin(hint) is tuple:
        return f"list of {_type_text(get_args(hint)[0])}"
    if get_args(hint):
        return " or ".join("null" if part is type(None) else _type_text(part) for part in get_args(hint))
    name = getattr(hint, "__name__", str(hint))
    return (
        f"[{name}](#{name.lower()})"
        if is_dataclass(hint)
        else {"str": "string", "bool": "boolean", "float": "number"}.get(name, name)
    )


def config() -> str:
    """The text of docs/config.md."""
    return CONFIG_HEAD + "".join(_keys(Settings, ""))


def _keys(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, key in model.model_fields.items():
        if isinstance(key.annotation, type) and issubclass(key.annotation, BaseModel):
            yield from _keys(key.annotation, f"{prefix}{name}.")
        else:
            kind = getattr(key.annotation, "__name__", str(key.annotation)).replace("|", "or")
            yield f"| `{prefix}{name}` | {kind} | `{key.default}` | {key.description} |\n"


PAGES = {"contracts.md": contracts, "config.md": config}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (ROOT / "docs" / page).write_text(text(), encoding="utf-8")
