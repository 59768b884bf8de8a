"""`./pulse refold`: have derived folds begin anew over what is stored, with the entries that they had set aside.

For a fold that set entries aside, after an update that mends why. It needs no log and no Spark, and `./pulse up` may
run: whoever comes first takes the entries in. Exit codes: 0 done, 1 failed or something was set aside again,
2 usage, 3 environment.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from deploy.configuration.command_line import (
    ENVIRONMENT,
    FAILED,
    USAGE,
    add_config_argument,
    add_store_argument,
    complain,
)
from deploy.configuration.settings import SettingsError, load
from spark_app.commands.derive import make_folds
from spark_app.derived import fold_books
from spark_app.derived.runner import Moved, Runner
from spark_app.store.engine import StoreError, check_whole, exists, open_store, without_password
from spark_app.store.workspace import SOURCES, workspace


def main(argv: Sequence[str]) -> int:
    """Fold again what `argv` names; returns the exit code."""
    options = _arguments(argv)
    if unknown := set(options.names) - set(fold_books.NAMES):
        return complain(f"there is no fold {min(unknown)!r}; there are {', '.join(fold_books.NAMES)}", USAGE)
    try:
        settings = load(options.config)
        url = workspace(settings, options.source, options.store).store_url
        if not exists(url):
            return complain(f"there is no store at {without_password(url)}: nothing to fold", FAILED)
        engine = open_store(url)
        check_whole(engine)
        runner = Runner(
            engine, [fold for fold in make_folds(settings) if fold.name in (options.names or fold_books.NAMES)]
        )
        return refold(runner)
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except StoreError as error:
        return complain(error, FAILED)


def refold(runner: Runner) -> int:
    """Take every fold of `runner` from the oldest stored entry to the newest."""
    for fold in runner.folds:
        runner.begin_anew(fold)
    try:
        passed = runner.catch_up()
    except Moved:
        print(
            "the folds began anew, and `./pulse up` takes them on; `./pulse status` says how far they are", flush=True
        )
        return 0
    names = {fold.name for fold in runner.folds}
    with runner.engine.connect() as connection:
        folds = [fold for fold in fold_books.read_folds(connection) if fold.name in names]
    print(f"{', '.join(sorted(names))}: {passed} entries passed", flush=True)
    wrong = [sentence for fold in folds if fold.set_aside for sentence in fold_books.troubles([fold])]
    return complain("; ".join(wrong), FAILED) if wrong else 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse refold", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="FOLD", help=f"{', '.join(fold_books.NAMES)}; default: all")
    parser.add_argument("--source", choices=SOURCES, help="default: live with a key, else simulated")
    add_store_argument(parser)
    add_config_argument(parser)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
