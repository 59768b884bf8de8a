"""Alerts held against what happened: `./pulse bench alerts --data RECORDING`.

Back-test: what is usual comes from the first days of the recording, alerts are judged on the rest. An alert is false
if no BLOQUANTE episode of its line lies within 15 minutes. Then eight simulated weeks with planted trouble.
docs/alerts.md has the bars.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks.base._machine import verdict
from benchmarks.base._placed_entries import Entries
from benchmarks.derived import _incident_truth as truth
from benchmarks.derived._alert_backtest import IN_TIME_US, Episode, episodes_of, false_alerts, first_notices
from benchmarks.derived._long_history import (
    FIRST_DAY,
    RECURRING_AT,
    RECURRING_LINE,
    WEEKS,
    entries,
    planted_found,
    spells,
    to_us,
)
from prim_client.inputs.recorded.recorded import Recorded, RecordingError
from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import PARIS
from prim_client.messages.time_units import MINUTE_US
from spark_app.derived.alerts.baseline import History
from spark_app.derived.alerts.calendar import service_hour
from spark_app.derived.alerts.rule import Alert, Thresholds
from spark_app.derived.alerts.watch import Watch
from spark_app.derived.alerts.words import line_label
from spark_app.store.entry_reader import StoredEntry

FALSE_A_WEEK = 3.0
WEEK_US = 7 * 24 * 60 * MINUTE_US
LEARNT_WEEKS = 4  # of the eight: from then on the recurring trouble is usual


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both reports; 0, 1 if a bar is missed, 2 if the recording cannot be read."""
    options = _options(arguments)
    try:
        held = backtest(options.data, options.baseline_days)
    except (RecordingError, truth.DataError) as error:
        print(f"pulse: {error}", file=sys.stderr)
        return 2
    return 0 if all([*held, *long_history(options.seed)]) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench alerts", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a recording: folder, .tar.zst or .json.gz")
    parser.add_argument("--baseline-days", type=int, default=8, help="days before the report begins")
    parser.add_argument("--seed", type=int, default=1, help="of the simulated weeks")
    return parser.parse_args(arguments)


def backtest(path: Path, baseline_days: int) -> list[bool]:
    """Alerts of a recording against its episodes; whether each bar is held."""
    read = list(Entries("recorded").of_polls(Recorded(path).polls()))
    episodes = episodes_of(read, truth.resolved(truth.decide(first_notices(read)), "episode"))
    alerts = list(_alerts(read))
    first = service_hour(from_epoch_us(read[0].event_time_us)).day + timedelta(days=1)  # the first whole day
    from_us = to_us(first + timedelta(days=baseline_days))
    held = []
    for name, since_us in (
        (f"all {len(episodes)} episodes", read[0].event_time_us),
        (f"from {_moment(from_us)} on", from_us),
    ):
        print(f"\n{name}, to {_moment(read[-1].event_time_us)}")
        held += _judge(
            [a for a in alerts if a.raised_us >= since_us],
            [e for e in episodes if e.begin_us >= since_us],
            alerts,
            episodes,
            (read[-1].event_time_us - since_us) / WEEK_US,
        )
    return held


def _alerts(read: Sequence[StoredEntry]) -> list[Alert]:
    return list(Watch(Thresholds(), History()).take(read).alerts.values())


def _judge(
    raised: Sequence[Alert],
    begun: Sequence[Episode],
    alerts: Sequence[Alert],
    episodes: Sequence[Episode],
    weeks: float,
) -> list[bool]:
    wrong = false_alerts(raised, episodes)
    # One that grows is known to be large from the notice on that makes it so.
    large = [
        (episode, large_us) for episode in begun if episode.is_large and (large_us := episode.large_us) is not None
    ]
    delays = [episode.alerted_after_us(alerts, large_us) for episode, large_us in large]
    in_time = [delay for delay in delays if delay is not None and delay <= IN_TIME_US]
    print(
        f"{len(raised)} alerts ({len(raised) / weeks:.1f} a week) in {weeks:.2f} weeks, {len(begun)} blocking episodes"
    )
    for (episode, large_us), delay in zip(large, delays, strict=True):
        after = "never" if delay is None else f"{delay / MINUTE_US:.1f} min"
        grew_us = large_us - episode.published_us
        after += f"; it grew, {grew_us / MINUTE_US:.0f} min after its first notice" if grew_us > MINUTE_US else ""
        print(
            f"  {_moment(episode.begin_us)}  {line_label(episode.line):14} {len(episode.stations):3} stations, "
            f"alerted after {after}"
        )
    bars = [
        (f"false alerts a week <= {FALSE_A_WEEK:g}: {len(wrong) / weeks:.1f}", len(wrong) / weeks <= FALSE_A_WEEK),
        (
            f"large episodes of rush hours alerted within 10 min of publication: {len(in_time)} of {len(large)}",
            len(in_time) == len(large),
        ),
    ]
    for name, held in bars:
        print(verdict(name, held))
    return [held for _, held in bars]


def long_history(seed: int) -> list[bool]:
    """Eight simulated weeks: what was planted is found, what comes back every day becomes usual."""
    began = time.process_time()
    made, planted = spells(seed)
    read = list(entries(made))
    made_s, began = time.process_time() - began, time.process_time()
    alerts = _alerts(read)
    watched_s = time.process_time() - began
    raised = [(a.line, a.raised_us, a.cleared_us) for a in alerts]
    found = sum(planted_found(each, raised) for each in planted)
    wrong = false_alerts(alerts, episodes_of(read, {}))
    learnt_us = to_us(FIRST_DAY + timedelta(weeks=LEARNT_WEEKS))
    again = [a.raised_us >= learnt_us for a in alerts if _is_recurring(a)]
    print(
        f"\n{WEEKS} simulated weeks, seed {seed}: {len(read)} entries made in {made_s:.1f} s, watched in "
        f"{watched_s:.1f} s"
    )
    print(
        f"{len(alerts)} alerts, {len(alerts) / WEEKS:.1f} a week; open for {_median_minutes(alerts):.0f} min "
        "in the median"
    )
    learning, learnt = len(again) - sum(again), sum(again)
    print(
        f"what comes back every working day: {learning} alerts in the first {LEARNT_WEEKS} weeks, {learnt} in the rest"
    )
    bars = [
        (f"planted trouble alerted within 10 min: {found} of {len(planted)}", found == len(planted)),
        (f"false alerts a week <= {FALSE_A_WEEK:g}: {len(wrong) / WEEKS:.1f}", len(wrong) / WEEKS <= FALSE_A_WEEK),
    ]
    for name, held in bars:
        print(verdict(name, held))
    return [held for _, held in bars]


def _is_recurring(alert: Alert) -> bool:
    """Raised by what comes back, and not by what came on top of it."""
    began = from_epoch_us(alert.raised_us + 1).astimezone(PARIS)  # polls lie 1 us before their second
    minutes = 60 * (began.hour - RECURRING_AT.hour) + began.minute - RECURRING_AT.minute
    return alert.line == RECURRING_LINE and 0 <= minutes <= 10


def _median_minutes(alerts: Sequence[Alert]) -> float:
    return median([(a.cleared_us - a.raised_us) / MINUTE_US for a in alerts if a.cleared_us] or [0])


def _moment(at_us: int) -> str:
    return f"{from_epoch_us(at_us).astimezone(PARIS):%Y-%m-%d %H:%M}"


if __name__ == "__main__":
    sys.exit(main())
