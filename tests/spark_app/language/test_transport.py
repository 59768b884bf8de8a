"""What the analyzer understands, and how it behaves as a TextBlob analyzer. All texts are our own."""

import multiprocessing
import pickle
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from textblob import TextBlob

from spark_app.language.sentiment.analyzers import make_analyzer
from spark_app.language.sentiment.transport import MAX_CHARACTERS, TransportAnalyzer, TransportBlob

CUT, BAD, GOOD = "cut", "bad", "good"


def rows() -> list[tuple[int, str]]:
    """Our labelled texts: (label from -2 to 2, text)."""
    lines = (Path(__file__).parents[2] / "made" / "labelled_texts.tsv").read_text(encoding="utf-8").splitlines()
    split = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(int(label), text) for label, _, text in split]


@pytest.fixture(scope="module")
def analyzer() -> TransportAnalyzer:
    return TransportAnalyzer()


def verdict(polarity: float | None) -> str:
    if polarity is None:
        return "none"
    if abs(polarity) <= 0.05:
        return "neutral"
    return GOOD if polarity > 0 else CUT if polarity <= -0.75 else BAD


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        # the status decides, not the average
        (CUT, "Le trafic est interrompu entre Nation et Bercy, il est normal sur le reste de la ligne."),
        (BAD, "Le trafic est perturbé, merci et bonne journée à tous les voyageurs."),
        # negation
        (GOOD, "Aucune perturbation sur la ligne 6."),
        (GOOD, "Il n'y a plus de retard sur la ligne J."),
        (GOOD, "Le trafic n'est plus perturbé sur le RER A."),
        (BAD, "Le trafic n'est pas rétabli sur la ligne 8."),
        (BAD, "Plus de 20 minutes de retard sur la ligne J."),
        # hedges
        (BAD, "Le trafic reprend mais reste perturbé sur l'ensemble de la ligne."),
        (BAD, "Incident terminé, le trafic reste perturbé."),
        (GOOD, "Le trafic reprend progressivement sur la ligne 4."),
        # forecasts are not news yet
        (CUT, "Le trafic est interrompu sur la ligne. Reprise estimée à 18h30."),
        (CUT, "Le trafic est interrompu. Nous vous tiendrons informés de la reprise normale du trafic."),
        (BAD, "Retour à la normale prévu à 17h sur la ligne 2."),
        (BAD, "Reprise du trafic estimée vers 10h00 sur la ligne 13."),
        # aftermath and history
        (GOOD, "Le trafic est rétabli après une interruption entre Nation et Bercy."),
        (GOOD, "Fin de la perturbation sur le tramway T2."),
        # ratios
        (CUT, "Prévoir 1 train sur 4 sur la ligne."),
        (BAD, "Prévoir deux trains sur trois sur la ligne."),
        # sauf
        (BAD, "Trafic normal sur tout le réseau, sauf sur la ligne 4."),
        (
            CUT,
            "Le trafic est interrompu sur la ligne D, sauf entre Juvisy et Melun où le service est rétabli.",
        ),
        (GOOD, "Trafic normal tous les jours sauf le dimanche 3 mars sur la ligne 4."),
        # times of day: a planned late cut is milder than one of the day
        (BAD, "Du lundi au jeudi à partir de 22h, le trafic est interrompu en raison de travaux."),
        (CUT, "Samedi, toute la journée, le trafic est interrompu en raison de travaux."),
        (CUT, "Le trafic est interrompu jusqu'à 22h."),
        # no change
        ("neutral", "Travaux de nuit en gare, sans incidence sur la circulation des trains."),
        # extensions
        (GOOD, "La ligne 14 est prolongée jusqu'à l'aéroport."),
        (BAD, "Les travaux de la ligne 14 sont prolongés jusqu'en mai."),
        # English
        (CUT, "No service on line 7 between Opéra and Châtelet."),
        (GOOD, "There are no delays on line 7."),
        (GOOD, "Traffic is back to normal on RER B."),
        # boilerplate says nothing
        ("none", "Plus d'informations sur le site ratp.fr"),
        ("none", "Retrouvez les horaires de la ligne 7 du RER sur l'application Île-de-France Mobilités."),
    ],
)
def test_reads_a_notice_as_a_rider_does(analyzer: TransportAnalyzer, expected: str, text: str) -> None:
    assert verdict(analyzer.polarity(text)) == expected


def test_orders_our_labelled_texts(analyzer: TransportAnalyzer) -> None:
    signs = [(label, analyzer.polarity(text) or 0.0) for label, text in rows()]
    wrong = [(label, polarity) for label, polarity in signs if label and label * polarity <= 0]
    assert len(signs) > 100
    assert len(wrong) <= 3


def test_polarity_is_a_float_in_range_or_none(analyzer: TransportAnalyzer) -> None:
    for _, text in rows():
        polarity = analyzer.polarity(text)
        assert polarity is None or (type(polarity) is float and -1 <= polarity <= 1)
    assert analyzer.polarity("") is None


def test_explains_itself_with_offsets(analyzer: TransportAnalyzer) -> None:
    text = "Ligne 6 : le trafic est très perturbé."
    reading = analyzer.explain(text)
    [term] = reading.terms()
    assert text[term["start"] : term["end"]] == term["term"] == "perturbé"
    assert term["role"] == "bad"
    assert term["weight"] == pytest.approx(-0.8)


def test_offsets_count_in_the_text_without_markup(analyzer: TransportAnalyzer) -> None:
    reading = analyzer.explain("<p>Le trafic est<br><b>interrompu</b> &agrave; Nation</p>")
    [term] = reading.terms()
    assert reading.text == "Le trafic est\ninterrompu à Nation"
    assert reading.text[term["start"] : term["end"]] == "interrompu"


def test_markup_changes_no_score(analyzer: TransportAnalyzer) -> None:
    plain = "Le trafic est rétabli sur l'ensemble de la ligne 4."
    html = "<p>Le&nbsp;trafic est <strong>r&#233;tabli</strong> sur l&#39;ensemble de la ligne&nbsp;4.</p>"
    assert analyzer.polarity(html) == analyzer.polarity(plain)


def test_names_in_angle_brackets_stay(analyzer: TransportAnalyzer) -> None:
    assert analyzer.explain("Arrêt non desservi vers Antony <RER>.").text.endswith("Antony <RER>.")


def test_general_french_is_textblob_fr(analyzer: TransportAnalyzer) -> None:
    from textblob_fr import PatternAnalyzer

    text = "Un roman magnifique et très émouvant, que je recommande à tous les lecteurs sans la moindre réserve."
    assert analyzer.polarity(text) == pytest.approx(PatternAnalyzer().analyze(text)[0])


def test_general_english_is_textblob(analyzer: TransportAnalyzer) -> None:
    text = "This is a wonderful novel with a great story and I really loved the ending of it all."
    assert analyzer.polarity(text) == pytest.approx(TextBlob(text).sentiment.polarity)


def test_is_a_textblob_analyzer() -> None:
    blob = TextBlob("Le trafic est interrompu.", analyzer=TransportAnalyzer())
    polarity, subjectivity = blob.sentiment
    assert polarity < -0.8
    assert blob.sentiment_assessments.assessments[0]["term"] == "interrompu"
    assert 0 <= subjectivity <= 1


def test_transport_blob_obeys_its_analyzer() -> None:
    assert TransportBlob("Le trafic est interrompu.").polarity < -0.8
    from textblob_fr import PatternAnalyzer

    blob = TransportBlob("Un bon livre", analyzer=PatternAnalyzer())
    assert blob.polarity == PatternAnalyzer().analyze("Un bon livre")[0]


def test_analyzer_and_results_survive_pickling() -> None:
    analyzer = pickle.loads(pickle.dumps(TransportAnalyzer()))
    blob = pickle.loads(pickle.dumps(TransportBlob("Trafic rétabli sur la ligne 4.")))
    assert analyzer.polarity("Trafic rétabli sur la ligne 4.") == blob.polarity > 0.5
    assert pickle.loads(pickle.dumps(analyzer.analyze("Trafic rétabli"))) == analyzer.analyze("Trafic rétabli")


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (-0.6, -0.1, "Dernier train à circuler normalement, de Paris Saint-Lazare vers Mantes la Jolie : 21h16"),
        (-0.6, -0.1, "Les derniers métros circulant normalement partent à 22h."),
        (-0.5, -0.3, "Le train de 22h34 de Paris Saint-Lazare est rendu origine Nanterre Université."),
        (-0.5, -0.3, "Les trains sont rendus terminus Juvisy."),
        (
            -0.45,
            -0.25,
            "Gare du Nord <> Aéroport CDG 2 : offre de transport réduite, 1 train toutes les 7 minutes en moyenne",
        ),
        (-0.45, -0.25, "Réduction de l'offre de transport sur la ligne J."),
        (-0.7, -0.5, "Un train toutes les 10 minutes au lieu de 5."),
        (-0.5, -0.3, "Bus toutes les 12 minutes au lieu de toutes les 8 minutes."),
        (-0.7, -0.5, "Un train toutes les heures au lieu de 30 minutes."),
        (-0.7, -0.5, "2 trains par heure au lieu de 4."),
        (0.1, 0.5, "Un train toutes les 5 minutes au lieu de 10."),
    ],
)
def test_a_shortened_or_thinned_service_is_as_bad_as_what_is_left(
    analyzer: TransportAnalyzer, low: float, high: float, text: str
) -> None:
    polarity = analyzer.polarity(text)
    assert polarity is not None and low <= polarity <= high


def test_a_long_notice_with_one_word_of_transport_is_read_by_its_status(analyzer: TransportAnalyzer) -> None:
    """And not by everyday French, in which a fair is good news."""
    fair = "En raison de la belle fête des associations et de son grand marché gourmand, très apprécié des familles, "
    where = "qui se tient cette année encore sur la place de la mairie, dans une ambiance chaleureuse et agréable, "
    text = f"{fair}{where}{'avec musique, danse et joie pour tous les âges, ' * 12}l'arrêt Mairie ne sera pas desservi."
    assert -0.8 < analyzer.polarity(text) < -0.2


def test_threads_agree() -> None:
    texts = [text for _, text in rows()] * 3
    alone = [TransportAnalyzer().polarity(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(TransportAnalyzer().polarity, texts)) == alone


def test_processes_agree() -> None:
    texts = [text for _, text in rows()]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(TransportAnalyzer().polarity, texts) == [TransportAnalyzer().polarity(t) for t in texts]


def test_the_version_is_a_name_and_a_number() -> None:
    assert make_analyzer("transport").version == TransportAnalyzer().version
    assert re.fullmatch(r"transport-\d+", TransportAnalyzer().version)


@pytest.mark.parametrize(
    "text",
    [
        "plus d'information " * 5_000,
        "aucun retard " * 5_000,
        "<" * 50_000,
        "<p " * 20_000,
        "&" * 50_000,
        "a." * 30_000,
        "1 train sur " * 5_000,
        "sauf normal " * 5_000,
        "https://" * 8_000,
        "l'" * 30_000,
        "n'est pas " * 6_000,
        "mais normal " * 5_000,
        "22h " * 15_000,
        "\u0301" * 50_000,
        "\U000e0041" * 50_000,
        "retard 90 " * 6_000,
    ],
)
def test_hostile_texts_cost_little(analyzer: TransportAnalyzer, text: str) -> None:
    began = time.process_time()
    polarity = analyzer.polarity(text)
    assert time.process_time() - began < 10.0  # a guard: it is hundredths, and minutes for a pattern that backtracks
    assert polarity is None or -1 <= polarity <= 1


def test_reads_no_more_than_its_cap(analyzer: TransportAnalyzer) -> None:
    filler = "la ligne 4 " * (MAX_CHARACTERS // 11 + 1)
    assert analyzer.polarity(filler + "est interrompue") is None
