"""The frame of the campaigns: killed, they go on where they were;
a round that differs is seen in table and exit code."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys

import pytest

from benchmarks import mutations, nightly
from benchmarks._campaigns import CAMPAIGNS, Campaign
from benchmarks._planted_faults import FAULTS, Fault
from benchmarks.base._rounds import Round, append, as_row, load, summary, victims
from benchmarks.faults import faults
from tests.truth.commands import ROOT

KILLED_IN_ITS_THIRD_ROUND = """
import os, signal, sys
from pathlib import Path
from benchmarks.faults import faults
from benchmarks._planted_faults import FAULTS, Fault
from benchmarks.base._rounds import Played
marker, results = Path(sys.argv[1]), Path(sys.argv[2])
faults.make_ground = lambda home: None
def play(folder, rng):
    if len(faults._rounds.load(results)) == 2 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Played([("victim", f"{rng.random():.6f}")], 1, 0.5)
faults.PARTS = {name: (lambda ground, stack: play) for name in ("one", "two")}
faults.campaign({"one": 3, "two": 2}, 7, results)
"""


def a_round(part: str = "replay", number: int = 1, seed: int = 1, wrong: tuple[str, ...] = ()) -> Round:
    return Round([("JVM", "entry 7")], 1, 2.5, list(wrong), part, number, seed, 9.0)


def test_a_killed_campaign_plays_every_round_once(tmp_path):
    results = tmp_path / "results.jsonl"
    command = [sys.executable, "-c", KILLED_IN_ITS_THIRD_ROUND, str(tmp_path / "marker"), str(results)]
    codes = [
        subprocess.run(
            command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, check=False
        ).returncode
        for _ in range(2)
    ]
    assert codes == [-signal.SIGKILL, 0]
    assert [(one.part, one.number) for one in load(results)] == [
        ("one", 1),
        ("two", 1),
        ("one", 2),
        ("two", 2),
        ("one", 3),
    ]
    assert len(results.read_text().splitlines()) == 5
    instants = {one.kills[0] for one in load(results)}
    assert len(instants) == 5, "every round draws its own instants"
    assert faults.missing({"one": 3, "two": 3}, 7, results) == [("two", 3)]
    assert len(faults.missing({"one": 3}, 8, results)) == 3, "another seed is other rounds"


def test_a_line_that_a_kill_cut_is_played_again(tmp_path):
    results = tmp_path / "results.jsonl"
    append(results, a_round(number=1))
    append(results, a_round(number=2))
    results.write_bytes(results.read_bytes()[:-20])
    assert [one.number for one in load(results)] == [1]
    append(results, a_round(number=2))
    assert load(results) == [a_round(number=1), a_round(number=2)]


def test_the_tables_count_by_part(tmp_path):
    played = [a_round(), a_round(number=2, wrong=("window: 1 and 2 rows",)), a_round("up")]
    assert summary(played)[2:] == [
        "| replay | 2 | 2 | 1 | 2.5 |",
        "| up | 1 | 1 | 0 | 2.5 |",
        "| **all** | 3 | 3 | 1 | 2.5 |",
    ]
    assert victims(played)[2:] == ["| replay | JVM | 2 |", "| up | JVM | 1 |"]
    assert as_row(played[1]).endswith("| window: 1 and 2 rows |")
    assert as_row(played[1]) in faults.as_markdown(played)


def test_a_round_that_differs_ends_with_1_and_the_parts_are_named(tmp_path, capsys):
    results = tmp_path / "results.jsonl"
    append(results, a_round("derive"))
    words = ["--results", str(results), "--parts", "derive=1"]
    assert faults.main(words) == 0
    append(results, a_round("replay", wrong=("differs",)))
    assert faults.main(words) == 1
    with pytest.raises(SystemExit):
        faults.main(["--parts", "derived"])
    assert "derived is none of replay, up" in capsys.readouterr().err


def test_a_night_goes_on_with_what_is_missing(tmp_path, monkeypatch, capsys):
    night = (
        Campaign("one", "faults.faults", ("--results", "{seed}.none", "--help")),
        Campaign("absent", "no_such_benchmark"),
    )
    monkeypatch.setattr(nightly, "CAMPAIGNS", night)
    results = tmp_path / "nights.jsonl"
    assert nightly.main(["--seed", "3", "--results", str(results)]) == 0
    first = results.read_text()
    assert "| one | 3 |" in capsys.readouterr().out and first.count("\n") == 1
    assert nightly.main(["--seed", "3", "--results", str(results)]) == 0
    assert results.read_text() == first, "it has come to its end"
    nightly.main(["--seed", "4", "--results", str(results)])
    assert results.read_text().count("\n") == 2


def test_every_campaign_that_is_listed_and_there_takes_its_words():
    for campaign in filter(nightly.is_there, CAMPAIGNS):
        words = [word.format(seed=1) for word in campaign.arguments]
        try:
            code = importlib.import_module(f"benchmarks.{campaign.module}").main([*words, "--help"])
        except SystemExit as ended:
            code = ended.code
        assert code == 0, campaign


def test_every_fault_to_plant_fits_the_code():
    assert [fault.name for fault in FAULTS if mutations.place_of(fault, ROOT) is None] == []
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40
    assert [test for fault in FAULTS for test in fault.tests if not (ROOT / test).exists()] == []


@pytest.mark.parametrize(
    ("test", "old", "outcome", "name"),
    [
        ("assert double(2) == 4", "2 * number", mutations.SEEN, "test_it.py::test_it"),
        ("assert double(0) == 0", "2 * number", mutations.NOT_SEEN, ""),
        ("assert double(2) == 4", "4 * number", mutations.ABSENT, ""),
        ("assert no such code", "2 * number", mutations.ERROR, "test_it.py"),
    ],
)
def test_a_fault_is_planted_seen_and_taken_back(tmp_path, test, old, outcome, name):
    code = "def double(number): return 2 * number\n"
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "twice.py").write_text(code)
    (tmp_path / "test_it.py").write_text(f"from geo.twice import double\ndef test_it(): {test}\n")
    planted = mutations.plant(Fault("triple", "geo", old, "3 * number", ("test_it.py",)), tmp_path, "abc")
    assert (planted.outcome, planted.test) == (outcome, name)
    assert (tmp_path / "geo" / "twice.py").read_text() == code
    assert mutations.table([planted], [])[0] == "| fault | package | abc |"
