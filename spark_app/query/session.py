"""The Spark session, with the settings that a stream on one machine needs and why."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from spark_app.query import jvm_options

ROOT = Path(__file__).resolve().parents[2]
LOGGING = Path(__file__).parent / "data" / "log4j2.properties"
# The second compiler took half of the JVM's processor time and a stream of ours never gives it back: the heavy part is
# Python. The serial collector is the smaller one, and as quick where the collector would not get a core of its own.
JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Spark keeps the last 1,000 jobs, stages and queries, and 100,000 tasks, for its web page, which we do not show.
KEPT_FOR_UI = (
    "spark.ui.retainedJobs",
    "spark.ui.retainedStages",
    "spark.ui.retainedTasks",
    "spark.sql.ui.retainedExecutions",
)


def make_session(cores: int, driver_memory_mb: int, work_dir: Path, archive_options: str | None = None) -> SparkSession:
    """A local session with `cores` threads; scratch files go under `work_dir`.

    `archive_options`: of the JVM's class archive; None: map the one that the environment names.
    """
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable  # else the workers take the first python3 of the PATH
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)  # workers import our packages from any folder
    if archive_options is None:
        archive_options = jvm_options.jvm_options(os.environ)
    settings = {
        "spark.driver.memory": f"{driver_memory_mb}m",
        "spark.driver.extraJavaOptions": f"{JVM_OPTIONS} {_logging()} {archive_options}",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        **dict.fromkeys(KEPT_FOR_UI, "50"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(cores),  # 200 by default: 11.5 s a batch in place of 0.6 s
        "spark.sql.warehouse.dir": str(work_dir / "warehouse"),
        "spark.local.dir": str(work_dir / "scratch"),
        "spark.sql.streaming.noDataMicroBatches.enabled": "false",  # no state: an empty batch does nothing
        "spark.sql.streaming.minBatchesToRetain": "10",
        "spark.sql.streaming.stopTimeout": "30s",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local[{cores}]").appName("pulse")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def end_jvm(spark: SparkSession, limit_s: float) -> None:
    """Stop the session and wait until its JVM has ended; this process cannot start another."""
    gateway: Any = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()  # what a JVM of PySpark takes as the sign to end
    gateway.proc.wait(limit_s)


def _logging() -> str:
    """Not by a configuration folder on the class path: the JVM maps no archive behind a folder with files."""
    return f"-Dlog4j2.configurationFile={LOGGING.as_uri()}"
