"""`./pulse bench language_rates`: how many messages a second Spark scores on one core, and whether it changes a score.

    python -m benchmarks.language.language_rates [--data ../shared/data] [--messages 20000] [--repeats 10] [--runs 3]

The pandas UDF of the real enrichment (`spark_app.query.enrich.with_polarity`) over messages that lie in the JVM's
memory.
The whole process tree, JVM and Python worker, is held to one core where the system allows it, and the bars are on its
processor time, so that neighbours do not count; the clock's is beside it. Distinct: no text comes
twice, so nothing can be remembered. Repeated: the texts of a feed, each many times over. Every score is compared with
that of the analyzer asked text by text. Ends with 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import psutil
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.base._machine import figure, machine, verdict
from benchmarks.language._language_data import read_recordings
from spark_app.language.sentiment.analyzers import make_analyzer
from spark_app.query.enrich import with_polarity
from spark_app.query.session import make_session

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
OWN_TEXTS = Path(__file__).resolve().parents[2] / "tests" / "made" / "labelled_texts.tsv"
ANALYZER = "transport"
BARS_PER_S = {"distinct": 8_000, "repeated": 200_000}
MESSAGE = "reason string, b struct<title: string, text: string>"  # what the enrichment scores


@dataclass(frozen=True)
class Messages:
    """Messages in Spark's memory, in their order, and the (title, text) that they were made of."""

    name: str
    texts: list[tuple[str, str]]
    frame: DataFrame


def recorded_texts(data: Path) -> tuple[list[tuple[str, str]], str]:
    """(title, text) of the notices of the recordings in `data`, and where they are from;
    without any, texts of our own."""
    notices = [notice.disruption.body for _, found in read_recordings(data) for notice in found]
    if notices:
        return [(body.title, body.text) for body in notices], "recorded texts"
    rows = [line.split("\t") for line in OWN_TEXTS.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    return [("", text) for _, _, text in rows], "texts of our own, shorter than recorded ones"


def distinct(texts: Sequence[tuple[str, str]], count: int, first: int = 0) -> list[tuple[str, str]]:
    """`count` texts of the same lengths, no two alike: each gets a number of its own, from `first` on.

    >>> distinct([("", "a"), ("", "b")], 3)
    [('', 'a 0'), ('', 'b 1'), ('', 'a 2')]
    """
    chosen = ((n, texts[n % len(texts)]) for n in range(first, first + count))
    return [(title, f"{text} {n}") for n, (title, text) in chosen]


def in_memory(spark: SparkSession, name: str, texts: list[tuple[str, str]], times: int = 1) -> Messages:
    """`texts`, all of them so many times, as rows of the enrichment, computed and kept in one partition."""
    plain = spark.createDataFrame(pd.DataFrame(texts, columns=["title", "text"])).coalesce(1)
    body = F.struct("title", "text").alias("b")
    rows = spark.range(0, times, 1, 1).crossJoin(F.broadcast(plain)) if times > 1 else plain
    frame = rows.select(F.lit(None).cast("string").alias("reason"), body).cache()
    assert frame.count() == len(texts) * times
    return Messages(name, texts * times, frame)


class Took(NamedTuple):
    """Seconds of the clock, and of one core's processor time over JVM and Python together."""

    clock_s: float
    core_s: float


def score(messages: Messages) -> Took:
    """Let Spark score all of `messages`; the result goes nowhere."""
    clock_s, core_s = time.monotonic(), _processor_s()
    messages.frame.transform(with_polarity, ANALYZER).select("polarity").write.format("noop").mode("overwrite").save()
    return Took(time.monotonic() - clock_s, _processor_s() - core_s)


def _processor_s() -> float:
    """Processor time so far of this process and its descendants."""
    this = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (this, *this.children(recursive=True)))


def differences(messages: Messages) -> int:
    """Messages whose score is not exactly that of the analyzer asked one by one."""
    analyzer = make_analyzer(ANALYZER)
    scored = messages.frame.transform(with_polarity, ANALYZER).select("b.title", "b.text", "polarity").collect()
    assert len(scored) == len(messages.texts)
    alone = {text: analyzer.polarity("\n".join(text)) for text in set(messages.texts)}
    return sum(row.polarity != alone[row.title, row.text] for row in scored)


def measure(runs: Sequence[Messages]) -> list[bool]:
    """Print the rates over `runs` and the differences in the last; returns which bars were held."""
    took, last = [score(messages) for messages in runs], runs[-1]
    rates = [len(last.texts) / each.core_s for each in took]
    print(figure(f"{last.name}: {len(last.texts):,} messages", rates, "messages per second of one core"))
    print(figure("", [len(last.texts) / each.clock_s for each in took], "messages per second of the clock"))
    bar = BARS_PER_S[last.name]
    held = [statistics.median(rates) >= bar, differences(last) == 0]
    print("  " + verdict(f"at least {bar:,} messages/s", held[0]))
    print("  " + verdict("the scores of the analyzer asked one by one", held[1]))
    return held


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="pulse bench language_rates", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder with prim/ (default: %(default)s)")
    parser.add_argument("--messages", type=int, default=20_000, help="distinct messages (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=10, help="times as many with repeats (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="default: %(default)s")
    options = parser.parse_args(arguments)
    print(machine())
    pinned = _pin_to_one_core()
    texts, source = recorded_texts(options.data)
    length = sum(len(title) + 1 + len(text) for title, text in texts) / len(texts)
    print(
        f"{len(texts):,} {source} of {length:.0f} characters; "
        f"{'one core' if pinned else 'local[1], not held to a core'}"
    )
    with tempfile.TemporaryDirectory() as folder:
        spark = make_session(1, 1024, Path(folder))
        try:
            return _measure_all(spark, texts, options)
        finally:
            spark.stop()


def _measure_all(spark: SparkSession, texts: list[tuple[str, str]], options: argparse.Namespace) -> int:
    count = options.messages
    score(in_memory(spark, "warm", distinct(texts, 2_000)))  # starts the worker, reads the lexicons
    # other texts in each run: the worker remembers those of the one before
    unlike = [in_memory(spark, "distinct", distinct(texts, count, (run + 1) * count)) for run in range(options.runs)]
    held = measure(unlike)
    for messages in unlike:
        messages.frame.unpersist()
    feed = in_memory(spark, "repeated", texts, max(1, count * options.repeats // len(texts)))
    score(feed)  # a stream's JVM is warm, too
    score(feed)
    return 0 if all([*held, *measure([feed] * options.runs)]) else 1


def _pin_to_one_core() -> bool:
    """Hold this process and all that it starts to one core; False where the system has no such call."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return True


if __name__ == "__main__":
    sys.exit(main())
