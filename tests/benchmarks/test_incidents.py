"""The benchmark of incidents: figures checked by hand, on files of our own and on the recordings."""

from pathlib import Path

import pytest

from benchmarks.derived import _incident_truth as truth
from benchmarks.derived import incidents
from benchmarks.derived._incident_truth import (
    Agreement,
    b_cubed,
    by_day,
    interval,
    judged_pairs,
    pairwise,
    share_interval,
    twins,
)
from tests.made.notices import notice

TRUTH = {"a": 1, "b": 1, "c": 1, "d": 2}
OURS = {"a": 1, "b": 1, "c": 2, "d": 2}


def test_pairs_are_counted():
    agreement = pairwise(OURS, TRUTH)
    assert agreement == Agreement(both=1, ours=2, truth=3)
    assert (agreement.precision, agreement.recall, agreement.f1) == (0.5, 1 / 3, 0.4)


def test_b_cubed_averages_over_disruptions():
    # a, b: ours {a, b}, truth {a, b, c}; c: {c, d} and {a, b, c}; d: {c, d} and {d}
    precision, recall, f1 = b_cubed(OURS, TRUTH)
    assert precision == (1 + 1 + 0.5 + 0.5) / 4
    assert recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_days_add_up_and_intervals_repeat():
    days = by_day(OURS, TRUTH, {"a": "1", "b": "1", "c": "2", "d": "2"})
    assert days == [Agreement(1, 1, 3), Agreement(0, 1, 0)]
    assert sum(days, Agreement(0, 0, 0)) == pairwise(OURS, TRUTH)
    assert interval(days, "precision") == interval(days, "precision") == (0.0, 1.0)


def test_the_interval_of_a_share_is_wilsons():
    assert share_interval(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-3)
    assert share_interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)


def test_twins_share_a_text_within_three_minutes_of_the_one_before():
    seen = [
        notice(i, minute, "t", text)
        for i, minute, text in (("a", 0, "x"), ("b", 2, "x"), ("c", 4.5, "x"), ("d", 9, "x"), ("e", 0, "y"))
    ]
    assert twins(seen) == [["a", "b", "c"]]


HEADER = (
    "impact_id,disruption_id,period_begin,period_end,updated_at,cause,severity.name,messages_text,"
    "impacted_objects_pt_object_id"
)


def history(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "history.csv"
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    return path


def line(impact, truth, begin, end, seen, text):
    return (
        f"{impact},{truth},2024-04-23 {begin},2024-04-23 {end},2024-04-23 "
        f"{seen},perturbation,bloquante,{text},line:IDFM:C01379"
    )


def test_a_history_is_scored(tmp_path, capsys):
    title = "Métro 9 : Bagage oublié - Trafic interrompu"
    history(
        tmp_path,
        line("a", "1", "08:00:00", "23:00:00", "08:04:00", title),
        line("b", "1", "08:20:00", "23:00:00", "08:24:00", title),
        line("c", "2", "08:40:00", "23:00:00", "08:44:00", title),
    )
    assert incidents.main(["--data", str(tmp_path)]) == 0  # one pair decides no bar
    printed = capsys.readouterr().out
    assert "3 disruptions, 2 incidents by disruption_id, ours 1" in printed
    assert "1 of 3 pairs of ours, 1 of the truth" in printed


@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_place_without_data_is_said(name, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert incidents.main(["--data", str(tmp_path / name)]) == 1
    assert capsys.readouterr().err.startswith("pulse bench incidents: ")


def test_the_judged_pairs_hold_both_classes_and_no_text():
    rows = [row for row in truth.JUDGED_PAIRS.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    assert len(rows) == 100
    assert sum(row.endswith("\t1") for row in rows) == 53
    hard = [row for row in truth.HARD_PAIRS.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    assert (len(hard), sum(row.endswith("\t1") for row in hard)) == (45, 37)
    assert judged_pairs(["of no recording"]) == []


@pytest.mark.recording
def test_the_bars_hold_on_the_history(shared_data, capsys):
    assert incidents.main(["--data", str(shared_data / "prim" / "metro9-history-2024-01_05.csv")]) == 0
    assert "Every bar is met" in capsys.readouterr().out


@pytest.mark.recording
@pytest.mark.nightly("test_the_bars_hold_on_the_history, and the rules one by one in tests/spark_app/derived/incidents")
def test_the_bars_hold_on_the_recording(shared_data, capsys):
    assert incidents.main(["--data", str(shared_data / "prim" / "rail-2024-04-23_05-05.tar.zst")]) == 0
    printed = capsys.readouterr().out
    assert "100 pairs judged by hand" in printed
    assert "closing ids that count as active: 0 of " in printed
