"""Tags of notices: causes, effects, and what the message itself says. All texts are our own."""

from importlib import resources
from pathlib import Path

import pytest

from benchmarks.language import _language_data
from prim_client.messages.message import Body, Channel, LineRef, StationRef
from spark_app.language.labels import CAUSES_FR, EFFECTS_FR
from spark_app.language.lexicon import rows
from spark_app.language.tags import body_tags, causes_of, effects_of, tags_of


@pytest.mark.parametrize(
    ("causes", "text"),
    [
        (["unattended_item"], "Métro 7 : Bagage oublié - Trafic interrompu"),
        (["works"], "Bus 57 : l'arrêt n'est pas desservi. Raison : travaux."),
        (["works"], "en raison d'un rallongement de durée de chantier."),
        (
            ["infrastructure"],
            "Motif : panne sur les installations du gestionnaire de réseau (panne de signalisation).",
        ),
        (["infrastructure"], "en raison d'un incident affectant la voie à Nation."),
        (["rolling_stock"], "en raison d'un incident technique sur un train à Nation."),
        (["technical"], "en raison d'un incident technique à Nation."),
        (["rolling_stock"], "Motif : panne d'un train (train de travaux)."),
        (["operations"], "Motif : conditions de départ non réunies."),
        (["staff"], "Motif : absence inopinée d'un agent."),
        (["strike"], "[Mouvement social] 1 train sur 4."),
        (["passenger_ill"], "en raison d'un malaise voyageur."),
        (["passenger_incident"], "en raison d'une gêne à la fermeture des portes."),
        (["person_hit"], "Motif : accident grave de personne à Étampes (incident terminé)."),
        (["trespass"], "Motif : individus aux abords des voies."),
        (["security"], "Motif : acte de malveillance (intervention des forces de l'ordre)."),
        (["demonstration"], "Raison : manifestation."),
        (["event"], "Raison : manifestation sportive."),
        (["weather"], "Motif : conditions météorologiques (coulées de boue)."),
        (["obstacle"], "Motif : obstacle sur la voie (arbre tombé sur les fils)."),
        (["fire"], "Motif : incendie aux abords de la voie."),
        (["road"], "Raison : stationnement gênant."),
        (["passenger_ill", "unattended_item"], "Motif : malaise voyageur et affaires oubliées."),
        ([], "Le trafic est perturbé vers Versailles Chantiers."),
        ([], "L'offre de transport est adaptée sur votre ligne."),
        (["infrastructure"], "because of a signal failure"),
        (["unattended_item"], "because of an unattended bag"),
    ],
)
def test_names_the_cause(causes: list[str], text: str) -> None:
    assert causes_of(text) == causes


@pytest.mark.parametrize(
    ("effects", "text"),
    [
        (["interrupted", "disrupted"], "Le trafic est interrompu entre A et B et perturbé sur la ligne."),
        (["stationary"], "Un train stationne à Nation."),
        (["diverted", "not_served"], "La ligne 62 est déviée : les arrêts ne sont plus desservis."),
        (["cancelled"], "Train supprimé : ZITA"),
        (
            ["interrupted"],
            "Le trafic est interrompu. Retrouvez un itinéraire prenant en compte cette perturbation.",
        ),
        (
            ["interrupted", "replacement"],
            "Trafic interrompu, un service de bus de remplacement est mis en place.",
        ),
        ([], "Retrouvez les horaires sur l'application."),
    ],
)
def test_names_the_effect(effects: list[str], text: str) -> None:
    assert effects_of(text) == effects


def test_tags_come_once_and_in_order_of_kind() -> None:
    tags = tags_of("Bagage oublié", "un bagage oublié", lines=["C01", "C01"], stations=["71", ""], places=["Paris 12"])
    assert tags == [("cause", "unattended_item"), ("line", "C01"), ("station", "71"), ("place", "Paris 12")]


def test_a_station_is_its_interchange_or_else_its_zone() -> None:
    stations = tuple(
        StationRef(zda=zda, zdc=zdc, name="X", lat=48.85, lon=2.35, method="stop_id", confidence=1.0)
        for zda, zdc in (("1", "9"), ("2", "9"), ("3", ""))
    )
    line = LineRef(id="C01376", name="6", mode="metro", network="RATP", stations=stations)
    body = Body(
        channel=Channel.INCIDENT,
        severity="PERTURBEE",
        cause="PERTURBATION",
        title="Malaise voyageur",
        short_message="",
        text="Un train stationne.",
        html="",
        lines=(line,),
    )
    assert body_tags(body, place_of=lambda lat, lon: f"{lat:.0f}-{lon:.0f}") == [
        ("cause", "passenger_ill"),
        ("effect", "stationary"),
        ("line", "C01376"),
        ("mode", "metro"),
        ("station", "9"),
        ("station", "3"),
        ("place", "49-2"),
    ]


@pytest.mark.recording
@pytest.mark.nightly(
    "the phrases one by one here, and the pinned tags of tests/spark_app/language/test_rule_versions.py"
)
def test_causes_agree_with_the_hand_tags_of_recorded_notices(shared_data: Path) -> None:
    notices = [n for _, found in _language_data.read_recordings(shared_data) for n in found]
    precision, recall, count = _language_data.cause_agreement([n.text for n in notices], causes_of)
    assert count >= 195
    assert precision >= 0.97
    assert recall >= 0.90


@pytest.mark.parametrize(("name", "labels"), [("causes", CAUSES_FR), ("effects", EFFECTS_FR)])
def test_every_cause_and_effect_has_a_label_and_a_phrase(name: str, labels: dict[str, str]) -> None:
    source = resources.files("spark_app.language").joinpath(f"data/{name}.tsv").read_text(encoding="utf-8")
    assert {kind for _, _, kind, _ in rows(source, name)} == set(labels)
