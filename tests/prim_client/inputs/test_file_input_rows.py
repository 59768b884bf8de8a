"""Messages of a file: what is read, what is refused and why, and where a restart goes on."""

import gzip
import io
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import cast

import orjson
import pytest

from prim_client.inputs.file.file_input import FileInput
from prim_client.inputs.file.lines import LINE_MAX_BYTES, FileInputError
from prim_client.messages.differ import Differ
from prim_client.messages.message import Channel, dump_body
from prim_client.messages.polls import Idle, Snapshot

NOW = datetime(2026, 10, 5, 16, 30, tzinfo=UTC)


def write(tmp_path, content: str | bytes, name: str = "messages.csv"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def snapshots(path, columns=None, after="", **kwargs) -> list[Snapshot]:
    found = list(FileInput(path, columns, clock=lambda: NOW, **kwargs).polls(after))
    assert all(isinstance(each, Snapshot) for each in found)
    return cast("list[Snapshot]", found)


def rows(path, columns=None):
    return [d for snapshot in snapshots(path, columns) for d in snapshot.disruptions.values()]


def only(tmp_path, **fields):
    """The one disruption of a JSON line."""
    (row,) = rows(write(tmp_path, orjson.dumps(fields), "messages.jsonl"))
    return row


def reason(tmp_path, **fields) -> str:
    """Why a JSON line is refused."""
    (snapshot,) = snapshots(write(tmp_path, orjson.dumps(fields), "messages.jsonl"))
    assert not snapshot.disruptions
    ((_raw, why),) = snapshot.invalid
    return why


# What is read -------------------------------------------------------------------------------------


def test_the_example_of_the_docstring(tmp_path):
    from prim_client.inputs.file import file_input

    example = "\n".join(line.strip() for line in file_input.__doc__.split("\n")[2:4])
    (row,) = rows(write(tmp_path, example))
    (line,) = row.body.lines
    assert (row.id, row.body.text) == ("a-1", "Trafic interrompu à Nation")
    assert row.periods == ((datetime(2026, 10, 5, 16, 5, tzinfo=UTC), datetime(2026, 10, 5, 17, 5, tzinfo=UTC)),)
    assert (line.id, line.name, line.mode) == ("C01742", "A", "rer")
    (station,) = line.stations
    assert (station.lat, station.lon, station.method, station.confidence) == (48.8484, 2.3959, "given", 1.0)


def test_a_snapshot_of_a_file_is_a_part_and_says_when(tmp_path):
    first, *_ = snapshots(write(tmp_path, "event_time,text\n2026-10-05T10:00:00Z,Un texte\n"))
    assert first.complete is False and first.header is None
    assert first.clock == datetime(2026, 10, 5, 10, tzinfo=UTC)


def test_without_an_event_time_the_clock_counts(tmp_path):
    (snapshot,) = snapshots(write(tmp_path, "text\nUn texte\nUn autre\n"))
    assert snapshot.clock == NOW and len(snapshot.disruptions) == 2


def test_columns_are_mapped(tmp_path):
    path = write(tmp_path, "identifiant;texte;gravité;ligne\n7;Panne à Cité;bloquante;4\n")
    (row,) = rows(path, {"identifiant": "id", "texte": "text", "gravité": "severity", "ligne": "line"})
    assert (row.id, row.body.severity, row.body.lines[0].id) == ("7", "BLOQUANTE", "C01374")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path, delimiter):
    path = write(tmp_path, delimiter.join(["id", "title", "text"]) + "\n" + delimiter.join(["1", "Titre", "Texte"]))
    (row,) = rows(path)
    assert (row.id, row.body.title, row.body.text) == ("1", "Titre", "Texte")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_encodings(tmp_path, encoding):
    (row,) = rows(write(tmp_path, "id,text\n1,Arrêt non desservi à Étampes\n".encode(encoding)))
    assert row.body.text == "Arrêt non desservi à Étampes"


def test_what_is_no_text_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(FileInputError, match="save it as UTF-8"):
        snapshots(write(tmp_path, b"\x7fELF\2\1\1\0\0\0\0\0,text\n"))


def test_gzip_is_unpacked(tmp_path):
    assert rows(write(tmp_path, gzip.compress(b"text\nUn texte\n"), "m.csv.gz"))[0].body.text == "Un texte"


def test_quoted_cells_span_lines(tmp_path):
    found = rows(write(tmp_path, 'id,text\n1,"Une ligne\net ""une autre"""\n2,Texte\n'))
    assert [row.body.text for row in found] == ['Une ligne\net "une autre"', "Texte"]


def test_an_id_is_made_when_there_is_none_and_is_the_same_again(tmp_path):
    path = write(tmp_path, "event_time,text\n2026-10-05T10:00Z,Un\n2026-10-05T10:00Z,Deux\n")
    ids = [row.id for row in rows(path)]
    assert len(set(ids)) == 2 and ids == [row.id for row in rows(path)]
    assert all(id_.startswith("file-") for id_ in ids)


def test_html_becomes_text_and_safe_html(tmp_path):
    row = only(tmp_path, text="<p>Vers Antony <RER><br>&#224; 8h</p><script>alert(1)</script>")
    assert row.body.text == "Vers Antony <RER>\nà 8h"
    assert "script" not in row.body.html


@pytest.mark.parametrize(
    ("value", "utc_hour"),
    [
        ("2026-10-05T10:00:00Z", 10),
        ("2026-10-05T10:00:00+02:00", 8),
        ("2026-10-05 10:00", 8),
        ("05/10/2026 10:00", 8),
        ("20261005T100000", 8),
    ],
)
def test_times(tmp_path, value, utc_hour):
    (snapshot, *_) = snapshots(write(tmp_path, orjson.dumps({"text": "a", "event_time": value}), "m.jsonl"))
    assert snapshot.clock == datetime(2026, 10, 5, utc_hour, tzinfo=UTC)


def test_begin_end_and_published_at(tmp_path):
    row = only(
        tmp_path,
        text="a",
        event_time="2026-10-05T10:00Z",
        begin="2026-10-05T09:00Z",
        end="2026-10-05T11:00Z",
        published_at="2026-10-05T09:58Z",
    )
    assert row.periods == ((datetime(2026, 10, 5, 9, tzinfo=UTC), datetime(2026, 10, 5, 11, tzinfo=UTC)),)
    assert row.published_at == datetime(2026, 10, 5, 9, 58, tzinfo=UTC)


def test_cause_and_channel_tell_each_other(tmp_path):
    assert only(tmp_path, text="a", cause="TRAVAUX").body.channel is Channel.WORKS
    assert only(tmp_path, text="a", channel="information").body.cause == "INFORMATION"
    assert only(tmp_path, text="a").body.channel is Channel.INCIDENT


def test_a_decimal_comma_is_read(tmp_path):
    (row,) = rows(write(tmp_path, "text;lat;lon\nPanne;48,8484;2,3959\n"))
    assert row.body.lines[0].stations[0].lat == 48.8484


def test_coordinates_without_a_line_make_a_place_of_their_own(tmp_path):
    one = only(tmp_path, text="a", lat=48.85, lon=2.35, place="Hôtel de Ville").body.lines[0]
    other = only(tmp_path, text="a", lat=48.86, lon=2.35).body.lines[0]
    assert (one.id, one.mode, one.stations[0].name) == ("", "other", "Hôtel de Ville")
    assert one.stations[0].zda.startswith("@") and one.stations[0].zda != other.stations[0].zda


def test_stops_by_id_by_zone_and_by_name(tmp_path):
    row = only(tmp_path, text="a", line="C01742", stops="stop_area:IDFM:71673|Vincennes")
    (line,) = row.body.lines
    assert {station.name for station in line.stations} == {"Nation", "Vincennes"}


def test_a_stop_that_is_not_on_the_line_is_listed_as_unresolved(tmp_path):
    (line,) = only(tmp_path, text="a", line="A", stops="Vincennes|Montcuq").body.lines
    assert [station.name for station in line.stations] == ["Vincennes"]
    assert [stop.name for stop in line.unresolved] == ["Montcuq"]


def test_several_lines_and_tags(tmp_path):
    row = only(tmp_path, text="a", line="A|T3a|C01374", tags="un|deux")
    assert [line.name for line in row.body.lines] == ["A", "T3a", "4"]
    assert row.body.tags == ("un", "deux")


def test_what_our_own_log_writes_is_read_again(tmp_path):
    body = only(tmp_path, text="Trafic interrompu", title="Titre", line="A", stops="Vincennes").body
    message = orjson.loads(dump_body(body)) | {
        "id": "x",
        "event_time": "2026-10-05T10:00:00Z",
        "kind": "opened",
    }
    again = only(tmp_path, **message).body
    assert [(line.id, [s.zda for s in line.stations]) for line in again.lines] == [
        (line.id, [s.zda for s in line.stations]) for line in body.lines
    ]
    assert (again.title, again.text, again.severity) == (body.title, body.text, body.severity)


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": "1"}, "text is missing"),
        ({"text": "   "}, "text is missing"),
        ({"text": "<p>&nbsp;</p>"}, "text is missing"),
        ({"text": 7}, "text = 7: expected a text, found int"),
        ({"text": "a" * 1_000_000}, "text has 1000000 characters, more than 20000"),
        ({"text": "nul\0"}, "text has the control character U+0000 at 3"),
        ({"text": "a", "title": "\x1b[31m"}, "title has the control character U+001B at 0"),
        ({"text": "a", "lat": 2.3959, "lon": 48.8484}, "are swapped"),
        ({"text": "a", "lat": 0, "lon": 0}, "lie outside the region"),
        ({"text": "a", "lat": 45.76, "lon": 4.84}, "lie outside the region"),
        ({"text": "a", "lat": 48.85}, "one of them is missing"),
        ({"text": "a", "lat": "NaN", "lon": "2.3"}, "lat = 'NaN': expected a finite number"),
        ({"text": "a", "lat": "48.8", "lon": "-inf"}, "lon = '-inf': expected a finite number"),
        ({"text": "a", "lat": "nord", "lon": "2.3"}, "lat = 'nord': expected degrees"),
        ({"text": "a", "lat": True, "lon": 2.3}, "lat = True: expected degrees"),
        ({"text": "a", "lat": [48.8], "lon": 2.3}, "lat = [48.8]: expected degrees"),
        ({"text": "a", "severity": "terrible"}, "severity = 'terrible': expected one of BLOQUANTE"),
        ({"text": "a", "channel": "x"}, "channel = 'x': expected one of incident"),
        ({"text": "a", "event_time": "hier"}, "event_time = 'hier': expected a time like"),
        ({"text": "a", "event_time": "2036-01-01T00:00Z"}, "lies in the future"),
        ({"text": "a", "event_time": "1016-01-01T00:00Z"}, "year 1016"),
        ({"text": "a", "begin": "2026-10-05T10:00Z", "end": "2026-10-05T09:00Z"}, "lies before begin"),
        ({"text": "a", "id": "x" * 200}, "id has 200 characters"),
        ({"text": "a", "id": {"a": 1}}, "id = {'a': 1}: expected a text"),
        ({"text": "a", "line": "Z99"}, "line = 'Z99': no line of the reference"),
        ({"text": "a", "line": "20"}, "line = '20' is the name of 3 lines"),
        ({"text": "a", "stops": "Nation"}, "without a line"),
        ({"text": "a", "stops": "stop_area:x:1"}, "stop_area:x:1"),
        ({"text": "a", "lines": "A"}, "lines = 'A': expected a list of objects"),
        ({"text": "a", "lines": [{"id": "Z"}]}, "lines.id = 'Z'"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_reason(tmp_path, fields, expected):
    why = reason(tmp_path, **fields)
    assert why.startswith("line 1: ") and expected in why


@pytest.mark.parametrize("line", ["{", "nonsense", "3", "null", "[1]", '{"text": NaN}', '{"text": "\\ud800"}'])
def test_a_line_that_is_no_json_object_is_refused(tmp_path, line):
    first, *_ = snapshots(write(tmp_path, '{"text": "bon"}\n' + line + '\n{"text": "bon aussi"}\n', "m.jsonl"))
    assert [d.body.text for d in first.disruptions.values()] == ["bon", "bon aussi"]
    ((raw, why),) = first.invalid
    assert raw == line and why.startswith("line 2: ")


def test_bad_rows_of_a_csv_spoil_no_others(tmp_path):
    text = (
        "id,text,lat,lon\n1,Un,48.8,2.3\n2,,48.8,2.3\n3,Trois,48.8,2.3,9\n"
        '4,"Quatre,48.8,2.3\n5,Cinq,2.3,48.8\n6,Six,48.8,2.3\n'
    )
    (snapshot,) = snapshots(write(tmp_path, text))
    assert list(snapshot.disruptions) == ["1", "6"]
    assert [why.split(":")[0] for _, why in snapshot.invalid] == ["line 3", "line 4", "line 5", "line 6"]
    for word, (_, why) in zip(("missing", "5 cells", "quote", "swapped"), snapshot.invalid, strict=True):
        assert word in why


def test_a_quote_left_open_does_not_eat_the_file(tmp_path):
    text = "id,text\n" + '0,"ouvert\n' + "".join(f"{n},Texte {n}\n" for n in range(1, 1001))
    found = snapshots(write(tmp_path, text))
    assert sum(len(snapshot.disruptions) for snapshot in found) == 1000
    assert [why for snapshot in found for _, why in snapshot.invalid] == ["line 2: a quote is opened and never closed"]


def test_an_endless_line_is_skipped(tmp_path):
    text = b"id,text\n1," + b"a" * (LINE_MAX_BYTES + 10) + b"\n2,Deux\n"
    (snapshot,) = snapshots(write(tmp_path, text))
    assert list(snapshot.disruptions) == ["2"]
    assert "line 2: a line of more than" in snapshot.invalid[0][1]
    assert len(snapshot.invalid[0][0]) <= 10_000


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("a,b\n1,2\n", "no column of"),
        ('[{"text": "a"}]', "JSON array"),
    ],
)
def test_a_file_that_cannot_hold_messages_is_one_sentence(tmp_path, content, expected):
    with pytest.raises(FileInputError, match=expected):
        snapshots(write(tmp_path, content))


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(FileInputError, match="cannot read .*nowhere"):
        snapshots(tmp_path / "nowhere.csv")


def test_a_mapping_to_no_field_is_refused_at_start(tmp_path):
    with pytest.raises(FileInputError, match="'texte' is no field"):
        FileInput(tmp_path / "x.csv", {"text": "texte"})


# Time and order -----------------------------------------------------------------------------------


def test_rows_of_one_moment_are_one_snapshot(tmp_path):
    found = snapshots(write(tmp_path, "event_time,text\n" + "2026-10-05T10:00Z,Un\n2026-10-05T10:00Z,Deux\n"))
    assert [len(snapshot.disruptions) for snapshot in found[:2]] == [2, 0]


def test_two_revisions_of_one_id_are_two_snapshots(tmp_path):
    found = snapshots(write(tmp_path, "id,event_time,text\n1,2026-10-05T10:00Z,Un\n1,2026-10-05T10:00Z,Deux\n"))
    assert [[d.body.text for d in s.disruptions.values()] for s in found[:2]] == [["Un"], ["Deux"]]


def test_between_two_rows_every_tick_is_seen(tmp_path):
    found = snapshots(write(tmp_path, "event_time,text\n2026-10-05T10:02Z,Un\n2026-10-05T10:16Z,Deux\n"))
    minutes = [int((snapshot.clock - datetime(2026, 10, 5, 10, tzinfo=UTC)).total_seconds() / 60) for snapshot in found]
    # two rows; the ticks between; then until the second is over (an hour) and two ticks more
    assert minutes == [2, 5, 10, 15, 16, *range(20, 86, 5)]


def kinds(path) -> list[tuple[str, str]]:
    differ = Differ(300, 600, 600, "file")
    entries = [entry for snapshot in snapshots(path) for entry in differ.feed(snapshot).entries]
    return [(message.id, message.kind.value) for entry in entries for message in entry.messages if not entry.tick]


def test_a_message_opens_changes_and_closes(tmp_path):
    text = (
        "id,event_time,text,kind\n1,2026-10-05T10:00Z,Trafic interrompu,\n"
        "1,2026-10-05T10:07Z,Trafic perturbé,\n1,2026-10-05T10:21Z,Trafic perturbé,closed\n"
    )
    assert kinds(write(tmp_path, text)) == [("1", "opened"), ("1", "updated"), ("1", "closed")]


def test_reading_on_behind_a_cursor_gives_what_was_still_to_come(tmp_path):
    text = "event_time,text\n" + "".join(f"2026-10-05T{9 + n // 6:02}:{n % 6 * 10:02}Z,Texte {n}\n" for n in range(12))
    path = write(tmp_path, text + "2026-10-05T11:30Z,\n")
    every = snapshots(path)
    for place in range(len(every)):
        assert snapshots(path, after=every[place].cursor) == every[place + 1 :], place


def test_a_file_that_has_grown_is_read_on(tmp_path):
    path = write(tmp_path, "text\nUn\n")
    (first,) = snapshots(path)
    with path.open("a") as file:
        file.write("Deux\n")
    (second,) = snapshots(path, after=first.cursor)
    assert [d.body.text for d in second.disruptions.values()] == ["Deux"]


def test_a_file_that_has_shrunk_is_another_one(tmp_path):
    path = write(tmp_path, "text\nUn\nDeux\n")
    (last,) = snapshots(path)
    path.write_text("text\nUn\n")
    with pytest.raises(FileInputError, match="another file"):
        snapshots(path, after=last.cursor)


def test_a_cursor_of_another_input_is_refused(tmp_path):
    with pytest.raises(FileInputError, match="another input"):
        snapshots(write(tmp_path, "text\nUn\n"), after="20261005100000_disruptions.json")


# Pipes --------------------------------------------------------------------------------------------


def test_a_pipe_is_read_to_its_end():
    found = list(FileInput("-", clock=lambda: NOW, stdin=io.BytesIO(b"text\nUn\nDeux\n")).polls("12 - -"))
    (snapshot,) = found
    assert isinstance(snapshot, Snapshot) and len(snapshot.disruptions) == 2


def test_a_pipe_hands_over_within_a_second_and_tells_the_time():
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb") as stdin, os.fdopen(writable, "wb", buffering=0) as pipe:
        pipe.write(b'{"text": "Un"}\n')
        polls = FileInput("-", clock=lambda: NOW, stdin=stdin).polls()
        began = time.monotonic()
        first, second = next(polls), next(polls)
        assert time.monotonic() - began < 30
        assert isinstance(first, Snapshot) and len(first.disruptions) == 1 and second == Idle(NOW)
        pipe.write(b'{"text": "Deux"}\n')
        assert any(isinstance(item, Snapshot) for item in (next(polls), next(polls)))


def test_a_silent_pipe_keeps_its_ticks_observed():
    clock = [NOW]
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb") as stdin, os.fdopen(writable, "wb", buffering=0) as pipe:
        pipe.write(b"text\nUn\n")
        polls = FileInput("-", clock=lambda: clock[0], stdin=stdin).polls()
        assert isinstance(next(polls), Snapshot) and isinstance(next(polls), Idle)
        clock[0] += timedelta(minutes=3)
        heartbeat = next(polls)
        assert isinstance(heartbeat, Snapshot) and not heartbeat.disruptions and heartbeat.clock == clock[0]


def test_rows_with_times_of_their_own_stop_the_clock_of_a_pipe():
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb") as stdin, os.fdopen(writable, "wb", buffering=0) as pipe:
        pipe.write(b"event_time,text\n2026-10-01T10:00Z,Un\n")
        polls = FileInput("-", clock=lambda: NOW, stdin=stdin).polls()
        next(polls)
        assert next(polls) == Idle(datetime(2026, 10, 1, 10, tzinfo=UTC))


def test_stop_does_not_wait_for_a_silent_pipe():
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb") as stdin, os.fdopen(writable, "wb", buffering=0):
        file_input = FileInput("-", clock=lambda: NOW, stdin=stdin)
        threading.Timer(0.2, file_input.stop).start()
        began = time.monotonic()
        list(file_input.polls())
        assert time.monotonic() - began < 30


def test_twenty_thousand_rows_are_all_read(tmp_path):
    lines = (f"{n},2026-10-05T10:{n * 60 // 20_000:02}Z,Trafic perturbé {n},A,48.85,2.35\n" for n in range(20_000))
    path = write(tmp_path, "id,event_time,text,line,lat,lon\n" + "".join(lines))
    assert sum(len(snapshot.disruptions) for snapshot in snapshots(path)) == 20_000
