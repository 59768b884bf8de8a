"""The files of `./pulse topics`: where they are, how they are written. The page reads them; imports no Spark."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url

from deploy.configuration.private_folder import make_private

FOLDER = "topics"
PAGE, INTERACTIVE, DATA = "index.html", "pyldavis.html", "topics.json"


def topics_folder(store_url: str, data_dir: Path) -> Path:
    """The folder of the topics of a store: beside its SQLite file, else in `data_dir`."""
    url = make_url(store_url)
    beside = Path(url.database).resolve().parent if url.get_backend_name() == "sqlite" and url.database else data_dir
    return beside / FOLDER


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write each file whole or not at all: somebody may be reading, and the power may fail."""
    make_private(folder)
    for name, text in texts.items():
        beside = folder / f".{name}.new"
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / name)
