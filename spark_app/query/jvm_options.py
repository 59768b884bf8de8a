"""JVM options for the file of Spark's classes: to write it, and to map it (spark_app/jvm/class_data.py)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "PULSE_CLASS_ARCHIVE"

QUIET = "-Xlog:cds=off -Xlog:cds+dynamic=off"  # the JVM would write on stdout what it left out

LIMIT_S = 180


def making_options(archive: Path) -> str:
    """The options of a JVM that writes what it loaded to `archive` when it ends."""
    return f'"-XX:ArchiveClassesAtExit={archive}" {QUIET}'


def jvm_options(environ: Mapping[str, str]) -> str:
    """The options of a JVM that maps the archive; empty without one."""
    archive = environ.get(VARIABLE)
    if not archive or not Path(archive).is_file():
        return ""
    return f'"-XX:SharedArchiveFile={archive}" {QUIET}'
