"""The classes of Spark and Scala, loaded and checked once and kept in a file that later JVMs map.

Java calls it a dynamic archive of class data sharing. With it a session takes half the processor time to start
(docs/performance.md). It fits one Java and one set of jars; with any other the JVM leaves it aside without a word.
The launcher makes it and names it in PULSE_CLASS_ARCHIVE. Importing this needs the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from spark_app import java_home

MAPPED_BY = (17,)  # Java 21 refuses the archive: Spark's class path names slf4j-api twice
VARIABLE = "PULSE_CLASS_ARCHIVE"
QUIET = "-Xlog:cds=off -Xlog:cds+dynamic=off"  # the JVM would write on stdout what it left out
LIMIT_S = 180


def jvm_options(environ: Mapping[str, str]) -> str:
    """The options of a JVM that maps the archive; empty without one."""
    archive = environ.get(VARIABLE)
    if not archive or not Path(archive).is_file():
        return ""
    return f'"-XX:SharedArchiveFile={archive}" {QUIET}'


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
        command = [python, "-m", "spark_app.class_archive", new]
        try:
            subprocess.run(command, env=dict(environ), capture_output=True, timeout=LIMIT_S, check=False)
        except subprocess.TimeoutExpired:
            new.unlink(missing_ok=True)
        new.touch()
        new.rename(archive)


def main() -> int:
    """Run the product's query once, over a log of one tick, in a JVM that writes its classes when it ends."""
    parser = argparse.ArgumentParser(prog="python -m spark_app.class_archive", description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path, help="file to write")
    archive: Path = parser.parse_args().archive
    from spark_app.session import end_jvm, make_session

    with tempfile.TemporaryDirectory() as folder:
        spark = make_session(2, 1024, Path(folder), f'"-XX:ArchiveClassesAtExit={archive}" {QUIET}')
        _run_query(spark, Path(folder))
        end_jvm(spark, LIMIT_S)
    return 0


def _run_query(spark, folder: Path) -> None:
    from prim_client.differ import Outcome
    from prim_client.message import Entry, from_epoch_us
    from spark_app.enrich import enrich
    from spark_app.source import FORMAT, LogSource
    from stream_server.log import Log
    from stream_server.server import Server

    at = from_epoch_us(0)
    tick = Entry(at, tick=True, observed=False, messages=())
    with Log.open(folder / "log.db") as log, Server(log, port=0) as server:
        log.append([Outcome("idle", "", (tick,), 0, 0, "")], [at], b"")
        spark.dataSource.register(LogSource)
        lines = spark.readStream.format(FORMAT).option("host", server.host).option("port", server.port).load()
        writer = enrich(lines, "transport").writeStream.foreachBatch(lambda batch, _: batch.toArrow())
        query = writer.option("checkpointLocation", str(folder / "checkpoint")).trigger(availableNow=True).start()
        query.awaitTermination(LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
