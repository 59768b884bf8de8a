"""`./pulse search WORDS`: full text over the messages of a store, without accents and capitals, hits highlighted.

    ./pulse search 'signalisation "gare du nord"' [--store URL] [--limit 20] [--json]

Every word must be found, as a word or as the begin of one; words in quotation marks stand side by side. In SQLite the
full-text index answers, in the other databases the folded column. Exit codes: 0 found, 1 nothing found or no store,
2 no word to look for, 3 environment.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

import orjson

from dashboard.pages.search.read import LIMIT, LIMIT_MAX, Found, in_brackets, search
from dashboard.store.reader import Store, StoreUnavailable
from dashboard.ui.theme import badge
from deploy.configuration.command_line import (
    ENVIRONMENT,
    FAILED,
    USAGE,
    add_config_argument,
    add_store_argument,
    complain,
    run_command,
)
from deploy.configuration.settings import SettingsError, load
from prim_client.messages.message import from_epoch_us
from spark_app.language.search_words import parse_question
from spark_app.store.workspace import workspace


def main(argv: Sequence[str]) -> int:
    """`pulse search`; returns the exit code."""
    options = _arguments(argv)
    question = " ".join(options.words)
    if not parse_question(question):
        return complain(f"{question!r} holds no word to look for; words of one letter are ignored", USAGE)
    try:
        place = workspace(load(options.config), options.source, options.store)
        with Store(place.store_url).reading() as connection:
            found = search(connection, question, options.limit)
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except StoreUnavailable as error:
        return complain(error, FAILED)
    print(orjson.dumps(asdict(found)).decode() if options.json else _found_line(found, coloured=sys.stdout.isatty()))
    return 0 if found.total else FAILED


def _found_line(found: Found, coloured: bool) -> str:
    before, after = ("\033[1;33m", "\033[0m") if coloured else ("[", "]")

    lines = [f"{found.total} found, the newest {len(found.hits)}:"] if found.total else ["nothing found"]
    for hit in found.hits:
        seen = from_epoch_us(hit.last_us).isoformat(timespec="minutes") if hit.last_us else ""
        named = ", ".join(f"{badge(line).label} ({line})" for line in hit.lines)
        texts = [in_brackets(pieces, before, after) for pieces in (hit.title, hit.text)]
        also = [f"{kind}: {in_brackets(pieces, before, after)}" for kind, pieces in hit.elsewhere]
        lines.append("\n".join([f"\n{hit.id}  {hit.channel}  {named}  {seen}", *texts, *also]))
    return "\n".join(lines)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse search", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("words", nargs="+", help="what to look for; in quotation marks: side by side")
    parser.add_argument("--source", choices=("live", "simulated"), help="default: live with a key, else simulated")
    add_store_argument(parser)
    parser.add_argument("--limit", type=_positive, default=LIMIT, help="how many are shown (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_config_argument(parser)
    return parser.parse_args(argv)


def _positive(text_: str) -> int:
    value = int(text_)
    if not 1 <= value <= LIMIT_MAX:
        raise argparse.ArgumentTypeError(f"{value} is not from 1 to {LIMIT_MAX}")
    return value


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
