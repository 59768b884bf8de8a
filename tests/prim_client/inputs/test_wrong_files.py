"""Files that are no recording: each is refused with a sentence before anything starts; packed ones are read."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial

import orjson
import pytest
import zstandard

from prim_client.inputs import packed
from prim_client.inputs.file.lines import FileInputError
from prim_client.inputs.packed import open_unpacked
from prim_client.inputs.recorded import archives
from prim_client.inputs.recorded.archives import ArchiveUnreadable, open_archive
from prim_client.inputs.recorded.recorded import NoPolls, Recorded, RecordingError, RecordingUnreadable
from prim_client.inputs.recorded.recording_check import check_messages, check_recording
from tests.made.bodies import answer, impacted, line, record
from tests.made.synthetic_polls import make_polls

POLLS = make_polls(hours=1, seed=5)
Pack = Callable[[bytes], bytes]
PACK: dict[str, Pack] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
}
WRONG_BODIES = {
    "SIRI": (b'{"Siri": {"ServiceDelivery": {"GeneralMessageDelivery": []}}}', "a SIRI answer"),
    "SIRI as XML": (b'<?xml version="1.0"?><Siri xmlns="http://www.siri.org.uk/siri"/>', "SIRI as XML"),
    "Navitia": (
        orjson.dumps({"disruptions": [record(application_periods=[])], "line_reports": [], "pagination": {}}),
        "a page of Navitia's line reports",
    ),
    "GTFS-RT": (b'{"header": {"gtfs_realtime_version": "2.0"}, "entity": []}', "a GTFS-RT feed"),
    "GeoJSON": (b'{"type": "FeatureCollection", "features": []}', "GeoJSON"),
    "another API": (b'{"stationboard": [], "station": {}}', "an object with 'station', 'stationboard'"),
    "a list": (b"[1, 2]", "a JSON list"),
    "a page": (b"<!doctype html><html>Not found</html>", "a web page"),
    "an error": (b'{"message": "Unauthorized"}', "Unauthorized"),
    "an empty list": (b'{"disruptions": []}', "no disruptions"),
    "nothing": (b"", "empty body"),
    "no JSON": (b"\x00\x01\x02", "not JSON"),
    "cut": (answer()[:100], "not JSON"),
}


def check(path):
    check_recording(Recorded(path), str(path))


@pytest.mark.parametrize("kind", WRONG_BODIES)
@pytest.mark.parametrize("form", ["file", "folder"])
def test_a_body_of_another_kind_is_refused_with_what_it_is(tmp_path, kind, form):
    body, said = WRONG_BODIES[kind]
    path = tmp_path / "20240423000000.json"
    path.write_bytes(body)
    with pytest.raises(RecordingUnreadable) as error:
        check(path if form == "file" else tmp_path)
    assert said in str(error.value) and "\n" not in str(error.value)
    assert str(tmp_path) in str(error.value) and "expected PRIM's bulk disruptions" in str(error.value)


def test_the_most_frequent_reason_is_said(tmp_path):
    for number, kind in enumerate(["a page", "SIRI", "SIRI"]):
        (tmp_path / f"2024042300000{number}.json").write_bytes(WRONG_BODIES[kind][0])
    with pytest.raises(RecordingUnreadable, match="a SIRI answer in 2 of 3 polls"):
        check(tmp_path)


def test_one_good_file_among_wrong_ones_makes_a_recording(tmp_path):
    for number, (body, _) in enumerate(WRONG_BODIES.values()):
        (tmp_path / f"202404230000{number:02}.json").write_bytes(body)
    (tmp_path / "20240423000200.json").write_bytes(answer())
    check(tmp_path)


def test_a_recording_of_another_network_is_refused(tmp_path):
    path = tmp_path / "20240423000000.json"
    elsewhere = line(impacted(["d-1"], id="line:TCL:A"), id="x") | {"id": "line:TCL:A"}
    path.write_bytes(answer(lines=[elsewhere]))
    with pytest.raises(RecordingUnreadable, match="is of another network"):
        check(path)
    path.write_bytes(answer(lines=[elsewhere, line(impacted(["d-1"]))]))
    check(path)


def test_a_line_of_the_region_that_no_table_knows_yet_is_ours(tmp_path):
    path = tmp_path / "20240423000000.json"
    path.write_bytes(answer(lines=[line(impacted(["d-1"], id="line:IDFM:C99999"), id="C99999")]))
    check(path)


def test_a_timetable_and_a_folder_of_other_files_say_what_is_there(tmp_path):
    with zipfile.ZipFile(tmp_path / "gtfs.zip", "w") as archive:
        archive.writestr("stop_times.txt", "trip_id")
    with pytest.raises(NoPolls, match="it is a GTFS timetable"):
        Recorded(tmp_path / "gtfs.zip")
    with pytest.raises(NoPolls, match="it holds 1 files, as 'gtfs.zip'"):
        Recorded(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", r"no column of .* is the text"),
        ("text,line\nTrafic interrompu,Z999\n", "line = 'Z999'"),
        ("text\n", "no row under its header"),
        ("", "is empty"),
        ('{"Siri": {}}\n', "text is missing"),
        ("[]", "JSON array"),
    ],
)
def test_messages_without_a_message_are_refused_with_the_first_reason(tmp_path, content, said):
    path = tmp_path / "x.csv"
    path.write_text(content)
    with pytest.raises(FileInputError, match=said):
        check_messages(path, {})


def test_one_message_among_broken_rows_is_enough(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("text,line\nTrafic interrompu,Z999\nTrafic interrompu,A\n")
    check_messages(path, {})


# Packed recordings


def tar(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def zipped(files):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return raw.getvalue()


FILES = [(poll.cursor, poll.body) for poll in POLLS]


def packed_tar(pack: Pack) -> bytes:
    return pack(tar(FILES))


RECORDINGS: dict[str, Callable[[], bytes]] = {
    **{f"polls.tar{ending}": partial(packed_tar, pack) for ending, pack in PACK.items()},
    "polls.tgz": lambda: gzip.compress(tar(FILES)),
    "polls.txz": lambda: lzma.compress(tar(FILES)),
    "polls.tbz2": lambda: bz2.compress(tar(FILES)),
    "polls.TAR.GZ": lambda: gzip.compress(tar(FILES)),
    "polls.zip": lambda: zipped(FILES),
    "named wrongly.tar.gz": lambda: zstandard.compress(tar(FILES)),
    "without an ending": lambda: lzma.compress(tar(FILES)),
    "two streams.tar.xz": lambda: lzma.compress(tar(FILES)[:10_000]) + lzma.compress(tar(FILES)[10_000:]),
    "packed twice.zip": lambda: zipped([(f"{name}.zst", zstandard.compress(body)) for name, body in FILES]),
    "of a file manager.zip": lambda: zipped([*FILES, *((f"__MACOSX/._{name}", b"\0\5") for name, _ in FILES)]),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_packing_plays_the_same_polls(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(RECORDINGS[name]())
    played = list(Recorded(path).polls())
    assert [(poll.clock, poll.body, poll.error) for poll in played] == [(p.clock, p.body, "") for p in POLLS]
    check(path)


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("form", ["file", "folder"])
def test_every_packing_of_a_body_is_read(tmp_path, ending, form):
    path = tmp_path / f"20240423000000.json{ending}"
    path.write_bytes(PACK[ending](answer()))
    check(path if form == "file" else tmp_path)


@pytest.mark.parametrize("name", RECORDINGS)
def test_an_archive_cut_before_its_trailer_is_one_sentence(tmp_path, name):
    path, content = tmp_path / name, RECORDINGS[name]()
    for length in range(0, len(content) - 200, max(len(content) // 40, 1)):
        path.write_bytes(content[:length])
        with pytest.raises(RecordingError) as error:
            check(path)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", RECORDINGS)
def test_flipped_bytes_end_nothing_but_with_a_sentence(tmp_path, name):
    path, content = tmp_path / name, bytearray(RECORDINGS[name]())
    for at in range(0, len(content), max(len(content) // 60, 1)):
        broken = content.copy()
        broken[at] ^= 0xFF
        path.write_bytes(broken)
        try:
            assert all(poll.cursor for poll in Recorded(path).polls())
        except RecordingError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("ending", [".gz", ".zst", ".xz", ".bz2"])
def test_a_decompression_bomb_ends_with_a_sentence(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(packed, "EXPANSION_FREE_BYTES", 1_000_000)
    monkeypatch.setattr(packed, "EXPANSION_MAX", 10)
    path = tmp_path / f"bomb.tar{ending}"
    path.write_bytes(PACK[ending](tar([("20240423000000.json", bytes(30_000_000))])))
    with pytest.raises(RecordingUnreadable, match="decompression bomb"):
        Recorded(path)


def test_an_archive_of_countless_files_ends_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MEMBERS_MAX", 10)
    for name, make in (("a.tar", tar), ("a.zip", zipped)):
        (tmp_path / name).write_bytes(make([(f"{n}.json", b"") for n in range(11)]))
        with pytest.raises(RecordingUnreadable, match="more than 10 files"):
            Recorded(tmp_path / name)


def test_a_window_that_needs_too_much_memory_is_refused(tmp_path):
    path = tmp_path / "wide.tar.xz"
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**29}]
    path.write_bytes(lzma.compress(tar(FILES[:1]), filters=filters))
    with pytest.raises(RecordingUnreadable, match="[Mm]emory"):
        Recorded(path)


def header(**fields):
    info = tarfile.TarInfo("20240423000000.json")
    for name, value in fields.items():
        setattr(info, name, value)
    return info


def with_pax(**records):
    """A file whose pax header holds `records`."""
    return header(pax_headers=records).tobuf(tarfile.PAX_FORMAT) + bytes(10_240)


def checksummed(block):
    """A header with bytes changed and its checksum made right."""
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def old_sparse(size):
    block = bytearray(header().tobuf(tarfile.GNU_FORMAT))
    block[156:157] = tarfile.GNUTYPE_SPARSE
    block[124:136] = size
    return checksummed(block)


BROKEN_TARS = {
    "an old sparse file": old_sparse(b"00000000005\0") + bytes(10_240),
    "a sparse file of a negative size": old_sparse(b"\xff" * 12) + bytes(10_240),
    "a sparse map that is no number": with_pax(
        **{"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x"}
    ),
    "a sparse map of texts": with_pax(**{"GNU.sparse.map": "a,b", "GNU.sparse.size": "1"}),
    "a sparse map in parts": with_pax(**{"GNU.sparse.size": "x", "GNU.sparse.numblocks": "1"}),
    "a size that is no number": with_pax(size="x") + bytes(1_024),
    "a long name of 8 GB": checksummed(bytearray(header(type=tarfile.GNUTYPE_LONGNAME, size=2**32).tobuf()))
    + bytes(10_240),
    "long names without an end": (
        header(name="././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=1).tobuf() + b"a".ljust(512, b"\0")
    )
    * 5_000,
    "a negative size": checksummed(
        bytearray(header().tobuf(tarfile.GNU_FORMAT))[:124] + b"\xff" * 12 + bytearray(header().tobuf())[136:]
    )
    + bytes(10_240),
}


@pytest.mark.parametrize("kind", BROKEN_TARS)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_broken_tar_is_one_sentence(tmp_path, kind, ending):
    path = tmp_path / f"a.tar{ending}"
    path.write_bytes(PACK[ending](BROKEN_TARS[kind]))
    with pytest.raises(RecordingError) as error:
        check(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_zip_with_a_file_without_a_name_is_read(tmp_path):
    content = zipped([("x", b""), ("20240423000000.json", answer())])
    central = content.index(b"PK\1\2")
    start = content[:central]
    entry = bytearray(content[central:])
    entry[28:30] = b"\0\0"  # the length of the first name in the directory
    del entry[46:47]
    size = entry.rindex(b"PK\5\6")
    entry[size + 12 : size + 16] = size.to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(start + bytes(entry))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["", "20240423000000.json"]
    check(tmp_path / "a.zip")


def test_an_encrypted_zip_is_a_sentence(tmp_path):
    content = bytearray(zipped([("20240423000000.json", answer())]))
    for magic, flag in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(magic) + flag] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(RecordingUnreadable, match="password"):
        check(tmp_path / "a.zip")


def test_names_that_no_database_holds_are_escaped(tmp_path):
    path = tmp_path / "a.tar"
    path.write_bytes(tar([("20240423000000\udce9\n.json", answer()), ("20240423000100.json", answer())]))
    cursors = [poll.cursor for poll in Recorded(path).polls()]
    assert cursors == ["20240423000000\\udce9\\u000a.json", "20240423000100.json"]
    assert [poll.cursor for poll in Recorded(path).polls(after=cursors[0])] == cursors[1:]


def test_of_two_members_with_one_name_the_last_counts(tmp_path):
    path = tmp_path / "a.tar"
    path.write_bytes(tar([("20240423000000.json", b"1"), ("20240423000000.json", b"2")]))
    assert [poll.body for poll in Recorded(path).polls()] == [b"2"]


def test_a_nul_in_a_path_is_a_sentence(tmp_path):
    with pytest.raises(RecordingError, match=r"a\\x00b"):
        Recorded(tmp_path / "a\0b")


def test_a_name_that_promises_a_packing_must_hold_one_or_json(tmp_path):
    with pytest.raises(ArchiveUnreadable, match="ends in .gz"):
        open_unpacked(io.BytesIO(b"garbage"), "x.gz")
    (tmp_path / "20240423000000.json.gz").write_bytes(answer())  # as some programs leave it after a download
    check(tmp_path)
    assert open_archive(tmp_path / "20240423000000.json.gz") is None
