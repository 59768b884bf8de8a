"""What the command lines of all packages share: exit codes, complaints, and the options --config and --store."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

DONE = 0
FAILED = 1
USAGE = 2
ENVIRONMENT = 3  # the machine, the key or the configuration is wrong
DISAGREE = 4  # store and log do not go together: starting again cannot help
PASSING = 75  # something it depends on is away and may come back: EX_TEMPFAIL of sysexits.h

STORE_PREFIX = "env:"  # `--store env:NAME`
STORE_HELP = f"SQLAlchemy URL of another store, or {STORE_PREFIX}NAME for the environment variable that holds it"


def complain(sentence: Exception | str, code: int = FAILED) -> int:
    """Print `sentence` on standard error as the project's commands do; returns `code`, the exit code to end with."""
    print(f"pulse: {sentence}", file=sys.stderr, flush=True)
    return code


def run_command(main: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    """Run `main(argv)` and return its exit code; DONE if the reader of our output has gone, as `| head` does."""
    try:
        code = main(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Python writes what is left once more at its end, and would complain then
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the option `--config`."""
    parser.add_argument("--config", type=Path, help="configuration file")


def add_store_argument(parser: argparse.ArgumentParser, help_: str = STORE_HELP, *, required: bool = False) -> None:
    """Give `parser` the option `--store`."""
    parser.add_argument("--store", type=store_argument, metavar="URL", required=required, help=help_)


def store_argument(text: str) -> str:
    """The URL that `--store` names: `text`, or the value of the environment variable NAME for `env:NAME`.

    An argument is seen by every user of the machine (`ps`), the environment only by the same user.

    Raises:
        ArgumentTypeError: the variable is not set.
    """
    if not text.startswith(STORE_PREFIX):
        return text
    name = text.removeprefix(STORE_PREFIX)
    if not (url := os.environ.get(name)):
        raise argparse.ArgumentTypeError(
            f"the environment variable {name!r} is not set: it should hold the URL of the store"
        )
    return url
