"""The language benchmark on small files of our own: its figures are checked by hand."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.base._statistics import auc, interval, macro_f1, spearman
from benchmarks.language import language
from benchmarks.language._language_data import DataError, read_labelled, read_reviews


def test_spearman_shares_ranks_among_ties() -> None:
    assert spearman(np.array([1.0, 1.0, 2.0]), np.array([1, 2, 3])) == pytest.approx(0.8660254, abs=1e-6)
    assert spearman(np.array([3.0, 2.0, 1.0]), np.array([1, 2, 3])) == -1.0


def test_macro_f1_counts_three_classes() -> None:
    # negative: 1 hit of 1 guess and 2 truths -> 2/3; neutral: 1 hit of 2 guesses and 1 truth -> 2/3; positive: 1
    assert macro_f1(np.array([-0.9, 0.05, 0.0, 0.7]), np.array([-2, -1, 0, 2])) == pytest.approx(7 / 9)


def test_auc_gives_half_for_ties() -> None:
    assert auc(np.array([0.0, 0.0]), np.array([True, False])) == 0.5
    assert np.isnan(auc(np.array([0.0]), np.array([True])))


def test_intervals_repeat_and_hold_the_value() -> None:
    scores, labels = np.linspace(0, 1, 50), np.arange(50) % 7
    low, high = interval(spearman, scores, labels)
    assert (low, high) == interval(spearman, scores, labels)
    assert low <= spearman(scores, labels) <= high


def test_handles_are_dropped_at_load(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("text,mark\n@quelquun merci,ok\n", encoding="utf-8")
    assert read_labelled(path, "mark", "account")[0].text.split() == ["merci"]


def test_a_file_without_its_columns_is_named(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("texte;note\nbon;1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"reviews\.csv: expected the columns text and label"):
        read_reviews(path)


def test_reviews_say_who_liked_it(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("text,label\nbon,pos\nmauvais,-1\n", encoding="utf-8")
    assert read_reviews(path) == [("bon", True), ("mauvais", False)]
    path.write_text("text,label\nbon,bof\n", encoding="utf-8")
    with pytest.raises(DataError, match="label 'bof'"):
        read_reviews(path)


def test_runs_on_our_own_texts_and_reviews(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "SPEED_TEXTS", 200)
    here = Path(__file__).parents[1] / "made"
    rows = [line.split("\t") for line in (here / "labelled_texts.tsv").read_text(encoding="utf-8").splitlines()]
    labelled = [
        "text,label,source",
        *(f'"{text}",{label},own' for label, _, text in rows[3:] if '"' not in text),
    ]
    (tmp_path / "sentiment-labelled-own.csv").write_text("\n".join(labelled), encoding="utf-8")
    language.main(["--data", str(tmp_path), "--reviews", str(here / "reviews.csv"), "--no-others"])
    printed = capsys.readouterr().out
    assert "Spearman rho, all" in printed
    assert "AUC(liked)" in printed
    assert "MISSED  rho" not in printed
    assert "MISSED  macro-F1" not in printed


def test_an_empty_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert language.main(["--data", str(tmp_path), "--no-others"]) == 1
    assert "holds neither sentiment-labelled*.csv" in capsys.readouterr().err


@pytest.mark.recording
@pytest.mark.nightly(
    "test_runs_on_our_own_texts_and_reviews, and the polarities of tests/spark_app/language/test_rule_versions.py"
)
def test_bars_hold_on_the_labelled_data(
    shared_data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "SPEED_TEXTS", 200)
    monkeypatch.setattr(language, "TRIALS", 60)  # the benchmark itself plants 200
    language.main(["--data", str(shared_data), "--no-others"])
    missed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("MISSED")]
    assert [line for line in missed if "texts/s" not in line] == []
