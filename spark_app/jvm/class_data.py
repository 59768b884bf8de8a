"""The classes of Spark and Scala, loaded and checked once and kept in a file that later JVMs map.

Java calls it a dynamic archive of class data sharing. With it a session takes half the processor time to start
(docs/performance.md). It fits one Java and one set of jars; with any other the JVM leaves it aside without a word.
The launcher makes it and names it in PULSE_CLASS_ARCHIVE. Importing this needs the standard library only.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.processes.programs import PROGRAMS
from spark_app.jvm import java_home
from spark_app.query.jvm_options import LIMIT_S

MAPPED_BY = (17,)  # Java 21 refuses the archive: Spark's class path names slf4j-api twice


def ensure(python: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> Path | None:
    """The archive for JAVA_HOME beside `python`, made now if it was never tried; None where none can be made."""
    home = Path(environ["JAVA_HOME"])
    java = java_home.inspect("JAVA_HOME", home / "bin" / "java")
    if java is None or java.major not in MAPPED_BY:
        return None
    archive = _place(python.parent.parent, home)
    if not archive.exists():
        say("Spark's classes are put into one file, once (half a minute): every start after this one is quicker.")
        _make(archive, python, environ)
    return archive if archive.stat().st_size else None


def _place(folder: Path, java_home: Path) -> Path:
    release = java_home / "release"
    told = release.read_bytes() if release.is_file() else b""
    return folder / f"spark-classes-{hashlib.sha256(bytes(java_home) + told).hexdigest()[:12]}.jsa"


def _make(archive: Path, python: Path, environ: Mapping[str, str]) -> None:
    """Make it whole, or empty where it cannot be made, so that no later start tries again."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        new = Path(folder) / archive.name
        command = [str(python), "-m", PROGRAMS["class data"], str(new)]
        try:
            subprocess.run(command, env=dict(environ), capture_output=True, timeout=LIMIT_S, check=False)
        except subprocess.TimeoutExpired:
            new.unlink(missing_ok=True)
        new.touch()
        new.rename(archive)
