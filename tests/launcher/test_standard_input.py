"""`-` and encodings: what every command that takes a file reads, and the end of a reader that has seen enough."""

import gzip
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "geo.geocode": ({"text": "Trafic interrompu à Nation", "lines": ["C01742"]}, "places"),
    "spark_app.commands.score": ({"text": "Le trafic est interrompu à Étampes."}, "polarity"),
    "spark_app.commands.incidents": (
        {
            "id": "a",
            "observed_at": "2026-03-02T06:00:00Z",
            "lines": ["C01742"],
            "cause": "PERTURBATION",
            "severity": "BLOQUANTE",
            "title": "RER A : essai",
            "text": "Trafic interrompu",
            "periods": [],
        },
        "episode",
    ),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


def run(module, *arguments, given=b"", cwd=ROOT):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        input=given,
        capture_output=True,
        cwd=cwd,
        env=environment,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("module", COMMANDS)
def test_standard_input_a_dash_and_a_file_give_the_same(module, tmp_path):
    question, key = COMMANDS[module]
    given = orjson.dumps(question)  # without an end of line
    (tmp_path / "a.jsonl").write_bytes(given)
    answers = [run(module, "-", given=given), run(module, given=given), run(module, tmp_path / "a.jsonl")]
    assert [(done.returncode, done.stderr) for done in answers] == [(0, b"")] * 3
    assert len({done.stdout for done in answers}) == 1 and key in orjson.loads(answers[0].stdout)


@cache
def answered(module, encoding):
    """What it prints for three lines in `encoding`."""
    line = orjson.dumps(COMMANDS[module][0]).decode() + "\r\n"
    done = run(module, "-", given=(line * 3).encode(encoding))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", COMMANDS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_of_another_program_is_read(module, encoding, thorough):
    """All read with the same code (deploy/processes/text_streams.py): by day one of them in every encoding, the others
    in one."""
    if thorough or module == "geo.geocode" or encoding == "utf-16":
        assert answered(module, encoding) == answered(module, "utf-8")
        assert answered(module, encoding).count(b"\n") == 3


@pytest.mark.parametrize("module", COMMANDS)
def test_a_reader_that_has_seen_enough_ends_it_quietly(module, tmp_path):
    question, _ = COMMANDS[module]
    (tmp_path / "many.jsonl").write_bytes((orjson.dumps(question) + b"\n") * 5_000)
    process = subprocess.Popen(
        [sys.executable, "-m", module, tmp_path / "many.jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait(60) == 0


@pytest.mark.parametrize("module", COMMANDS)
@pytest.mark.parametrize("path", ["nowhere.jsonl", "."])
def test_a_file_that_cannot_be_read_is_one_sentence(module, path, tmp_path):
    done = run(module, path, cwd=tmp_path)
    assert done.returncode in (1, 3) and done.stdout == b""
    assert done.stderr.startswith(b"pulse: ") and done.stderr.count(b"\n") == 1


WRONG = {
    "a CSV without our columns": b"a,b\n1,2\n",
    "a CSV packed": gzip.compress(b"a,b\n1,2\n"),
    "SIRI": b'{"Siri": {}}',
    "SIRI over several lines": b'{\n "Siri": {}\n}\n',
    "a page": b"<html>\n</html>",
    "an empty list": b'{"disruptions": []}',
    "a list": b"[1]",
    "nothing": b"",
    "a cut archive": gzip.compress(bytes(100_000))[:50],
    "anything": b"\x00\x01\x02\x03" * 1_000,
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_replay_of_something_wrong_from_standard_input_is_one_sentence(kind, tmp_path):
    (tmp_path / "config.yaml").write_text("data_dir: data\n")
    done = run("spark_app.replay.command", "-", "--config", "config.yaml", given=WRONG[kind], cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"pulse: ") and done.stderr.count(b"\n") == 1


def test_what_comes_through_a_pipe_is_told_apart_by_its_content(tmp_path):
    from spark_app.replay.input import is_messages, suffix_of
    from tests.made.bodies import answer
    from tests.prim_client.inputs.test_wrong_files import FILES, tar, zipped

    polls = [answer(), gzip.compress(answer()), tar(FILES), gzip.compress(tar(FILES)), zipped(FILES)]
    messages = [
        b"text,line\nx,A\n",
        b'{"text": "x"}',
        b'{"text": "x"}\n{"text": "y"}\n',
        '{"texte": "x"}\n{}\n'.encode("utf-16"),
    ]
    for content in polls + messages:
        (tmp_path / "piped").write_bytes(content)
        name = tmp_path / f"piped{suffix_of(tmp_path / 'piped')}"
        assert is_messages(name) == (content in messages), content[:40]
