"""`./pulse incidents`: a line in, a line out, whatever the line holds."""

import io
import subprocess
import sys

import orjson
import pytest

from spark_app.commands.incidents import decide_lines, main

A = {
    "id": "a",
    "observed_at": "2024-04-23T07:56:00+02:00",
    "lines": ["C01383"],
    "cause": "PERTURBATION",
    "severity": "PERTURBEE",
    "title": "Métro 13 : Panne de signalisation - Trains stationnent",
    "text": "Les trains stationnent à Brochant en raison d'une panne.",
    "periods": [{"begin": "20240423T074900", "end": "20240424T051500"}],
}
B = A | {
    "id": "b",
    "observed_at": "2024-04-23T08:52:00+02:00",
    "periods": [{"begin": "2024-04-23T08:41:45+02:00", "end": "2024-04-23T08:42:45+02:00"}],
}
KEYS = ["id", "published_incident", "episode", "phase", "why"]


def answers(*rows):
    return list(decide_lines(row if isinstance(row, bytes) else orjson.dumps(row) for row in rows))


def test_each_line_has_its_answer_in_its_place():
    first, second = answers(A, B)
    assert list(first) == list(second) == KEYS
    assert (first["published_incident"], first["episode"], first["phase"]) == ("a", "a", "active")
    assert (second["id"], second["published_incident"], second["episode"], second["phase"]) == (
        "b",
        "a",
        "a",
        "over",
    )
    assert second["why"].startswith("closing id: the words of an id that began 53 min before")


@pytest.mark.parametrize(
    "bad", [b"", b"{", b"[]", b"null", b"\xff", b'{"id": "x"}', b"[" * 100_000, b'{"id": "\\ud800"}']
)
def test_a_bad_line_is_said_and_loses_nothing(bad):
    first, error, second = answers(A, bad, B)
    assert error["line"] == 2
    assert error["error"].startswith("line 2: ")
    assert [first, second] == answers(A, B)


def test_lines_of_one_moment_are_answered_in_their_order():
    late = A | {"observed_at": B["observed_at"]}
    assert [(a["id"], a["published_incident"]) for a in answers(B, late)] == [("b", "a"), ("a", "a")]


def test_the_command_reads_standard_input_and_ends_with_1_after_a_bad_line():
    done = subprocess.run(
        [sys.executable, "-m", "spark_app.commands.incidents", "-"],
        input=orjson.dumps(A) + b"\nbad\n" + orjson.dumps(B),
        capture_output=True,
        timeout=60,
        check=False,
    )
    lines = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("published_incident") for line in lines] == ["a", None, "a"]
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_command_reads_a_file(tmp_path, capfdbinary):
    path = tmp_path / "disruptions.jsonl"
    path.write_bytes(orjson.dumps(A) + b"\r\n" + orjson.dumps(B) + b"\n")
    assert main([str(path)]) == 0
    assert [orjson.loads(line)["id"] for line in io.BytesIO(capfdbinary.readouterr().out)] == ["a", "b"]


def test_a_file_that_is_not_there_is_one_sentence(tmp_path, capsys):
    assert main([str(tmp_path / "none.jsonl")]) == 1
    assert capsys.readouterr().err == f"pulse: '{tmp_path / 'none.jsonl'}' cannot be read: No such file or directory\n"
