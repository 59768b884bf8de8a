"""The simulated world: one history for each seed, true to the network and to the form of PRIM's answers."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from geo.network.lines import Lines, strip_id
from geo.network.stations import Stations
from prim_client.messages.paris_time import parse_begin, parse_end, parse_utc
from prim_client.messages.parse import Parser
from prim_client.messages.polls import RawPoll, Snapshot
from prim_client.simulated.world.world import World

TUESDAY = datetime(2026, 10, 6, 15, 0, tzinfo=UTC)  # 17:00 in Paris
FIELDS = {
    "id",
    "applicationPeriods",
    "lastUpdate",
    "cause",
    "severity",
    "title",
    "message",
    "tags",
    "shortMessage",
    "impactedSections",
}
DIGEST = (
    "import hashlib; from datetime import datetime, UTC; from prim_client.simulated.world.world import World\n"
    "print(hashlib.sha256(World(7).body_at(datetime(2026, 10, 6, 15, 0, tzinfo=UTC))).hexdigest())"
)


@pytest.fixture(scope="module")
def world():
    return World(7)


@pytest.fixture(scope="module")
def answer(world):
    return orjson.loads(world.body_at(TUESDAY))


def links(answer) -> dict[str, list[tuple[dict, dict]]]:
    """(line, object) pairs by disruption id."""
    found: dict[str, list] = {}
    for line in answer["lines"]:
        for target in line["impactedObjects"]:
            for id_ in target["disruptionIds"]:
                found.setdefault(id_, []).append((line, target))
    return found


# One history --------------------------------------------------------------------------------------


@pytest.mark.parametrize("hash_seed", ["0", "123"])
def test_another_process_sees_the_same_bytes(world, hash_seed):
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ".", "TZ": "Asia/Tokyo"}
    ran = subprocess.run(
        [sys.executable, "-c", DIGEST], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert ran.stdout.strip() == hashlib.sha256(world.body_at(TUESDAY)).hexdigest(), ran.stderr


def test_the_order_of_asking_changes_nothing():
    moments = [TUESDAY + timedelta(minutes=37 * n) for n in range(40)]
    forwards, backwards = World(3, rail_only=True), World(3, rail_only=True)
    expected = [forwards.answer_at(moment) for moment in moments]
    assert [backwards.answer_at(moment) for moment in reversed(moments)] == expected[::-1]


def test_another_seed_is_another_history(world):
    ids = {p.id for p in world.published_at(TUESDAY)} & {p.id for p in World(8).published_at(TUESDAY)}
    assert not ids


def test_the_rail_world_is_part_of_the_whole(world):
    rail = {p.id for p in World(7, rail_only=True).published_at(TUESDAY)}
    assert rail and rail <= {p.id for p in world.published_at(TUESDAY)}


# The form -----------------------------------------------------------------------------------------


def test_records_have_todays_fields(answer):
    seen = Counter(field for record in answer["disruptions"] for field in record)
    assert set(seen) == FIELDS
    count = len(answer["disruptions"])
    assert all(seen[field] == count for field in ("id", "applicationPeriods", "lastUpdate", "title", "message"))
    assert all(0.1 * count < seen[field] < 0.9 * count for field in ("tags", "shortMessage", "impactedSections"))
    assert {record["cause"] for record in answer["disruptions"]} == {"PERTURBATION", "TRAVAUX", "INFORMATION"}
    assert {record["severity"] for record in answer["disruptions"]} == {
        "BLOQUANTE",
        "PERTURBEE",
        "INFORMATION",
    }


def test_ids_are_unique_and_every_link_leads_to_one(answer):
    ids = [record["id"] for record in answer["disruptions"]]
    assert len(set(ids)) == len(ids)
    assert links(answer).keys() <= set(ids)
    orphans = len(ids) - len(links(answer))
    assert orphans < 0.02 * len(ids)


def test_the_three_id_spaces_are_used(answer):
    targets = {re.sub(r"\d+", "N", target["id"]) for line in answer["lines"] for target in line["impactedObjects"]}
    sections = {
        re.sub(r"\d+", "N", section[end]["id"])
        for record in answer["disruptions"]
        for section in record.get("impactedSections", ())
        for end in ("from", "to")
    }
    assert targets == {"line:IDFM:CN", "stop_point:IDFM:N", "stop_point:IDFM:monomodalStopPlace:N"}
    assert sections == {"stop_area:IDFM:N"}


def test_lines_without_disruptions_are_listed_too(answer):
    quiet = [line for line in answer["lines"] if not line["impactedObjects"]]
    assert len(quiet) >= 50 and {line["mode"] for line in quiet} >= {"Bus"}


def test_periods_are_in_order_and_can_be_read(answer):
    for record in answer["disruptions"]:
        begins = [parse_begin(period["begin"]) for period in record["applicationPeriods"]]
        ends = [parse_end(period["end"]) for period in record["applicationPeriods"]]
        assert begins == sorted(begins) and all(b < e for b, e in zip(begins, ends, strict=True)), record


def test_the_header_is_the_build_that_is_served(world):
    late_s = []
    for minute in range(250):
        moment = TUESDAY + timedelta(minutes=minute, seconds=30)
        header = orjson.loads(world.body_at(moment)[-60:].split(b'"lastUpdatedDate":')[1][:-1])
        late_s.append((moment - parse_utc(header)).total_seconds())
    assert all(29 <= late <= 330 for late in late_s)
    assert 0.75 < sum(late <= 30 for late in late_s) / len(late_s) < 0.97  # the rest: a stalled feed


def test_what_html_the_feed_holds(answer):
    messages = [record["message"] for record in answer["disruptions"]]
    for trap in (
        "&#224;",
        "<p><p>",
        "<RER>",
        "<span style=",
        "&nbsp;",
        "⚠",
        "Plus d'informations sur le site ratp.fr",
    ):
        assert any(trap in message for message in messages), trap


# The truth ----------------------------------------------------------------------------------------


def test_the_parser_reads_everything_and_places_nearly_every_stop(world):
    snapshot = Parser().parse(RawPoll(TUESDAY, world.body_at(TUESDAY), "x"))
    assert isinstance(snapshot, Snapshot) and not snapshot.invalid
    placed, lost = Counter(), Counter()
    for disruption in snapshot.disruptions.values():
        for line in disruption.body.lines:
            placed[line.mode] += len(line.stations)
            lost[line.mode] += len(line.unresolved)
    assert not any(lost[mode] for mode in ("rer", "train", "metro", "tram"))
    assert lost["bus"] < 0.08 * placed["bus"]
    assert all(placed[mode] > 20 for mode in ("rer", "train", "metro", "tram", "bus"))


def test_stops_and_ends_of_sections_are_on_their_line(world, answer):
    stations = Stations.load()
    for record in answer["disruptions"]:
        for section in record.get("impactedSections", ()):
            line_id = strip_id(section["lineId"])
            if not stations.of_line(line_id):  # no table says where a bus line stops
                continue
            for end in (section["from"], section["to"]):
                assert stations.of_stop_id(end["id"], line_id), (record["title"], end)


def test_between_x_and_y_names_stations_of_the_line(answer):
    stations, by_id, checked = Stations.load(), links(answer), 0
    for record in answer["disruptions"]:
        found = by_id.get(record["id"], [])
        ends = re.search(r"entre ([^<.]+?) et ([^<.]+?)(?: dans| en raison|\.|<|,)", _plain(record["message"]))
        line_ids = {strip_id(line["id"]) for line, _ in found}
        if not ends or len(line_ids) != 1 or not stations.of_line(line_id := line_ids.pop()):
            continue
        checked += 1
        for name in ends.groups():
            assert stations.of_name_on_line(name.strip(), line_id), (record["title"], name)
    assert checked > 50


def _plain(html: str) -> str:
    return re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), html)


def test_the_lines_are_real(answer):
    lines = Lines.load()
    assert all(lines.get(line["id"]) for line in answer["lines"])


@pytest.mark.parametrize(("month", "day"), [(1, 14), (4, 4), (6, 23), (8, 16), (11, 26)])
def test_the_whole_state_has_the_size_of_prims(world, month, day):
    """On record for a Tuesday afternoon: 836 published, 456 active, 312 to come, 584 on buses; 1.35 MB."""
    moment = datetime(2026, month, day, 14, 0, tzinfo=UTC)
    body = world.body_at(moment)
    answer = orjson.loads(body)
    by_id = links(answer)
    bus = sum("Bus" in {line["mode"] for line, _ in by_id.get(d["id"], ())} for d in answer["disruptions"])
    assert 700 <= len(answer["disruptions"]) <= 1_000
    assert 380 <= sum(_holds(d, moment) for d in answer["disruptions"]) <= 580
    assert 200 <= sum(_is_ahead(d, moment) for d in answer["disruptions"]) <= 420
    assert 500 <= bus <= 680
    assert 0.9e6 <= len(body) <= 1.8e6


def _holds(record, moment) -> bool:
    return any(parse_begin(p["begin"]) <= moment < parse_end(p["end"]) for p in record["applicationPeriods"])


def _is_ahead(record, moment) -> bool:
    return all(parse_begin(p["begin"]) > moment for p in record["applicationPeriods"])


@pytest.mark.parametrize("night", [datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 3, 28, 22, tzinfo=UTC)])
def test_the_nights_of_the_clock_change(world, night):
    parser = Parser()
    for step in range(0, 420, 70):
        moment = night + timedelta(minutes=step)
        snapshot = parser.parse(RawPoll(moment, world.body_at(moment), "x"))
        assert isinstance(snapshot, Snapshot) and not snapshot.invalid
        assert abs((snapshot.header - moment).total_seconds()) < 400


def test_no_message_of_prim_is_copied(world, shared_data):
    import gzip

    prim = shared_data / "prim"
    recorded = orjson.loads(gzip.decompress((prim / "bulk-all-modes-2025-02-04T1358.json.gz").read_bytes()))
    recorded = {d["message"] for d in recorded["disruptions"]}
    recorded |= {
        d["message"] for d in orjson.loads((prim / "bulk-excerpt-2026-10-05.json").read_bytes())["disruptions"]
    }
    ours = {p.content.message for n in range(5) for p in world.published_at(TUESDAY + timedelta(days=9 * n))}
    assert len(ours) > 1_000 and not ours & recorded
