"""`./pulse score`: JSON lines in, JSON lines out."""

import io
import json
import subprocess
import sys
from pathlib import Path

from deploy.processes.text_streams import bounded_lines
from spark_app.language.sentiment.transport import TransportAnalyzer


def run(stdin: bytes, *arguments: str) -> tuple[int, list[dict]]:
    done = subprocess.run(
        [sys.executable, "-m", "spark_app.commands.score", *arguments],
        input=stdin,
        capture_output=True,
        cwd=Path(__file__).resolve().parents[3],
        timeout=60,
        check=False,
    )
    assert done.stderr == b""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_one_line_out_for_each_line_in() -> None:
    lines = [{"text": "Le trafic est interrompu."}, {"text": "Pensez à votre parapluie."}, {"text": ""}]
    code, results = run("\n".join(map(json.dumps, lines)).encode())
    assert code == 0
    assert [result["version"] for result in results] == [TransportAnalyzer().version] * 3
    assert results[0]["polarity"] < -0.8
    assert results[0]["terms"] == ["interrompu"]
    assert results[2]["polarity"] is None


def test_a_bad_line_is_an_error_on_its_own_line() -> None:
    code, results = run(b'{"text": "Trafic normal"}\nnot json\n{"txt": 1}\n\n{"text": 3}\n{"text": "Trafic normal"}\n')
    assert code == 1
    assert len(results) == 6
    assert [sorted(result) for result in results[1:5]] == [["error"]] * 4
    assert results[0] == results[5]
    assert "not JSON" in results[1]["error"]
    assert '{"text"' in results[2]["error"]


def test_explains_with_offsets_into_the_text_that_was_read() -> None:
    text = "<p>Trafic <b>rétabli</b> sur la ligne 4</p>"
    _, [result] = run(json.dumps({"text": text}).encode(), "--explain")
    [term] = result["terms"]
    assert result["text"][term["start"] : term["end"]] == "rétabli"
    assert term["role"] == "restored"


def test_a_line_without_end_costs_no_memory_and_loses_no_other() -> None:
    stream = io.BytesIO(b'{"text": "a"}\n' + b"x" * 105 + b'\n{"text": "b"}\n' + b"y" * 20 + b"\n" + b"z" * 21)
    lines = list(bounded_lines(stream, 20))
    assert [len(line) for line in lines] == [13, 21, 13, 20, 21]
    assert lines[2] == b'{"text": "b"}'


def test_reads_files(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "Trafic normal"}\n', encoding="utf-8")
    assert run(b"", str(path))[1][0]["polarity"] > 0
