"""`./pulse serve`: the page over a store. One process of several threads, on the loopback.

One process, because what one browser's look has worked out serves all the others.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from dashboard.server.access import Access
from dashboard.server.app import LARGEST_BODY_BYTES, Options, make_app, warm_up
from dashboard.server.http_server import make_server
from dashboard.store.reader import Store, StoreUnavailable
from deploy.configuration.command_line import ENVIRONMENT, add_config_argument, add_store_argument, complain
from deploy.configuration.page_host import check_page_host, names_of_page
from deploy.configuration.settings import PASSWORD_VARIABLE, SettingsError, load
from deploy.processes.part_states import FILE_NAME
from spark_app.store.workspace import workspace
from spark_app.topics.files import topics_folder

THREADS = 24  # waiting for the store or a slow network costs one, working takes turns anyway
ARENAS = 2  # of glibc, which has eight a core: each keeps what its threads' greatest answers took, 130 MB in all
M_ARENA_MAX = -8  # the parameter of glibc's mallopt
GARBAGE_BETWEEN = 50_000  # new objects between two collections: a few looks make as many


def main(argv: Sequence[str]) -> int:
    """`pulse serve`; returns the exit code: 0 stopped, 3 environment."""
    given = _arguments(argv)
    share_memory()
    try:
        settings = load(given.config)
        check_page_host(settings.dashboard)
        place = workspace(settings, store_url=given.store)
        store = Store(place.store_url)
    except (SettingsError, StoreUnavailable) as error:
        return complain(error, ENVIRONMENT)
    screen, port = settings.dashboard, settings.dashboard.port if given.port is None else given.port
    options = Options(
        screen.refresh_s,
        settings.poll.interval_s,
        settings.differ.tick_s,
        screen.tiles_url if screen.tiles else None,
        settings.trends.trend_refresh_s,
        topics_folder(place.store_url, place.folder),
        place.folder / FILE_NAME,
        screen.embed_ancestors,
        names_of_page(screen),
        Access(os.environ.get(PASSWORD_VARIABLE, ""), screen.proxy_header),
    )
    warm_up()
    app = make_app(store, options)
    _settle()
    return _run(app.server, screen.host, port)


def _run(application: Any, host: str, port: int) -> int:
    """Serve until SIGTERM or SIGINT."""
    try:
        server = make_server(application, host, port, THREADS, LARGEST_BODY_BYTES)
    except OSError as error:
        return complain(
            f"the page cannot listen on {host}:{port}: {error.strerror}; choose another --port", ENVIRONMENT
        )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    print(f"page on http://{host}:{server.effective_port}", flush=True)
    server.run()
    return 0


def share_memory() -> None:
    """Have all threads allocate from few arenas; nothing where the C library is not glibc."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def _settle() -> None:
    """What is loaded by now stays: the garbage collector need not look at it again, which took 250 ms each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_BETWEEN)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse serve", description="Show the page over what is stored.")
    add_config_argument(parser)
    add_store_argument(parser)
    parser.add_argument("--port", type=int, help="port on the loopback (default: that of the configuration; 0: any)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
