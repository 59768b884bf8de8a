"""The files of `./pulse topics`, as they were written: served, never made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Response

from spark_app.topics.files import DATA, INTERACTIVE, PAGE
from spark_app.topics.ldavis import script_hashes

_TYPES = {PAGE: "text/html; charset=utf-8", INTERACTIVE: "text/html; charset=utf-8", DATA: "application/json"}


def register(server: Flask, folder: Path | None) -> None:
    """Serve `/topic-files/<name>` from `folder`; only the shipped scripts of pyLDAvis may run there,
    and nothing else."""
    server.config["TOPICS_FOLDER"] = folder

    @server.get("/topic-files/<name>")
    def topic_file(name: str) -> Response:
        path = folder / name if folder and name in _TYPES else None
        if path is None or not path.is_file():
            return Response("Aucun sujet n'est calculé : lancez ./pulse topics.\n", 404, mimetype="text/plain")
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _policy(name)}
        return Response(path.read_bytes(), content_type=_TYPES[name], headers=headers)


def _policy(name: str) -> str:
    scripts = " ".join(script_hashes()) if name == INTERACTIVE else "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def read_report(folder: Path | None) -> dict[str, Any] | None:
    """The newest report of `./pulse topics`; None where there is none."""
    path = folder / DATA if folder else None
    return orjson.loads(path.read_bytes()) if path and path.is_file() else None
