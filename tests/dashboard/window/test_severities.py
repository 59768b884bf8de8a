"""The seven wordings and the rule that gives them."""

from pathlib import Path

import pytest

import dashboard
from dashboard.ui.texts import TEXTS
from spark_app.language.severities import SEVERITIES, rank, severity_of

ICONS = Path(dashboard.__file__).parent / "assets" / "icons"


@pytest.mark.parametrize(
    ("channel", "severity", "title", "text", "expected"),
    [
        ("incident", "BLOQUANTE", "RER A", "Le trafic est interrompu entre A et B.", "interruption"),
        ("incident", "BLOQUANTE", "RER A", "Aucun train entre A et B.", "interruption"),
        ("incident", "BLOQUANTE", "Bus 20", "L'arrêt A n'est pas desservi.", "blocking"),
        ("incident", "PERTURBEE", "RER A", "Le trafic est ralenti sur la ligne.", "slow"),
        ("incident", "PERTURBEE", "RER A", "Le train stationne à A.", "slow"),
        ("incident", "PERTURBEE", "RER A", "Retards, et l'arrêt B n'est pas desservi.", "disrupted"),
        ("incident", "PERTURBEE", "RER A", "Le trafic est perturbé.", "disrupted"),
        ("incident", "INFORMATION", "RER A", "Le trafic est interrompu.", "information"),
        ("information", "PERTURBEE", "RER A", "Le trafic est ralenti.", "information"),
        ("works", "BLOQUANTE", "T3a", "Le trafic est interrompu.", "works_blocking"),
        ("works", "PERTURBEE", "T3a", "Le trafic est ralenti.", "works"),
        ("incident", "", "", "", "disrupted"),
    ],
)
def test_the_rule(channel, severity, title, text, expected):
    assert severity_of(channel, severity, title, text) == expected


def test_an_interruption_is_the_gravest_and_an_information_the_least():
    assert rank("interruption") == 0
    assert rank("information") == len(SEVERITIES) - 1 == 6


@pytest.mark.parametrize("severity", SEVERITIES)
def test_each_has_words_in_both_languages_and_a_mark_of_its_own(severity):
    assert f"severity.{severity}" in TEXTS and f"severity.short.{severity}" in TEXTS
    shapes = {(ICONS / f"{name}.svg").read_text("utf-8") for name in SEVERITIES}
    assert len(shapes) == 7
