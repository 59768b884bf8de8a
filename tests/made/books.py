"""The counters, facts and last words of a made store: what balances on the screen."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from prim_client.messages.message import to_epoch_us
from tests.made.network import Plan

Entry = tuple[int, datetime, bool, bool]  # number, event time, tick, observed
JUST_NOW_US = 4_102_444_800_000_000  # stored so late that no derived fold is late, whenever the tests run
META = {"schema": "1", "generation": "1", "config_sha256": "0" * 64}


def describe(plan: Plan, entries: list[Entry], kinds: Counter[str], book: dict[str, int]) -> dict[str, list[dict]]:
    """Rows of meta, ledger, book and status for a store with these entries, message kinds and counters."""
    numbered = hashlib.sha256(" ".join(d.id for d in plan.disruptions).encode()).hexdigest()
    meta = META | {"source": plan.source, "build": numbered} | plan.extra_meta
    batch = {"query_id": "fixture", "batch_id": 0, "from_entry": 0}
    ticks = [observed for _, _, tick, observed in entries if tick]
    counted = book | {
        "stored": kinds.total(),
        "dead_lettered": 0,
        "ticks_observed": sum(ticks),
        "ticks_unobserved": len(ticks) - sum(ticks),
        **{f"kind:{kind}": count for kind, count in kinds.items()},
    }
    seen = max((at for _, at, _, observed in entries if observed), default=plan.last_tick)
    said = _log(plan, plan.last_poll or seen, len(entries), ticks, kinds)
    return {
        "meta": _named(meta),
        "book": _named(counted),
        "ledger": [batch | {"to_entry": len(entries), "written_at_us": JUST_NOW_US}],
        "status": [
            {"part": part, "at_us": to_epoch_us(plan.last_poll or seen), "value": json.dumps(value)}
            for part, value in (("log", said), ("spark", {"generation": 1}))
        ],
    }


def _named(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _log(plan: Plan, last_poll: datetime, entries: int, ticks: list[bool], kinds: Counter[str]) -> dict[str, Any]:
    """The last word of the log's server."""
    made, polls = kinds.total(), {"received": 4 * len(ticks), "rejected": 3, "changed": entries - len(ticks)}
    polls["unchanged"] = polls["received"] - polls["changed"] - polls["rejected"]
    moment = last_poll.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "polls": polls,
        "rejected": {"failed": 1, "empty": 2, "other": 0},
        "schedule": None,
        "messages": {"made": made, "logged": made, "filtered": 0, "by_kind": dict(kinds)},
        "ticks": {"expected": len(ticks), "observed": sum(ticks), "unobserved": len(ticks) - sum(ticks)},
        "last_poll_at": moment,
        "last_good_poll_at": moment,
        "last_poll_error": "",
        "source": plan.source,
        "first": 0,
        "last": entries,
        "input_done": plan.source == "recorded",
        "log_bytes": 1_234_567,
    }
