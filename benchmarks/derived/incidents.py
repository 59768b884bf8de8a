"""`./pulse bench incidents`: do the incidents agree with what is known of them?

    python -m benchmarks.derived.incidents [--data PATH]

PATH is a history of Navitia's answers (.csv with impact_id and disruption_id), a recording (folder, .tar, .tar.zst),
or a folder that holds some of both. A history gives pairwise precision, recall and F1 of published incidents against
IDFM's disruption_id, with 95 % bootstrap intervals over days, and B-cubed beside. A recording gives the share of
same-text groups within three minutes that are one incident, the agreement of episodes with the pairs judged by hand
that it holds, and the closing ids that count as active. Ends with 1 if a bar of docs/incidents.md is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.derived import _incident_truth as truth
from benchmarks.derived._incident_books import Played, fold, play
from benchmarks.derived._incident_truth import Agreement, DataError
from prim_client.inputs.recorded.recorded import RecordingError
from spark_app.derived.incidents.notice import BadNotice, Notice
from spark_app.derived.incidents.phase import ACTIVE, RESUMING
from spark_app.derived.incidents.reading import read

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BARS = {
    "f1": 0.85,
    "precision": 0.80,
    "recall": 0.80,
    "twins": 0.99,
    "episode precision": 0.95,
    "episode recall": 0.90,
}
PAIRS_FOR_A_BAR = 20  # fewer decide nothing


class Report:
    """Prints figures with their intervals and remembers which bars were missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def figure(
        self, name: str, value: float, span: tuple[float, float] | None = None, note: str = "", bar: str = ""
    ) -> None:
        within = f"  [{span[0]:.3f}, {span[1]:.3f}]" if span else ""
        print(f"  {name:40} {value:7.4f}{within}  {note}".rstrip())
        if bar and not value >= BARS[bar]:
            self.missed.append(f"{name}: {value:.4f}, bar {BARS[bar]}")


def bench_history(report: Report, path: Path) -> None:
    """Published incidents against IDFM's disruption_id."""
    notices, known = truth.read_history(path)
    ours = truth.resolved(truth.decide(notices), "incident")
    days = truth.by_day(ours, known, {notice.id: _day(notice) for notice in notices})
    total = sum(days, Agreement(0, 0, 0))
    print(
        f"\n{path.name}: {len(ours)} disruptions, {len(set(known.values()))} incidents by disruption_id, ours "
        f"{len(set(ours.values()))}"
    )
    enough = total.truth >= PAIRS_FOR_A_BAR
    for name in ("precision", "recall", "f1"):
        note = f"{total.both} of {total.ours} pairs of ours, {total.truth} of the truth" if name == "f1" else ""
        report.figure(
            f"pairwise {name}", getattr(total, name), truth.interval(days, name), note, name if enough else ""
        )
    for name, value in zip(("precision", "recall", "f1"), truth.b_cubed(ours, known), strict=True):
        report.figure(f"B-cubed {name}", value)


def _day(notice: Notice) -> str:
    return datetime.fromtimestamp(notice.observed_us / 1e6, UTC).date().isoformat()


def bench_recording(report: Report, path: Path) -> None:
    """Twins, episodes and closing ids of a recording."""
    played = play(path)
    notices = played.first_seen
    decided = truth.decide(notices)
    incidents, episodes = truth.resolved(decided, "incident"), truth.resolved(decided, "episode")
    count = len(set(incidents.values()))
    print(
        f"\n{path.name}: {len(notices)} disruptions, {count} published incidents, "
        f"{len(set(episodes.values()))} episodes"
    )
    groups = truth.twins(notices)
    one = sum(len({incidents[id_] for id_ in group}) == 1 for group in groups)
    if groups:
        note = f"{one} of {len(groups)}"
        report.figure(
            "twins that are one incident",
            one / len(groups),
            truth.share_interval(one, len(groups)),
            note,
            "twins",
        )
    _bench_pairs(report, "episode", truth.judged_pairs(episodes), episodes)
    _bench_pairs(report, "episode, hard pairs,", truth.judged_pairs(episodes, truth.HARD_PAIRS), episodes)
    closing = [notice for notice in notices if read(notice).closing]
    active = sum(decided[notice.id].phase in (ACTIVE, RESUMING) for notice in closing)
    print(f"  closing ids that count as active: {active} of {len(closing)}")
    if active:
        report.missed.append(f"closing ids that count as active: {active}, bar 0")
    _bench_books(report, played)


def _bench_pairs(report: Report, name: str, pairs: Sequence[tuple[str, str, bool]], episodes: dict[str, str]) -> None:
    """Agreement of episodes with pairs judged by hand; a bar of `name` holds where there are enough."""
    together = [(episodes[one] == episodes[other], same) for one, other, same in pairs]
    both, ours, known = (
        sum(a and b for a, b in together),
        sum(a for a, _ in together),
        sum(b for _, b in together),
    )
    for figure, count in (("precision", ours), ("recall", known)) if pairs else ():
        bar = f"{name} {figure}" if known >= PAIRS_FOR_A_BAR and f"{name} {figure}" in BARS else ""
        share = both / count if count else float("nan")
        note = f"{both} of {count}, {len(pairs)} pairs judged by hand"
        report.figure(f"{name} {figure}", share, truth.share_interval(both, count), note, bar)


def _bench_books(report: Report, played: Played) -> None:
    """Polls, messages, disruptions and incidents through differ and fold."""
    folded = fold(played)
    ids = {message.id for entry in played.entries for message in entry.messages}
    logged = sum(len(entry.messages) for entry in played.entries)
    print(
        f"  in the store: {folded.incidents} published incidents, {folded.episodes} episodes, {folded.active} "
        "active at the end"
    )
    p10, median, p90 = np.percentile(folded.errors_min or [0.0], [10, 50, 90])
    print(
        f"  first announced end less effective end, {len(folded.errors_min)} incidents: p10 {p10:+.0f}, median "
        f"{median:+.0f}, p90 {p90:+.0f} min"
    )
    print(f"  only the end was published: {folded.only_ended} incidents")
    for name, left, right in (
        ("messages made = logged", played.made, logged),
        ("messages logged = messages of incidents", logged, folded.messages),
        ("disruptions logged = with an incident", len(ids), folded.named),
        ("disruptions with an incident = counted by incidents", folded.named, folded.disruptions),
        ("messages by rejected polls = none", played.steps_by_rejected, 0),
    ):
        print(f"  {name}: {left} {'=' if left == right else '≠'} {right}")
        if left != right:
            report.missed.append(f"{name}: {left} is not {right}")
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(played.verdicts.items()))
    id_, most = max(played.returns.items(), key=lambda each: each[1], default=("", 0))
    print(f"  polls: {played.verdicts.total()} = {verdicts}")
    if id_:
        print(f"  {len(played.returns)} ids came back, one of them {most} times: each in one incident")


def find_data(path: Path) -> tuple[list[Path], list[Path]]:
    """Histories and recordings at `path`. Raises DataError if there is neither."""
    if path.is_file():
        return ([path], []) if path.suffix == ".csv" else ([], [path])
    if not path.is_dir():
        raise DataError(f"{path} does not exist")
    histories = sorted(found for found in path.rglob("*.csv") if "disruption_id" in _first_line(found))
    recordings = sorted(found for found in path.rglob("*.tar*") if found.is_file())
    if not recordings and not histories and any(path.glob("*.json*")):
        recordings = [path]
    if not histories and not recordings:
        raise DataError(f"{path} holds neither a history (.csv with disruption_id) nor a recording")
    return histories, recordings


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as stream:
        return stream.readline(10_000)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="pulse bench incidents", description="Incidents against what is known of them."
    )
    parser.add_argument("--data", type=Path, default=DATA, help="history, recording, or folder of both")
    options = parser.parse_args(arguments)
    report = Report()
    try:
        histories, recordings = find_data(options.data)
        for path in histories:
            bench_history(report, path)
        for path in recordings:
            bench_recording(report, path)
    except (DataError, BadNotice, RecordingError, OSError) as error:
        print(f"pulse bench incidents: {error}", file=sys.stderr)
        return 1
    print("\nEvery bar is met." if not report.missed else "")
    for line in report.missed:
        print(f"MISSED  {line}")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
