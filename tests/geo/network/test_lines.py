"""A line is named so that it is never taken for another, and its badge can be read."""

from collections import Counter

import pytest

from geo.network.lines import MODES, Lines, contrast_ratio, contrast_text, mode_of_prim, strip_id


@pytest.fixture(scope="module")
def lines() -> Lines:
    return Lines.load()


@pytest.mark.parametrize("form", ["line:IDFM:C01742", "STIF:Line::C01742:", "IDFM:C01742", "C01742"])
def test_a_line_is_found_by_every_form_of_its_id(lines, form):
    assert strip_id(form) == "C01742"
    assert lines.get(form).label == "RER A"


@pytest.mark.parametrize(
    ("line_id", "label", "mode"),
    [
        ("C01742", "RER A", "rer"),
        ("C01737", "Transilien H", "train"),
        ("C01744", "TER Centre - Val de Loire (Ligne N)", "train"),
        ("C01379", "Métro 9", "metro"),
        ("C01387", "Métro 7bis", "metro"),
        ("C01391", "Tram T3a", "tram"),
        ("C02666", "Câble C1", "cable"),
        ("C00563", "CDG VAL", "shuttle"),
        ("C01385", "Funiculaire de Montmartre", "funicular"),
        ("C01175", "Bus 151 (RATP)", "bus"),
        ("C01106", "Bus 70 (RATP)", "bus"),
    ],
)
def test_a_label_says_mode_name_and_network(lines, line_id, label, mode):
    line = lines.get(line_id)
    assert (line.label, line.mode) == (label, mode)


def test_no_two_lines_have_one_label(lines):
    shared = {label: n for label, n in Counter(line.label for line in lines).items() if n > 1}
    assert len(lines) > 2000 and shared == {}


def test_bus_a_is_not_rer_a(lines):
    named_a = [line.label for line in lines if line.name == "A"]
    assert "RER A" in named_a and len(named_a) > 1 and len(set(named_a)) == len(named_a)


def test_every_line_has_a_known_mode_and_two_colours(lines):
    for line in lines:
        assert line.mode in MODES, line
        assert all(len(c) == 7 and int(c[1:], 16) >= 0 for c in (line.colour, line.text_colour)), line


def test_a_line_to_come_is_not_active(lines):
    assert not lines.get("C02833").active
    assert lines.get("C01742").active


def test_an_unknown_line_is_none(lines):
    assert lines.get("line:IDFM:C99999") is None


@pytest.mark.parametrize(
    ("prim", "mode"),
    [
        ("RapidTransit", "rer"),
        ("LocalTrain", "train"),
        ("Metro", "metro"),
        ("Tramway", "tram"),
        ("RailShuttle", "shuttle"),
        ("Bus", "bus"),
    ],
)
def test_prims_modes_have_ours(prim, mode):
    assert mode_of_prim(prim) == mode


def test_a_mode_never_seen_is_refused_by_name():
    with pytest.raises(ValueError, match="'Hovercraft'"):
        mode_of_prim("Hovercraft")


@pytest.mark.parametrize(
    ("colour", "text"),
    [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#ffbe00", "#000000"), ("#003ca6", "#ffffff")],
)
def test_text_on_a_colour_is_the_readable_one(colour, text):
    assert contrast_text(colour) == text


def test_contrast_is_that_of_wcag():
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast_ratio("#ffffff", "#777777") == contrast_ratio("#777777", "#ffffff")


def test_every_official_colour_can_be_read(lines):
    assert all(contrast_ratio(line.colour, contrast_text(line.colour)) >= 4.5 for line in lines)
