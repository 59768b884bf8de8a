"""`./pulse geocode`: one answer a line, whatever the line holds."""

import io
import json
import subprocess
import sys
from pathlib import Path

from geo.geocode import _answer_all, answers

ROOT = Path(__file__).resolve().parents[2]


def answer(**message):
    (found,) = answers([json.dumps(message).encode()])
    return found


def test_a_message_gets_its_places_in_the_documented_form():
    found = answer(title="", text="Le train stationne à Auber.", lines=["C01742"])
    (place,) = found["places"]
    assert (place["station"], place["role"], place["method"], place["span"]) == (
        "Auber",
        "hit",
        "name_on_line",
        [21, 26],
    )
    assert abs(place["lat"] - 48.87) < 0.01 and abs(place["lon"] - 2.33) < 0.01 and 0 < place["confidence"] <= 1
    assert found["unplaced"] is None


def test_a_line_whose_stops_are_not_published_has_an_extent_and_no_station():
    (place,) = answer(text="Trafic interrompu sur toute la ligne.", lines=["C01180"])["places"]
    assert (place["station"], place["lat"], place["lon"]) == (None, None, None) and place["extent"].startswith("Bus")


def test_missing_fields_are_empty():
    assert answer()["unplaced"] == "no line and no stop is named"


def test_every_line_has_its_answer_and_a_broken_one_says_why():
    lines = [b'{"text": "x"}', b"nonsense", b"[1]", b'{"lines": 5}', b'{"sections": [["a"]]}', b'{"text": "y"}']
    found = list(answers(lines))
    assert [bool(each.get("error")) for each in found] == [False, True, True, True, True, False]
    assert [each["unplaced"].split(" ")[1] for each in found[1:5]] == ["2", "3", "4", "5"]


def test_the_exit_code_tells_whether_a_line_was_broken():
    assert _answer_all([b'{"text": "x"}\n'], io.BytesIO()) == 0
    assert _answer_all([b"nonsense\n"], io.BytesIO()) == 1


def test_the_command_reads_the_standard_input():
    given = '{"text": "Le train stationne à Auber.", "lines": ["C01742"]}\n' * 3
    run = subprocess.run(
        [sys.executable, "-m", "geo.geocode"], input=given, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0 and run.stderr == ""
    assert [json.loads(line)["places"][0]["station"] for line in run.stdout.splitlines()] == ["Auber"] * 3


def test_a_missing_file_is_one_sentence(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "geo.geocode", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert run.returncode == 3 and run.stderr.count("\n") == 1 and "none" in run.stderr
