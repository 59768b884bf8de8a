"""Where the URL of the store comes from, so that its password stands in no process list.

An argument is seen by every user of the machine (`ps`), the environment only by the same user. So the parts that a
command starts get the URL by the environment variable PULSE_STORE_URL, and `--store env:NAME` reads it from any
variable.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from prim_client.settings import STORE_VARIABLE

PREFIX = "env:"  # `--store env:NAME`
HELP = f"SQLAlchemy URL of another store, or {PREFIX}NAME for the environment variable that holds it"


def add_store_argument(parser: argparse.ArgumentParser, help_: str = HELP, *, required: bool = False) -> None:
    """Give `parser` the option `--store`."""
    parser.add_argument("--store", type=store_argument, metavar="URL", required=required, help=help_)


def store_argument(text: str) -> str:
    """The URL that `--store` names. Raises ArgumentTypeError for a variable that is not set."""
    if not text.startswith(PREFIX):
        return text
    name = text.removeprefix(PREFIX)
    if not (url := os.environ.get(name)):
        raise argparse.ArgumentTypeError(
            f"the environment variable {name!r} is not set: it should hold the URL of the store"
        )
    return url


def for_part(url: str) -> tuple[list[str], Mapping[str, str]]:
    """The arguments and the environment that hand `url` to a process of ours."""
    return ["--store", f"{PREFIX}{STORE_VARIABLE}"], {STORE_VARIABLE: url}
