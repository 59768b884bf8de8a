"""The compact tables of `geo/data`: where they are, how one is read and how one is written.

Every table is CSV in UTF-8 with a header; a name that ends in `.gz` is compressed. What is in
them, from where and under which licence: `geo/data/SOURCES.md`.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

DATA_DIR = Path(__file__).resolve().parents[1] / "data"


def read_table(name: str, folder: Path = DATA_DIR) -> Iterator[list[str]]:
    """The rows of table `name`, without its header, as lists of texts.

    Raises `FileNotFoundError` naming the table when it was never built.
    """
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(
            f"table {name} is missing from {folder}: build it with `python -m geo.builders.tables SOURCE_DIR`"
        )
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8")
    rows = csv.reader(io.StringIO(text, newline=""))
    next(rows)
    return rows


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write `rows` under `header` to `path`, always the same bytes; returns the number of rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    write_bytes(path, out.getvalue().encode("utf-8"))
    return count


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content`, compressed without a time stamp when the name ends in `.gz`."""
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=9, mtime=0)
    path.write_bytes(content)
