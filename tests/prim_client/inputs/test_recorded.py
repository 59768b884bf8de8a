"""Recordings: every form gives the same polls, in the order of time, from any place on."""

import gzip
import io
import itertools
import os
import random
import tarfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from prim_client.inputs.recorded.recorded import (
    CursorUnknown,
    NoPolls,
    Recorded,
    RecordingError,
    RecordingNotFound,
    RecordingUnreadable,
    time_in_name,
)
from prim_client.messages.differ import Differ
from prim_client.messages.parse import Parser
from prim_client.messages.polls import RawPoll
from tests.made.bodies import answer
from tests.made.synthetic_polls import make_polls, write_folder

POLLS = make_polls(hours=1, seed=5)


def packed(path: Path, files: list[tuple[str, bytes]]) -> Path:
    """A tar of `files` at `path`, compressed as its name says."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    content = raw.getvalue()
    path.write_bytes(zstandard.compress(content) if path.suffix != ".tar" else content)
    return path


def files_of(polls: list[RawPoll]) -> list[tuple[str, bytes]]:
    return [(poll.cursor, poll.body) for poll in polls]


def recording(tmp_path: Path, form: str) -> Path:
    if form == "folder":
        return write_folder(tmp_path / "folder", POLLS)
    if form == "folder of .json.gz":
        folder = tmp_path / "folder"
        folder.mkdir()
        for poll in POLLS:
            (folder / f"{poll.cursor}.gz").write_bytes(gzip.compress(poll.body))
        return folder
    files = files_of(POLLS)
    if form == "shuffled.tar.zst":
        random.Random(1).shuffle(files)
    return packed(tmp_path / form, files)


FORMS = ("folder", "folder of .json.gz", "polls.tar", "polls.tar.zst", "polls.tzst", "shuffled.tar.zst")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_plays_the_same_polls(tmp_path, form):
    recorded = Recorded(recording(tmp_path, form))
    assert recorded.total() == len(POLLS) == 31
    played = list(recorded.polls())
    assert [(poll.clock, poll.body) for poll in played] == [(poll.clock, poll.body) for poll in POLLS]
    assert [poll.cursor.removesuffix(".gz") for poll in played] == [poll.cursor for poll in POLLS]
    assert not any(poll.trimmed or poll.error for poll in played)
    assert list(recorded.polls()) == played


@pytest.mark.parametrize("form", FORMS)
def test_it_goes_on_behind_any_cursor(tmp_path, form):
    played = list(Recorded(recording(tmp_path, form)).polls())
    resumed = Recorded(tmp_path / (form if "tar" in form or "tz" in form else "folder"))
    for number in (0, 17, 30):
        assert list(resumed.polls(after=played[number].cursor)) == played[number + 1 :]


def test_a_cursor_of_another_recording_is_an_error(tmp_path):
    with pytest.raises(CursorUnknown, match="20990101000000_x.json"):
        next(Recorded(recording(tmp_path, "folder")).polls(after="20990101000000_x.json"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20240423000201_disruptions.optimized.json", datetime(2024, 4, 23, 0, 2, 1)),
        ("bulk-all-modes-2025-02-04T1358.json.gz", datetime(2025, 2, 4, 13, 58)),
        ("2025-02-04T13:58.json", datetime(2025, 2, 4, 13, 58)),
        ("20250204_1358.json", datetime(2025, 2, 4, 13, 58)),
        ("some/folder-20200101000000/20250204T135859.json", datetime(2025, 2, 4, 13, 58, 59)),
        ("20251304000000.json", None),
        ("bulk-excerpt-2026-10-05.json", None),
        ("body.json", None),
        ("1234567890123456.json", None),
    ],
)
def test_the_time_in_a_name(name, expected):
    assert time_in_name(name) == expected


def test_names_with_optimized_have_trimmed_periods(tmp_path):
    (tmp_path / "20240423000201_disruptions.optimized.json").write_bytes(answer())
    (poll,) = Recorded(tmp_path).polls()
    assert poll.trimmed
    assert poll.clock == datetime(2024, 4, 22, 22, 2, 1, tzinfo=UTC)


def test_files_that_are_no_polls_are_left_out(tmp_path):
    write_folder(tmp_path, POLLS[:2])
    (tmp_path / "README.md").write_text("20240423000201")
    (tmp_path / "20240423000201.txt").write_text("{}")
    (tmp_path / "index.json").write_text("{}")
    (tmp_path / "20240423000201.json").mkdir()
    assert Recorded(tmp_path).total() == 2


def test_the_hour_that_comes_twice_is_told_apart_by_prims_own_time(tmp_path):
    headers = {
        "20241027025900": "2024-10-27T00:58:30.000Z",
        "20241027020100": "2024-10-27T01:00:40.000Z",
        "20241027023000": "2024-10-27T00:29:50.000Z",
        "20241027030100": "2024-10-27T02:00:30.000Z",
        "20241027013000": "2024-10-26T23:29:50.000Z",
    }
    for name, header in headers.items():
        (tmp_path / f"{name}_x.json").write_bytes(answer(lastUpdatedDate=header))
    polls = list(Recorded(tmp_path).polls())
    assert [poll.cursor[8:12] for poll in polls] == ["0130", "0230", "0259", "0201", "0301"]
    assert [f"{poll.clock:%H:%M}" for poll in polls] == ["23:30", "00:30", "00:59", "01:01", "02:01"]


def test_a_day_is_a_service_day(tmp_path):
    names = ["20240425035959", "20240425040000", "20240426035959", "20240426040000"]
    for name in names:
        (tmp_path / f"{name}.json").write_bytes(b"{}")
    played = Recorded(tmp_path, date(2024, 4, 25))
    assert [poll.cursor for poll in played.polls()] == ["20240425040000.json", "20240426035959.json"]
    assert played.total() == 2
    with pytest.raises(
        NoPolls,
        match=r"no polls of the service day 2024-04-27 .* it holds 2024-04-25 01:59 to 2024-04-26 02:00",
    ):
        Recorded(tmp_path, date(2024, 4, 27))


@pytest.mark.parametrize("name", ["bulk-2025-02-04T1358.json", "bulk-2025-02-04T1358.json.gz"])
@pytest.mark.parametrize("header", ["2025-02-04T12:57:10.000Z", None])
def test_a_single_body_crosses_three_observed_ticks(tmp_path, name, header):
    path = tmp_path / name
    body = answer(lastUpdatedDate=header)
    path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    assert ticks_of(Recorded(path)) == ["13:00", "13:05", "13:10"]
    polls = list(Recorded(path).polls())
    assert [f"{poll.clock:%H:%M:%S}" for poll in polls] == ["12:58:00", "13:03:00", "13:08:00", "13:13:00"]
    assert [poll.cursor for poll in polls] == [f"{name}#{number}" for number in range(4)]
    assert list(Recorded(path).polls(after=f"{name}#2")) == polls[3:]


@pytest.mark.parametrize("tick_s", [60, 300, 420, 900])
@pytest.mark.parametrize("minute", ["1355", "1358", "1400"])
def test_a_single_body_crosses_three_observed_ticks_of_any_step(tmp_path, tick_s, minute):
    path = tmp_path / f"bulk-2025-02-04T{minute}.json"
    path.write_bytes(answer())
    assert len(ticks_of(Recorded(path, tick_s=tick_s), tick_s)) == 3


def ticks_of(recorded: Recorded, tick_s: int = 300) -> list[str]:
    parser, differ = Parser(), Differ(tick_s, 600, 600, "recorded")
    entries = [entry for poll in recorded.polls() for entry in differ.feed(parser.parse(poll)).entries]
    assert all(entry.observed for entry in entries)
    return [f"{entry.event_time:%H:%M}" for entry in entries if entry.tick]


def test_a_single_body_without_a_time_in_its_name_has_prims_time_else_the_files(tmp_path):
    path = tmp_path / "body.json"
    path.write_bytes(answer(lastUpdatedDate="2026-03-02T06:00:00.500Z"))
    assert next(Recorded(path).polls()).clock == datetime(2026, 3, 2, 6, 0, 0, 500_000, tzinfo=UTC)
    path.write_bytes(answer(lastUpdatedDate=None))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert next(Recorded(path).polls()).clock == datetime.fromtimestamp(1_700_000_000, UTC)


def test_a_single_body_that_is_no_json_is_played_and_rejected(tmp_path):
    path = tmp_path / "bulk-2025-02-04T1358.json"
    path.write_bytes(b"<html>")
    assert {poll.body for poll in Recorded(path).polls()} == {b"<html>"}


# What cannot be played


def test_nothing_there(tmp_path):
    with pytest.raises(RecordingNotFound, match="no recording at .*nowhere"):
        Recorded(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["empty.tar", "empty.tar.zst"])
def test_an_archive_without_polls(tmp_path, name):
    with pytest.raises(NoPolls, match="no polls in"):
        Recorded(packed(tmp_path / name, [("README", b"x")]))
    with pytest.raises(NoPolls, match="no polls in"):
        Recorded(packed(tmp_path / name, []))


def test_a_folder_without_polls(tmp_path):
    with pytest.raises(NoPolls, match="it is empty"):
        Recorded(tmp_path)


@pytest.mark.parametrize("name", ["a.tar", "a.tar.zst", "a.tzst", "2025-02-04T1358.json.gz", "a.zip"])
@pytest.mark.parametrize("content", [b"\x1f", b"garbage" * 1_000])
def test_what_is_no_recording(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        Recorded(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["cut.tar", "cut.tar.zst"])
def test_a_cut_archive_is_never_played_as_if_it_were_whole(tmp_path, name):
    whole = packed(tmp_path / name, [(poll.cursor, poll.body[:700]) for poll in POLLS[:6]])
    content = whole.read_bytes()
    end_of_last_poll = len(content) - (10_240 if name == "cut.tar" else 0)
    for length in range(0, end_of_last_poll - 1, 97):
        whole.write_bytes(content[:length])
        with pytest.raises(RecordingUnreadable):
            Recorded(whole)


def test_a_tar_cut_between_two_members_is_noticed(tmp_path):
    path = packed(tmp_path / "cut.tar", [(f"2024042300000{n}.json", b"{}") for n in range(3)])
    path.write_bytes(path.read_bytes()[: 2 * 1024])
    with pytest.raises(RecordingUnreadable, match="without the mark of its end"):
        Recorded(path)


def test_a_file_that_breaks_while_it_is_played_is_a_failed_poll(tmp_path):
    write_folder(tmp_path, POLLS[:1])
    (tmp_path / "20990101000000.json.gz").write_bytes(gzip.compress(b"{}" * 1_000)[:-20])
    first, second = Recorded(tmp_path).polls()
    assert first.error == ""
    assert "cannot read 20990101000000.json.gz" in second.error


def test_names_that_climb_and_links_write_nothing_and_read_nothing(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as archive:
        climbing = tarfile.TarInfo("../../20240423000000.json")
        climbing.size = 2
        archive.addfile(climbing, io.BytesIO(b"{}"))
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)):
            link = tarfile.TarInfo(f"2024042300010{number}.json")
            link.type, link.linkname = kind, str(secret)
            archive.addfile(link)
    before = sorted(tmp_path.parent.rglob("*"))
    assert [(poll.cursor, poll.body) for poll in Recorded(path).polls()] == [("../../20240423000000.json", b"{}")]
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_bomb_is_cut_above_what_the_parser_accepts(tmp_path, monkeypatch):
    monkeypatch.setattr("prim_client.inputs.recorded.recorded.BODY_MAX_BYTES", 1_000)
    bomb = b" " * 1_000_000
    write = [("20240423000000.json", bomb), ("20240423000100.json.gz", gzip.compress(bomb))]
    assert [len(poll.body) for poll in Recorded(packed(tmp_path / "bomb.tar.zst", write)).polls()] == [
        1_001,
        1_001,
    ]
    for name, content in write:
        (tmp_path / name).write_bytes(content)
    assert [len(poll.body) for poll in Recorded(tmp_path).polls()] == [1_001, 1_001]


def test_an_archive_in_disorder_is_decompressed_a_few_times_only(tmp_path, monkeypatch):
    opened = []
    decompressor = zstandard.ZstdDecompressor
    monkeypatch.setattr(zstandard, "ZstdDecompressor", lambda **kw: opened.append(1) or decompressor(**kw))
    files = [(f"20240423{n // 60:02d}{n % 60:02d}00.json", b"%d" % n) for n in range(200)]
    recorded = Recorded(packed(tmp_path / "backwards.tar.zst", files[::-1]))
    assert [int(poll.body) for poll in recorded.polls()] == list(range(200))
    assert len(opened) < 12


def test_polls_come_at_the_pace_of_their_names():
    steps = [later.clock - earlier.clock for earlier, later in itertools.pairwise(POLLS)]
    assert timedelta(seconds=100) <= min(steps) <= max(steps) <= timedelta(seconds=140)
