"""Serve the page: `python -m dashboard.serve --store URL --port N`. One process, several threads, loopback."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from dashboard.page import Options, make_app
from dashboard.store import Store
from prim_client.settings import Settings, SettingsError, load

THREADS = 8
STORE_FILE = "store.db"


class Server(BaseApplication):
    """Gunicorn without its command line."""

    def __init__(self, wsgi: Any, options: dict[str, Any]) -> None:
        self._wsgi, self._options = wsgi, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._wsgi


def store_url(settings: Settings) -> str:
    """The configured store, or the SQLite file in the data folder."""
    return settings.store.url or f"sqlite:///{settings.data_dir / STORE_FILE}"


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.serve", description=__doc__)
    parser.add_argument("--config", type=Path, help="configuration file (config.yaml)")
    parser.add_argument("--store", help="SQLAlchemy URL of the store (from the configuration)")
    parser.add_argument("--port", type=int, help="port on the loopback (from the configuration)")
    given = parser.parse_args(arguments)
    try:
        settings = load(given.config)
    except SettingsError as error:
        sys.exit(str(error))
    screen, port = settings.dashboard, settings.dashboard.port if given.port is None else given.port
    options = Options(screen.refresh_s, settings.poll.interval_s, settings.differ.tick_s,
                      screen.tiles_url if screen.tiles else None)  # fmt: skip
    app = make_app(Store(given.store or store_url(settings)), options)
    Server(app.server, {
        "bind": f"{screen.host}:{port}", "worker_class": "gthread", "workers": 1, "threads": THREADS,
        "loglevel": "warning", "timeout": 60, "graceful_timeout": 5, "proc_name": "pulse-dashboard",
        "when_ready": lambda arbiter: print(f"page on {_addresses(arbiter)}", flush=True),
    }).run()  # fmt: skip


def _addresses(arbiter: Any) -> str:
    return ", ".join(str(listener) for listener in arbiter.LISTENERS)


if __name__ == "__main__":
    main()
