"""A rule whose results change gets a new version: its results on a fixed corpus are pinned beside its number.

Formatting a file, moving it or renaming a function changes neither. Where a test here fails, raise the version of the
rule, write a line with its new digest below the others of that rule, and leave the old lines as they are.
"""

import hashlib
import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, update

from deploy.configuration.settings import load
from spark_app.commands.derive import make_folds
from spark_app.derived.runner import Runner
from spark_app.fold.cluster_model import COUNT_RULE, ClusterCount, ClusterModel
from spark_app.fold.message_point import POINT_RULE, medoid_hit
from spark_app.fold.sink import Sink
from spark_app.language import lexicon
from spark_app.language.sentiment.analyzers import make_analyzer
from spark_app.language.sentiment.transport import TransportAnalyzer
from spark_app.query import query as stream
from spark_app.store.engine import get_meta, open_store, put_meta, sqlite_url
from spark_app.store.tables import derived as derived_table
from spark_app.store.tables import model as model_table
from tests.made import rule_corpus
from tests.made.enriched import TICK_US, network, table

PINS = Path(__file__).with_name("pinned_results.tsv")


def pinned() -> dict[tuple[str, str], str]:
    """Digest by rule and version."""
    rows = [line.split("\t") for line in PINS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len({(rule, version) for rule, version, _ in rows}) == len(rows), "a version has one result"
    return {(rule, version): digest for rule, version, digest in rows}


def digest(value) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, default=str).encode()).hexdigest()[:16]


def check(rule: str, version: str, results) -> None:
    """Results that changed under an old version, and a new version without its line, both fail."""
    found = digest(results)
    assert pinned().get((rule, version)) == found, (
        f"a new version of a rule needs a line in {PINS.name}: {rule}\t{version}\t{found}"
    )


def number(version: str) -> str:
    """The version of the rule alone: of `3-7200-604800` the rest is settings."""
    return version.partition("-")[0]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = open_store(sqlite_url(tmp_path_factory.mktemp("corpus") / "store.db"))
    rule_corpus.fill(engine)
    Runner(engine, make_folds(load())).catch_up()
    yield engine
    engine.dispose()


def test_the_polarities_of_the_analyzer_are_those_of_its_version():
    analyzer = make_analyzer("transport")
    polarities = [analyzer.polarity(text) for text in [*rule_corpus.texts(), *rule_corpus.phrases()]]
    check("transport", analyzer.version.removeprefix("transport-"), polarities)


@pytest.mark.parametrize("fold", make_folds(load()), ids=lambda fold: fold.name)
def test_the_rows_of_a_fold_are_those_of_its_version(engine, fold):
    with engine.connect() as connection:
        rows = {
            table.name: [list(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in fold.tables
        }
    assert any(rows.values())
    check(fold.name, number(fold.version), rows)


def test_every_phrase_of_the_lexicon_is_in_the_corpus():
    """So no row of the lexicon can change without a changed result."""
    content = resources.files("spark_app.language").joinpath("data/lexicon.tsv").read_text(encoding="utf-8")
    in_corpus = {word for phrase in rule_corpus.phrases() for word in (phrase, phrase.partition(" ")[0])}
    for _, pattern, _, _ in lexicon.rows(content, "lexicon"):
        for phrase in lexicon.expand(pattern):
            assert " ".join(lexicon.phrase_words(phrase)) in in_corpus


FORMER = [(fold.name, former) for fold in make_folds(load()) for former in getattr(fold, "former_versions", ())]


@pytest.mark.parametrize(("name", "former"), FORMER)
def test_a_store_that_names_the_version_by_a_source_hash_goes_on(engine, name, former):
    fold = next(one for one in make_folds(load()) if one.name == name)
    held = derived_table.c.name == name
    with engine.begin() as connection:
        connection.execute(update(derived_table).where(held).values(version=former))
    assert Runner(engine, [fold]).step(fold) == 0, "it is at the end already, and begins nothing anew"


def test_a_store_of_a_former_analyzer_name_keeps_its_generation(engine, monkeypatch):
    monkeypatch.setattr(TransportAnalyzer, "former_versions", ("transport-e373c9fdca0e",))
    plan = _plan(load())
    generation = stream.claim_generation(engine, plan)
    with engine.begin() as connection:
        model = json.loads(get_meta(connection, "model")) | {"analyzer": "transport-e373c9fdca0e"}
        put_meta(connection, model=json.dumps(model))
    assert stream.claim_generation(engine, plan) == generation
    with engine.begin() as connection:
        put_meta(connection, model=json.dumps(model | {"analyzer": "transport-0"}))
    assert stream.claim_generation(engine, plan) == generation + 1


def _plan(settings):
    from types import SimpleNamespace

    from spark_app.commands.app import fold_settings, initial_centres

    return SimpleNamespace(
        fold=fold_settings(settings),
        centres=initial_centres(settings.clusters.k),
        analyzer="transport",
        config_sha256="",
    )


def test_another_version_of_the_geocoder_begins_a_new_generation(engine):
    plan = _plan(load())
    generation = stream.claim_generation(engine, plan)
    with engine.begin() as connection:
        model = json.loads(get_meta(connection, "model"))
        del model["geocoder"]  # as a store has it that an earlier version made
        put_meta(connection, model=json.dumps(model))
    assert stream.claim_generation(engine, plan) == generation + 1
    assert stream.claim_generation(engine, plan) == generation + 1


def test_the_medoids_are_those_of_their_rule():
    check("message_point", str(POINT_RULE), [medoid_hit(*rule_corpus.stations(seed)) for seed in range(40)])


def test_the_clusters_of_a_model_are_those_of_the_rule_of_their_number():
    model, rows = ClusterModel.from_centres(np.array([[0.0, 0.0, 0.0], [40.0, 0.0, 0.0]])), []
    for tick in range(60):
        points = rule_corpus.points(tick, count=abs(tick % 40 - 20))
        model = model.update(points, 0.8, model.assign(points), ClusterCount(2, 8, 2))
        rows.append(
            [model.index.tolist(), model.kmeans.centres.round(6).tolist(), model.kmeans.weights.round(6).tolist()]
        )
    assert len({len(index) for index, _, _ in rows}) > 3
    check("cluster_count", str(COUNT_RULE), rows)


def test_a_store_of_the_version_before_opens_says_that_a_generation_begins_and_goes_on(tmp_path, capsys):
    """Every hit was a point then: neither `point` nor `count` stands in its settings. What is stored stays."""
    engine, plan = open_store(sqlite_url(tmp_path / "old.db")), _plan(load())
    first = stream.claim_generation(engine, plan)
    assert capsys.readouterr().err == "", "a new store begins without a word"
    with engine.begin() as connection:
        held = json.loads(get_meta(connection, "model"))
        put_meta(connection, model=json.dumps({k: v for k, v in held.items() if k not in ("point", "count")}))
    rows = network(hours=2)
    half = rows[len(rows) // 2]["entry"]
    settings = replace(plan.fold, tick_us=TICK_US, slide_us=TICK_US, span_us=6 * TICK_US)
    Sink(engine, settings, first, plan.centres, "t").write("q", 0, table([r for r in rows if r["entry"] < half]))
    with engine.connect() as connection:
        before = [tuple(row) for row in connection.execute(select(model_table)).all()]

    second = stream.claim_generation(engine, plan)
    told = capsys.readouterr().err
    assert second == first + 1
    assert (
        told.startswith("pulse: note: ")
        and told.count("\n") == 1
        and f"generation {second} of the model begins" in told
    )
    Sink(engine, settings, second, plan.centres, "t").write("q", 1, table([r for r in rows if r["entry"] >= half]))
    with engine.connect() as connection:
        after = [tuple(row) for row in connection.execute(select(model_table)).all()]
    assert {row[0] for row in after} == {first, second}
    assert [row for row in after if row[0] == first] == before
    assert stream.claim_generation(engine, plan) == second and capsys.readouterr().err == ""
