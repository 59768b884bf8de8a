"""The fuzz targets: each holds for its seeds, and the bench finds a crash and keeps its input."""

import importlib.util
import os

import pytest

from benchmarks.hostile import fuzz
from benchmarks.hostile._fuzz_targets import TARGETS

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is for Linux on x86-64 only"
)


@pytest.mark.parametrize("name", TARGETS)
def test_what_a_target_asserts_holds_for_its_seeds_and_their_beginnings(name):
    target = TARGETS[name]
    for seed in (b"", b"\0", b"\xff" * 50, *target.seeds):
        for content in {seed, seed[: len(seed) // 2], seed[::-1], seed * 3}:
            target.run(content)


@needs_atheris
def test_a_target_runs_and_its_inputs_and_branches_are_counted(tmp_path):
    result = fuzz.fuzz("log_protocol", 2, tmp_path, 1)
    assert not result.failed, result.output
    assert result.executions > 100 and result.coverage[1] >= result.coverage[0] > 0 and not result.crashes


@needs_atheris
def test_a_crash_is_found_and_its_input_kept(tmp_path, monkeypatch):
    planted = tmp_path / "sitecustomize.py"
    planted.write_text(
        "import stream_server.protocol.wire as wire\nwire.OFFSET_MAX = None  # every offset is an error of type now\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}:.")
    corpus = tmp_path / "out" / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "a").write_bytes(b'{"tail":5}\n')
    result = fuzz.fuzz("log_protocol", 2, tmp_path / "out", 1)
    assert result.failed and "TypeError" in result.output


def test_without_atheris_the_bench_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert fuzz.main([]) == 3
    assert capsys.readouterr().err == "pulse: fuzzing needs atheris, which there is for Linux on x86-64 only\n"
