"""Topics: what the published texts are about, as `./pulse topics` found it last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dashboard.pages.topics.read import read_report
from dashboard.tables.dataset import Asked, Dataset, Found, Listed, Offer, Parameter, Row, columns
from dashboard.window.selection import format_utc
from prim_client.messages.message import to_epoch_us

COLUMNS = columns("""
    method  text     how it was found: lda or kmeans
    number  integer  of the topic in its method, from 1
    name    text     its cause if most of its texts have one, and its first words
    share   number   of the texts, 0 to 1
    texts   integer  distinct texts that are mainly about it
    words   texts    those that tell it best from the others, best first
    causes  texts    that its texts name most, and how many name them, as fire:12
""")
METHOD = Parameter("method", "how the topics were found", ("lda", "kmeans"))


def topics(asked: Asked) -> Found:
    """One row a topic of the method; none before the command has run."""
    report = read_report(asked.views.topics_folder)
    if report is None:
        return Found([])
    found = [(method["method"], topic) for method in report["methods"] for topic in method["topics"]]
    made_us = to_epoch_us(datetime.fromisoformat(report["made_at"]).astimezone(UTC))
    rows = [_row(method, topic) for method, topic in found if method == asked.given["method"]]
    return Found(rows, made_us, {"until_utc": format_utc(made_us)})


def _row(method: str, topic: dict[str, Any]) -> Row:
    kept = {name: topic[name] for name in ("number", "name", "share", "texts")}
    causes = [f"{cause}:{count}" for cause, _, count in topic["causes"]]
    return {"method": method} | kept | {"words": list(topic["top"]), "causes": causes}


DATASETS = (
    Dataset(
        "topics",
        Offer("topics", "Sujets", "Topics"),
        "What the published texts are about, as last worked out",
        COLUMNS,
        topics,
        (METHOD,),
        chosen=False,
        lists=(
            Listed(
                "words",
                ("method", "number", "name"),
                "word",
                "tells it from the others",
                "mots",
                "words",
                order="the best first",
            ),
            Listed(
                "causes",
                ("method", "number", "name"),
                "cause",
                "and how many texts name it, as fire:12",
                "causes",
                "causes",
                "cause",
            ),
        ),
    ),
)
