"""One recorded body of all modes, as a replay of its own: three ticks, and counts that a person can check."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import orjson
import pytest
from sqlalchemy import func, select

from prim_client.inputs.recorded.recorded import Recorded
from spark_app.store.tables import WEIGHT_E9, entry, revision, revision_hit, window
from tests.made import bodies
from tests.truth.road import Road, result_of, serving

pytestmark = pytest.mark.spark
TICKS_US = [int(datetime(2025, 2, 4, 13, minute, tzinfo=UTC).timestamp()) * 1_000_000 for minute in (0, 5, 10)]


def travel(spark, folder, path):
    with serving(folder / "log.db", Recorded(path)) as server:
        road = Road(spark, server.port, folder)
        road.go()
        return road.engine, result_of(road.engine, server)


def holds(record, tick: str) -> bool:
    """Whether a period holds at a Paris time of 4 February 2025, whose form sorts like the time."""
    return any(period["begin"] <= f"20250204{tick}" < period["end"] for period in record["applicationPeriods"])


def ticks_of(connection) -> list[int]:
    return list(connection.execute(select(entry.c.event_time_us).where(entry.c.tick).order_by(entry.c.entry)).scalars())


def test_a_single_body_gives_three_ticks(spark, tmp_path):
    path = tmp_path / "2025-02-04T1358.json"
    path.write_bytes(
        bodies.answer(
            [
                bodies.record(f"d-{n}", applicationPeriods=[{"begin": "20250204T060000", "end": "20250204T230000"}])
                for n in range(3)
            ]
        )
    )
    engine, result = travel(spark, tmp_path, path)
    with engine.connect() as connection:
        assert ticks_of(connection) == TICKS_US
    assert result["messages"] | {"filtered": 0} == {
        "announced": 0,
        "opened": 3,
        "updated": 0,
        "ongoing": 9,
        "paused": 0,
        "closed": 0,
        "filtered": 0,
    }


@pytest.mark.recording
def test_the_whole_network_of_a_day_in_february(spark, shared_data, tmp_path):
    path = shared_data / "prim" / "bulk-all-modes-2025-02-04T1358.json.gz"
    engine, result = travel(spark, tmp_path, path)
    published = orjson.loads(gzip.decompress(path.read_bytes()))["disruptions"]
    active = [sum(holds(record, tick) for record in published) for tick in ("T140000", "T140500", "T141000")]
    messages = result["messages"]
    assert result["ticks"] == {"expected": 3, "observed": 3}
    assert (messages["announced"], messages["paused"], messages["opened"]) == (312, 48, len(published) - 312 - 48)
    assert messages["ongoing"] == sum(active)
    assert messages["opened"] - messages["closed"] == active[-1]
    assert result["dead_letters"] == messages["updated"] == 0
    with engine.connect() as connection:
        assert ticks_of(connection) == TICKS_US
        assert connection.execute(select(func.count()).select_from(revision)).scalar() == len(published) == 836
        whole = select(func.sum(revision_hit.c.weight_e9)).group_by(revision_hit.c.rev).distinct()
        assert connection.execute(whole).scalars().all() == [WEIGHT_E9]
        end = connection.execute(select(func.max(window.c.end_us))).scalar()
        shown = select(func.sum(window.c.disruptions_e9)).where(
            window.c.line == "*", window.c.end_us == end - 1_500_000_000
        )
        assert connection.execute(shown).scalar() == messages["ongoing"] * WEIGHT_E9


@pytest.mark.recording
def test_the_excerpt_of_2026_has_no_lines_and_is_not_believed_until_it_has(spark, shared_data, tmp_path):
    path = shared_data / "prim" / "bulk-excerpt-2026-10-05.json"
    _, result = travel(spark, tmp_path / "as it is", path)
    assert result["polls"] == {"received": 4, "changed": 0, "unchanged": 0, "rejected": 4}
    assert result["ticks"] == {"expected": 3, "observed": 0} and sum(result["messages"].values()) == 0
    answer = orjson.loads(path.read_bytes())
    ids = [record["id"] for record in answer["disruptions"]]
    whole = tmp_path / path.name
    whole.write_bytes(orjson.dumps(answer | {"lines": [bodies.rer_a(*ids)]}))
    engine, result = travel(spark, tmp_path / "with lines", whole)
    messages = result["messages"]
    assert result["ticks"] == {"expected": 3, "observed": 3} and result["dead_letters"] == 0
    assert messages["announced"] + messages["paused"] + messages["opened"] == len(ids) == 16
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(revision)).scalar() == 16
