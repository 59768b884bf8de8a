"""Runs the product's query once, over a log of one tick, in a JVM that writes its classes when it ends."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession

from prim_client.messages.differ import Outcome
from prim_client.messages.message import Entry, from_epoch_us
from spark_app.query.enrich import enrich
from spark_app.query.jvm_options import LIMIT_S, making_options
from spark_app.query.session import end_jvm, make_session
from spark_app.query.source import FORMAT, LogSource
from stream_server.log.books import Observed
from stream_server.log.log import Log
from stream_server.socket.server import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m spark_app.query.make_class_data", description=__doc__)
    parser.add_argument("archive", type=Path, help="file to write")
    archive = parser.parse_args().archive
    with tempfile.TemporaryDirectory() as folder:
        spark = make_session(2, 1024, Path(folder), making_options(archive))
        _run_query(spark, Path(folder))
        end_jvm(spark, LIMIT_S)
    return 0


def _run_query(spark: SparkSession, folder: Path) -> None:
    at = from_epoch_us(0)
    tick = Entry(at, tick=True, observed=False, messages=())
    with Log.open(folder / "log.db") as log, Server(log, port=0) as server:
        log.append([Observed(Outcome("idle", "", (tick,), 0, 0, ""), at)], b"")
        spark.dataSource.register(LogSource)
        lines = spark.readStream.format(FORMAT).option("host", server.host).option("port", server.port).load()
        writer = enrich(lines, "transport").writeStream.foreachBatch(lambda batch, _: batch.toArrow())
        query = writer.option("checkpointLocation", str(folder / "checkpoint")).trigger(availableNow=True).start()
        query.awaitTermination(LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
