"""Who recorded a recording: options, then its manifest, then what its names tell, then nobody knows."""

import orjson
import pytest

from prim_client.inputs.recorded.credit import Credit
from prim_client.inputs.recorded.recorded import Recorded, RecordingUnreadable
from prim_client.simulated.recording import CREDIT
from spark_app.store.licences import attribution, of_recording
from tests.made.bodies import answer

UNKNOWN = Credit("", "Licence Mobilité", "PRIM")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "20240423000000.json").write_bytes(answer())
    return tmp_path


def test_without_a_word_nobody_knows_and_the_licence_is_prims(folder):
    assert Recorded(folder).credit() == UNKNOWN


def test_the_manifest_says_it_and_options_say_it_better(folder):
    (folder / "recording.json").write_text('{"recorder": "Ada", "licence": "CC0", "more": 1}')
    assert Recorded(folder).credit() == Credit("Ada", "CC0", "PRIM")
    assert Recorded(folder).credit("Bob") == Credit("Bob", "CC0", "PRIM")
    assert Recorded(folder).credit(licence="ODbL") == Credit("Ada", "ODbL", "PRIM")
    assert Recorded(folder).total() == 1


def test_the_outermost_manifest_of_an_archive_counts(tmp_path):
    from tests.prim_client.inputs.test_wrong_files import zipped

    files = [
        ("a/b/recording.json", b'{"recorder": "in"}'),
        ("a/recording.json", b'{"recorder": "out"}'),
        ("a/20240423000000.json", answer()),
    ]
    (tmp_path / "a.zip").write_bytes(zipped(files))
    assert Recorded(tmp_path / "a.zip").credit().recorder == "out"


def test_files_of_the_ratpstatus_project_are_known_by_their_names(tmp_path):
    (tmp_path / "20240423000201_disruptions.optimized.json").write_bytes(answer())
    assert Recorded(tmp_path).credit() == Credit("projet ratpstatus", "ODbL", "PRIM")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("[]", "no object"),
        ("{", "no JSON"),
        ('{"recorder": 5}', "recorder in recording.json = 5"),
        ('{"licence": ""}', "expected a text"),
        ('{"recorder": "a\\nb"}', "one line"),
        ('{"recorder": "%s"}' % ("a" * 121), "at most 120"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_a_sentence(folder, manifest, said):
    (folder / "recording.json").write_text(manifest)
    with pytest.raises(RecordingUnreadable, match=said) as error:
        Recorded(folder).credit()
    assert str(folder) in str(error.value) and "\n" not in str(error.value)


def meta(credit):
    return {"source": "recorded", "credit": orjson.dumps(credit).decode()}


def test_what_is_shown_is_the_credit_of_this_recording():
    assert of_recording(meta(UNKNOWN)) == "Enregistrement de PRIM (auteur inconnu), Licence Mobilité"
    assert attribution(meta(Credit("Ada", "CC0"))).startswith("Enregistrement de PRIM (Ada), CC0 · Référentiels")
    assert "données fictives" in attribution(meta(CREDIT)) and "PRIM" not in attribution(meta(CREDIT))


def test_a_store_of_before_says_what_it_said():
    assert attribution({"source": "recorded"}).startswith("Enregistrement de PRIM (projet ratpstatus), ODbL · ")
    assert attribution({"source": "live"}).startswith("Données temps réel : PRIM")
    assert attribution({}).startswith("Source : inconnue")


def test_it_goes_from_the_log_into_the_store_and_may_be_said_better_later(tmp_path):
    from dataclasses import asdict

    from spark_app.commands.app import keep_credit
    from spark_app.store.engine import get_meta, open_store, sqlite_url
    from stream_server.log.log import Log

    engine = open_store(sqlite_url(tmp_path / "store.db"))
    with Log.open(tmp_path / "log.db") as log:
        log.claim(source="recorded", tick_s=300)
        assert log.books()["credit"] is None
        for credit in (Credit(), Credit("Ada", "CC0")):
            log.describe(credit=asdict(credit))
            log.claim(source="recorded", tick_s=300)
            assert log.books()["credit"] == asdict(credit) and log.books()["source"] == "recorded"
        keep_credit(engine, log.books()["credit"])
    with engine.connect() as connection:
        facts = {"source": "recorded", "credit": get_meta(connection, "credit")}
    assert of_recording(facts) == "Enregistrement de PRIM (Ada), CC0"
