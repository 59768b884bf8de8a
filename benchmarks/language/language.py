"""`./pulse bench language`: does the polarity of French transport notices mean anything?

    python -m benchmarks.language.language [--data ../shared/data] [--reviews FILE] [--no-others]

Against hand labels, the operators' own marks, PRIM's severity (never an input of the score) and, with
--reviews, everyday French; beside TextBlob English, textblob-fr and, where installed, vaderSentiment-fr.
Ends with 1 if a bar of docs/language.md is missed. `nothing` = share of texts without evidence; they count
as 0, and in the marks as wrong. Dev and held-out are halves by text hash: errors were looked up in dev only.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.base._statistics import NEUTRAL, auc, filled, interval, macro_f1, spearman
from benchmarks.language._language_data import (
    DataError,
    Labelled,
    Notice,
    cause_agreement,
    read_folder,
    read_recordings,
    read_reviews,
)
from benchmarks.language._planted_trends import read_sightings, run
from prim_client.messages.message import Channel
from spark_app.derived.tags.trends import chained
from spark_app.language.sentiment.analyzers import Analyzer, make_analyzer
from spark_app.language.tags import causes_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
RESUMPTION = re.compile(r"repr(?:ise|end|is)", re.IGNORECASE)  # mildly good to us, a warning to operators
SPEED_TEXTS = 20_000
TRIALS = 200
BARS = {
    "rho": 0.93,
    "macro-F1": 0.85,
    "marks": 0.97,
    "AUC rail": 0.86,
    "AUC ratp": 0.89,
    "cause precision": 0.97,
    "cause recall": 0.90,
    "planted station": 0.95,
    "positive": 0.02,
    "reviews below": 0.02,
    "texts/s": 12_000,
}
Score = Callable[[str], float | None]


class Report:
    """Prints figures and remembers which bars were missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def figure(
        self, who: str, name: str, value: float, span: tuple[float, float] | None = None, note: str = ""
    ) -> None:
        within = f"  [{span[0]:.3f}, {span[1]:.3f}]" if span else ""
        print(f"  {who:14} {name:34} {value:10.4f}{within}  {note}")

    def bar(self, name: str, value: float, bar: float, at_least: bool = True) -> None:
        if not (value >= bar if at_least else value <= bar):
            self.missed.append(f"{name}: {value:.4f}, bar {bar}")


def scorers(others: bool) -> dict[str, Score]:
    """Our analyzer first; the others only for comparison."""
    found: dict[str, Score] = {"transport": make_analyzer("transport").polarity}
    if others:
        from textblob import TextBlob

        found["textblob-fr"] = make_analyzer("textblob-fr").polarity
        found["textblob-en"] = lambda text: TextBlob(text).sentiment.polarity
        found |= _vader()
    return found


def _vader() -> dict[str, Score]:
    try:
        from vaderSentiment_fr.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        print("vaderSentiment-fr is not installed: left out (pip install vaderSentiment-fr to compare)")
        return {}
    vader = SentimentIntensityAnalyzer()
    return {"vader-fr": lambda text: vader.polarity_scores(text)["compound"]}


def bench_labels(report: Report, rows: list[Labelled], scores: dict[str, Score]) -> None:
    print(f"\nHand labels, -2 to 2 ({len(rows)} texts)")
    groups: dict[str, list[Labelled]] = {"all": rows}
    groups["dev"] = [row for row in rows if not row.held_out]
    groups["held-out"] = [row for row in rows if row.held_out]
    groups |= {
        f"from {source}": [row for row in rows if row.source == source] for source in sorted({r.source for r in rows})
    }
    for who, score in scores.items():
        for name, group in groups.items() if who == "transport" else [("all", rows)]:
            labels, values = (
                np.array([int(row.label) for row in group]),
                filled([score(row.text) for row in group]),
            )
            rho, f1 = spearman(values, labels), macro_f1(values, labels)
            report.figure(who, f"Spearman rho, {name}", rho, interval(spearman, values, labels), f"n {len(group)}")
            report.figure(who, f"macro-F1, {name}", f1, interval(macro_f1, values, labels))
            if who == "transport" and name in ("all", "held-out"):
                report.bar(f"rho, {name}", rho, BARS["rho"])
                report.bar(f"macro-F1, {name}", f1, BARS["macro-F1"])


def bench_marks(report: Report, rows: list[Labelled], scores: dict[str, Score]) -> None:
    rows = [row for row in rows if not RESUMPTION.search(row.text)]
    print(f"\nOperators' own marks, without resumptions ({len(rows)} posts): agreement in sign")
    groups = {
        "all": rows,
        "dev": [r for r in rows if not r.held_out],
        "held-out": [r for r in rows if r.held_out],
    }
    for who, score in scores.items():
        for name, group in groups.items() if who == "transport" else [("all", rows)]:
            values = [score(row.text) for row in group]
            agree = np.array([_agrees(value, row.label) for value, row in zip(values, group, strict=True)])
            said = np.array([value is not None for value in values])
            span = interval(lambda a, _: float(np.mean(a)), agree, agree)
            report.figure(who, f"agreement, {name}", float(agree.mean()), span, f"nothing {1 - said.mean():.3f}")
            if who == "transport":
                report.figure(who, f"agreement where it speaks, {name}", float(agree[said].mean()))
            if who == "transport" and name == "all":
                report.bar("marks", float(agree.mean()), BARS["marks"])


def _agrees(polarity: float | None, mark: str) -> bool:
    return polarity is not None and polarity != 0 and (polarity > 0) == (mark == "ok")


def bench_recordings(report: Report, recordings: list[tuple[str, list[Notice]]], scores: dict[str, Score]) -> None:
    for recording, notices in recordings:
        print(f"\n{recording}: {len(notices)} distinct texts. AUC of BLOQUANTE, share called positive")
        for who, score in scores.items():
            for operator in ("rail", "ratp", "sncf", "bus"):
                _bench_operator(
                    report, who, operator, recording, [n for n in notices if operator in n.operators], score
                )


def _bench_operator(
    report: Report, who: str, operator: str, recording: str, notices: list[Notice], score: Score
) -> None:
    incidents = [notice for notice in notices if notice.channel != Channel.INFORMATION]
    if not incidents:
        return
    said = [score(notice.text) for notice in incidents]
    values, blocking = filled(said), np.array([notice.blocking for notice in incidents])
    value, positive = auc(-values, blocking), float(np.mean(values > NEUTRAL))
    nothing = float(np.mean([polarity is None for polarity in said]))
    if blocking.any() and not blocking.all():
        span = interval(lambda s, b: auc(-s, b.astype(bool)), values, blocking)
        note = f"n {len(incidents)}, blocking {blocking.sum()}"
        report.figure(who, f"AUC(BLOQUANTE), {operator}", value, span, note)
    report.figure(who, f"positive, {operator}", positive, note=f"nothing {nothing:.3f}")
    if who == "transport":
        report.bar(f"positive, {operator}, {recording}", positive, BARS["positive"], at_least=False)
        if recording.startswith("rail") and operator in ("rail", "ratp"):
            report.bar(f"AUC {operator}, {recording}", value, BARS[f"AUC {operator}"])


def bench_causes(report: Report, notices: Sequence[str]) -> None:
    precision, recall, count = cause_agreement(notices, causes_of)
    print(f"\nCauses, against {count} recorded notices tagged by hand")
    if count:
        report.figure("tags", "precision", precision)
        report.figure("tags", "recall", recall)
        report.bar("cause precision", precision, BARS["cause precision"])
        report.bar("cause recall", recall, BARS["cause recall"])


def bench_trends(report: Report, recording: Path) -> None:
    sightings = read_sightings(recording)
    print(f"\n{recording.name}: a planted station in the trend's top ten, {TRIALS} trials")
    for who, seen in (("episodes", chained(sightings)), ("ids", sightings)):
        shares = run(seen, TRIALS)
        report.figure(who, "most unusual", shares.leads)
        report.figure(who, "most unusual, or named beside one", shares.named)
        report.figure(who, "most frequent", shares.frequent)
        if who == "episodes":
            report.bar("planted station", shares.leads, BARS["planted station"])


def bench_reviews(report: Report, reviews: list[tuple[str, bool]], scores: dict[str, Score]) -> None:
    print(f"\nEveryday French ({len(reviews)} reviews): AUC of liked")
    liked, values = np.array([label for _, label in reviews]), {}
    for who, score in scores.items():
        polarities = filled([score(text) for text, _ in reviews])
        values[who] = auc(polarities, liked)
        report.figure(who, "AUC(liked)", values[who], interval(lambda s, b: auc(s, b.astype(bool)), polarities, liked))
    if "textblob-fr" in values:
        below = values["textblob-fr"] - values["transport"]
        report.bar("reviews below textblob-fr", below, BARS["reviews below"], at_least=False)


def bench_speed(report: Report, notices: Sequence[str], analyzer: Analyzer) -> None:
    """Distinct texts of recorded length per second of one core (CPU time, so that neighbours do not count)."""
    texts = [f"{text} {n}" for n in range(SPEED_TEXTS // max(1, len(notices)) + 1) for text in notices][:SPEED_TEXTS]
    rates = []
    for _ in range(3):
        began = time.process_time()
        for text in texts:
            analyzer.polarity(text)
        rates.append(len(texts) / (time.process_time() - began))
    print(f"\nSpeed, one core: {len(texts)} distinct texts of {np.mean([len(t) for t in texts]):.0f} characters")
    report.figure("transport", "texts/s, median of 3", float(np.median(rates)), (min(rates), max(rates)))
    report.bar("texts/s", float(np.median(rates)), BARS["texts/s"])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="pulse bench language", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder with labelled files and prim/ (default: %(default)s)"
    )
    parser.add_argument("--reviews", type=Path, help="CSV file text,label of everyday French")
    parser.add_argument("--no-others", action="store_true", help="leave out the other analyzers")
    options = parser.parse_args(arguments)
    report, scores = Report(), scorers(not options.no_others)
    print(f"analyzer {make_analyzer('transport').version}")
    try:
        _run(report, options, scores)
    except (DataError, OSError) as error:
        print(f"pulse bench language: {error}", file=sys.stderr)
        return 1
    for line in report.missed:
        print(f"MISSED  {line}")
    print("all bars held" if not report.missed else f"{len(report.missed)} bars missed")
    return 1 if report.missed else 0


def _run(report: Report, options: argparse.Namespace, scores: dict[str, Score]) -> None:
    labels = read_folder(options.data, "sentiment-labelled*.csv", "label", "source")
    marks = read_folder(options.data, "operator-marks*.csv", "mark", "account")
    recordings = read_recordings(options.data)
    if not (labels or marks or recordings or options.reviews):
        raise DataError(f"{options.data} holds neither sentiment-labelled*.csv nor operator-marks*.csv nor prim/")
    if labels:
        bench_labels(report, labels, scores)
    if marks:
        bench_marks(report, marks, scores)
    bench_recordings(report, recordings, scores)
    bench_causes(report, [notice.text for _, notices in recordings for notice in notices])
    for recording in sorted((options.data / "prim").glob("rail-*.tar.zst")):
        bench_trends(report, recording)
    if options.reviews:
        bench_reviews(report, read_reviews(options.reviews), scores)
    texts = [notice.text for _, notices in recordings for notice in notices] or [row.text for row in labels]
    if texts:
        bench_speed(report, texts, make_analyzer("transport"))


if __name__ == "__main__":
    sys.exit(main())
