"""`./pulse topics`: what the messages of a store are about: LDA and k-means with Spark ML, their quality, a page.

    python -m spark_app.commands.topics [--store URL] [--topics 12] [--out DIR] [--json]

Prints each method's agreement with the cause tags (NMI) and coherence (NPMI), and its topics; writes a page, the
interactive page of pyLDAvis and the figures as JSON, which `./pulse serve` shows under /topics. Exit codes: 0 done,
1 failed (no store, too few texts), 3 environment.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from deploy.configuration.command_line import (
    ENVIRONMENT,
    FAILED,
    add_config_argument,
    add_store_argument,
    complain,
    run_command,
)
from deploy.configuration.settings import SettingsError, load
from prim_client.messages.message import Channel
from spark_app.query.session import make_session
from spark_app.store.engine import StoreError, connect_to_read, exists, without_password
from spark_app.store.tables import revision
from spark_app.store.workspace import SOURCES, workspace
from spark_app.topics import ldavis
from spark_app.topics import page as topic_page
from spark_app.topics.files import DATA, INTERACTIVE, PAGE, topics_folder, write_files
from spark_app.topics.models import TooFewTexts, TopicModel, fit
from spark_app.topics.report import topic_report
from spark_app.topics.words import TopicText, topic_texts

TOPICS = 12


def read_notices(store_url: str, channels: Sequence[str]) -> list[str]:
    """Title and text of every revision of `channels` in the store. Raises StoreError."""
    if not exists(store_url):
        raise StoreError(
            f"there is no store at {without_password(store_url)}: run `./pulse replay` or `./pulse up` first"
        )
    query = select(revision.c.title, revision.c.text).where(revision.c.channel.in_(channels))
    with connect_to_read(store_url).connect() as connection:
        return [f"{title}\n{text}" for title, text in connection.execute(query)]


def fit_texts(texts: Sequence[TopicText], topics: int, cores: int, memory_mb: int) -> list[TopicModel]:
    """The models of a Spark session of their own. Raises TooFewTexts."""
    with tempfile.TemporaryDirectory() as folder:
        spark = make_session(cores, memory_mb, Path(folder))
        try:
            return fit(spark, texts, topics)
        finally:
            spark.stop()


def files(models: Sequence[TopicModel], report: dict[str, Any]) -> dict[str, str]:
    """The text of every file of a report."""
    lda = next(model for model in models if model.name == "lda")
    data = ldavis.prepared(lda.word_share, lda.weights, lda.lengths, lda.words)
    return {
        DATA: orjson.dumps(report, option=orjson.OPT_INDENT_2).decode(),
        PAGE: topic_page.page(report),
        INTERACTIVE: ldavis.page(data, "Pulse — sujets (LDA)"),
    }


def main(argv: Sequence[str]) -> int:
    """`pulse topics`; returns the exit code."""
    options = _arguments(argv)
    try:
        settings = load(options.config)
        place = workspace(settings, options.source, options.store)
        notices = read_notices(place.store_url, options.channel.split(","))
        texts = topic_texts(notices)
        models = fit_texts(texts, options.topics, settings.spark.cores, settings.spark.driver_memory_mb)
        report = topic_report(models, texts, len(notices), datetime.now(UTC))
        folder = options.out or topics_folder(place.store_url, place.folder)
        write_files(folder, files(models, report))
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except (StoreError, TooFewTexts, OSError) as error:
        return complain(error, FAILED)
    print(orjson.dumps(report).decode() if options.json else _summary(report, folder))
    return 0


def _summary(report: dict[str, Any], folder: Path) -> str:
    lines = [
        f"{report['notices']} notices, {report['texts']} distinct cleaned texts, {report['with_cause']} name a cause"
    ]
    for method in report["methods"]:
        nmi = "none" if method["nmi"] is None else f"{method['nmi']:.3f}"
        coherence = "none" if method["coherence"] is None else f"{method['coherence']:.3f}"
        lines.append(f"\n{method['method']}: NMI with the causes {nmi}, coherence (NPMI) {coherence}")
        lines += [f"  {t['number']:3} {t['share']:6.1%} {t['texts']:5} texts  {t['name']}" for t in method["topics"]]
    better = report["methods"][0]["method"]
    return "\n".join(
        [*lines, f"\nbetter method: {better}", f"written to {folder}; ./pulse serve shows it under /topics"]
    )


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse topics", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", choices=SOURCES, help="default: live with a key, else simulated")
    add_store_argument(parser)
    parser.add_argument("--topics", type=_several, default=TOPICS, help="how many (default: %(default)s)")
    parser.add_argument("--channel", default=",".join(Channel), help="channels with commas between (default: all)")
    parser.add_argument("--out", type=Path, help="folder to write into (default: topics, beside the store)")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    add_config_argument(parser)
    return parser.parse_args(argv)


def _several(text: str) -> int:
    value = int(text)
    if not 2 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{value} is not from 2 to 100")
    return value


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
