"""`./pulse status`: the books, how far each part is and how late, and the versions that made the data.

Exit codes: 0 the books balance and every derived fold is complete and on time, 1 not so or there is no store,
3 environment.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from deploy.configuration.command_line import (
    ENVIRONMENT,
    FAILED,
    add_config_argument,
    add_store_argument,
    complain,
    run_command,
)
from deploy.configuration.settings import SettingsError, load
from deploy.processes.part_states import FILE_NAME, read_parts_down
from prim_client.messages import time_units
from prim_client.messages.message import from_epoch_us
from spark_app.commands.report import imbalances
from spark_app.derived import fold_books
from spark_app.derived.incidents import asking, evidence
from spark_app.store.engine import (
    StoreError,
    check_whole,
    connect_to_read,
    exists,
    next_entry,
    read_book,
    without_password,
)
from spark_app.store.tables import entry, ledger, message, meta, revision, status
from spark_app.store.workspace import SOURCES, workspace

PACKAGES = ("pyspark", "pandas", "pyarrow", "numpy", "sqlalchemy", "textblob", "dash", "deltalake")
RECENT_MESSAGES = 500  # whose lags are summarised


def main(argv: Sequence[str]) -> int:
    """Print the status; returns the exit code."""
    options = _arguments(argv)
    try:
        found = workspace(load(options.config), options.source, options.store)
        if not exists(found.store_url):
            return complain(f"there is no store at {without_password(found.store_url)} yet: start `./pulse up`", FAILED)
        engine = connect_to_read(found.store_url)
        check_whole(engine)
        word = read_status(engine)
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except StoreError as error:
        return complain(error, FAILED)
    wrong = imbalances(engine, word["log"]) if word["log"] else ["the log's server has not said anything yet"]
    word["balanced"], word["wrong"] = not wrong, wrong
    down = read_parts_down(found.folder / FILE_NAME) if not options.store else []
    word["down"] = [asdict(one) for one in down]
    print(json.dumps(word, indent=2) if options.json else as_text(word, without_password(found.store_url)))
    return 1 if wrong or word["troubles"] or down else 0


def read_status(engine: Engine) -> dict[str, Any]:
    """Everything that the store knows about itself, as JSON types; ages and lags in seconds."""
    now_us = time_units.now_us()
    with engine.connect() as connection:
        said = {row.part: row for row in connection.execute(select(status))}
        facts = dict(connection.execute(select(meta.c.name, meta.c.value)).all())
        log = json.loads(said["log"].value) if "log" in said else {}
        stored, folds = next_entry(connection) or 0, fold_books.read_folds(connection, now_us)
        return {
            "source": facts.get("source"),
            "log": log,
            "store": read_book(connection),
            "offsets": {
                "log_first": log.get("first"),
                "log_end": log.get("last"),
                "store_end": stored,
                "behind": log["last"] - stored if log else None,
            },
            "age_s": {part: round((now_us - row.at_us) / 1e6, 1) for part, row in said.items()},
            "lag_s": lags_s(connection, in_real_time=facts.get("source") in SOURCES),
            "evidence": evidence.counts(connection) | {"line_reports": asking.status(connection)},
            "folds": {fold.name: fold.as_json() for fold in folds},
            "troubles": fold_books.troubles(folds),
            "spark": json.loads(said["spark"].value) if "spark" in said else {},
            "versions": {name: facts.get(name) for name in ("schema", "generation", "config_sha256")}
            | {"analyzer": connection.execute(select(revision.c.analyzer).order_by(revision.c.rev.desc())).scalar()}
            | {package: version(package) for package in PACKAGES},
        }


def lags_s(connection: Connection, in_real_time: bool) -> dict[str, float | None]:
    """Median seconds by stage over the newest messages: published -> observed, observed -> stored.

    A recording was not observed when it was stored: the second is None then.
    """
    opened = (
        select(entry.c.event_time_us - revision.c.published_at_us)
        .join(message, message.c.entry == entry.c.entry)
        .join(revision, revision.c.rev == message.c.rev)
        .where(message.c.kind.in_(("opened", "announced", "updated")), message.c.initial.is_(False))
        .where(revision.c.published_at_us.is_not(None))
        .order_by(message.c.entry.desc())  # by its key: by that of entry SQLite would sort every message there is
        .limit(RECENT_MESSAGES)
    )
    published = sorted(row[0] for row in connection.execute(opened))
    newest = select(func.max(entry.c.event_time_us)).where(
        entry.c.entry >= ledger.c.from_entry, entry.c.entry < ledger.c.to_entry
    )
    batches = select(ledger.c.written_at_us - newest.scalar_subquery()).order_by(ledger.c.to_entry.desc()).limit(20)
    written = sorted(row[0] for row in connection.execute(batches) if row[0] is not None)
    return {
        "published_to_observed": _median_s(published),
        "observed_to_stored": _median_s(written) if in_real_time else None,
    }


def _median_s(values_us: Sequence[int]) -> float | None:
    return round(values_us[len(values_us) // 2] / 1e6, 2) if values_us else None


def as_text(word: dict[str, Any], store: str) -> str:
    """The status for a person."""
    book, lags = word["store"], word["lag_s"]
    lines = [
        f"store      {store} ({word['source']})",
        *_log_lines(word),
        *_evidence(word["evidence"]),
        f"places     {book.get('hits', 0)} hits; {book.get('unplaced', 0)} messages without a place",
        "lag        "
        + ", ".join(f"{name.replace('_', ' ')} {lag:g} s" for name, lag in lags.items() if lag is not None)
        + " (medians)",
        "said       " + ", ".join(f"{part} {age:g} s ago" for part, age in word["age_s"].items()),
        "versions   " + ", ".join(f"{name} {value}" for name, value in word["versions"].items() if value),
        *_folds(word["folds"]),
        *(
            f"down       {one['part']} since {datetime.fromtimestamp(one['since'], UTC):%Y-%m-%d %H:%M:%S} UTC: "
            f"{one['reason']}"
            for one in word.get("down", ())
        ),
        "books      balance" if word["balanced"] else "books      DO NOT BALANCE: " + "; ".join(word["wrong"]),
        *(f"trouble    {sentence}" for sentence in word["troubles"]),
    ]
    return "\n".join(lines)


def _log_lines(word: dict[str, Any]) -> list[str]:
    """What the log counted: polls, messages and ticks; nothing while its server has not reported."""
    log, book, behind = word["log"], word["store"], word["offsets"]["behind"]
    if not log:
        return []
    polls, messages, ticks = log["polls"], log["messages"], log["ticks"]
    return [
        "polls      {received} received = {changed} changed + {unchanged} unchanged + {rejected} rejected".format(
            **polls
        ),
        *_completeness(log),
        "messages   {made} made = {logged} logged + {filtered} filtered".format(**messages),
        f"           {messages['logged']} logged = {book.get('stored', 0)} stored + "
        f"{book.get('dead_lettered', 0)} dead letters" + (f", {behind} entries on their way" if behind else ""),
        "ticks      {expected} expected = {observed} observed + {unobserved} unobserved".format(**ticks),
        f"last poll  {log['last_good_poll_at']} good, {log['last_poll_at']} any"
        + (f"; {log['last_poll_error']}" if log["last_poll_error"] else ""),
    ]


def _evidence(counts: dict[str, Any]) -> list[str]:
    """What IDFM's own ids showed about pairs of disruptions; nothing where there are none."""
    reports = counts["line_reports"]
    if not (counts["ids"] or reports["readings"]):
        return []
    return [
        "evidence   {ids} ids with IDFM's own; pairs: {agreed} agreed, {joined} joined by it, {disagreed} "
        "disagreed, {apart} apart".format(**counts)
        + "; {readings} readings of line reports, {failed} failed".format(**reports)
    ]


def _folds(folds: dict[str, dict[str, Any]]) -> list[str]:
    """A line for each derived fold: its counters, and what is wrong with it."""
    lines: list[str] = []
    for name, fold in folds.items():
        counters = "{stored} stored = {taken_in} taken in + {set_aside} set aside + {behind} behind".format(**fold)
        since = fold["incomplete_from_us"]
        incomplete = f"; incomplete since entry {fold['incomplete_from']}" if fold["set_aside"] else ""
        moment = f" ({from_epoch_us(since):%Y-%m-%dT%H:%M:%SZ})" if since is not None else ""
        waiting = f"; behind for {fold['waiting_s'] / 60:.0f} min" if fold["late"] else ""
        lines.append(f"{'folds' if not lines else '':10} {name}: {counters}{incomplete}{moment}{waiting}")
    return lines


def _completeness(log: dict[str, Any]) -> list[str]:
    """What became of the polls that were due; a log of an older version has not counted it."""
    lines, polls = [], log["polls"]
    if rejected := log.get("rejected"):
        told = "{failed} without an answer + {empty} empty + {other} unusable".format(**rejected)
        lines.append(f"           {polls['rejected']} rejected = {told}")
    if schedule := log.get("schedule"):
        told = "{missed} missed; {late} late".format(**schedule)
        lines.append(f"           {schedule['expected']} expected = {polls['received']} received + {told}")
    return lines


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse status", description=__doc__.splitlines()[0])
    parser.add_argument("--source", choices=SOURCES, help="default: live with a key, else simulated")
    add_store_argument(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_config_argument(parser)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
