"""Line reports beside the derive process: what was read is stored between two steps,
and nothing that fails stops it."""

import threading
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import select

from deploy.configuration.settings import Poll, Settings
from deploy.configuration.settings import Simulator as SimulatorSettings
from prim_client.inputs.api import Answer
from prim_client.inputs.errors import AuthError, Transient
from prim_client.inputs.line_reports import LineReports
from prim_client.inputs.quota import Quota
from prim_client.line_report_factory import make_line_reports
from prim_client.simulated.server import Simulator
from spark_app.commands.derive import follow, make_asking
from spark_app.derived.incidents import asking as module
from spark_app.derived.incidents import evidence
from spark_app.derived.incidents.asking import Asking, status
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.runner import Runner
from spark_app.store.engine import StoreUnavailable, open_store, put_meta, sqlite_url
from spark_app.store.tables import incident, published_incident
from tests.made.small_store import put_entry, put_revision

NOW = datetime(2026, 10, 5, 16, tzinfo=UTC)
PATIENCE_S = 30


class Stop(threading.Event):
    """Sets itself after so many waits: a thread that is run for a while, without a second passing."""

    def __init__(self, waits):
        super().__init__()
        self.left, self.waited_s = waits, []

    def wait(self, timeout=None):
        self.waited_s.append(timeout)
        self.left -= 1
        if self.left < 1:
            self.set()
        return self.is_set()


def good(**disruption_of):
    return Answer(
        200, {}, orjson.dumps({"disruptions": [{"id": i, "disruption_id": d} for i, d in disruption_of.items()]})
    )


def reports(quota, *answers):
    """Each reading gets the next answer; the last one for ever."""
    left = list(answers)

    def fetch(_number):
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return LineReports(fetch, quota, clock=lambda: NOW, sleep=lambda _: None)


@pytest.fixture
def engine(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    with engine.begin() as connection:
        put_meta(connection, source="live")
    return engine


@pytest.fixture
def quota(tmp_path):
    return Quota(tmp_path / "quota.sqlite", "k", 4000)


def told(engine):
    with engine.connect() as connection:
        return dict(connection.execute(select(published_incident.c.id, published_incident.c.disruption_id)).all())


def words(engine):
    with engine.connect() as connection:
        return status(connection)


def test_what_is_read_is_stored_by_the_loop_and_counted(engine, quota):
    stop = Stop(3)  # at the start, and after each of two readings
    asking = Asking(engine, lambda source: reports(quota, good(a="D1", b="D1"), good(b="D2", c="D3")), 900, stop)
    asking.run()
    assert told(engine) == {}
    asking.store()
    assert told(engine) == {"a": "D1", "b": "D1", "c": "D3"}
    found = words(engine)
    assert {name: found[name] for name in module.COUNTERS} == {
        "readings": 2,
        "failed": 0,
        "requests": 2,
        "new": 3,
        "changed": 1,
        "broken": 0,
    }
    assert (found["error"], stop.waited_s) == ("", [0, 900, 900])


def test_a_failing_navitia_costs_a_line_and_a_counter(engine, quota, capsys):
    asking = Asking(engine, lambda source: reports(quota, Transient("no answer, HTTP 503"), good(a="D1")), 900, Stop(3))
    asking.run()
    asking.store()
    assert capsys.readouterr().err == "pulse: line reports: no answer, HTTP 503\n"
    assert told(engine) == {"a": "D1"}
    assert (words(engine)["readings"], words(engine)["failed"]) == (2, 1)


def test_the_quota_of_the_day_is_never_exceeded(engine, tmp_path):
    asked = []

    def fetch(number):
        asked.append(number)
        pages = {"total_result": 500, "start_page": number, "items_per_page": 100, "items_on_page": 100}
        return Answer(200, {}, orjson.dumps({"disruptions": [], "pagination": pages}))

    small = Quota(tmp_path / "quota.sqlite", "k", 12)
    make = lambda source: LineReports(fetch, small, clock=lambda: NOW, sleep=lambda _: None)  # noqa: E731
    stop = Stop(20)
    asking = Asking(engine, make, 900, stop)
    asking.run()
    asking.store()
    assert asked == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert words(engine)["requests"] == 12
    assert stop.waited_s[-1] == 8 * 3600  # until midnight
    again = Stop(3)
    Asking(engine, make, 900, again).run()
    assert len(asked) == 12 and again.waited_s[0] == 900  # a restart knows it too


def test_a_refused_key_ends_the_readings_and_nothing_else(engine, quota, capsys):
    asking = Asking(engine, lambda source: reports(quota, AuthError("the key is refused")), 900, Stop(50))
    asking.run()
    asking.store()
    assert words(engine)["failed"] == 3
    assert "incidents go by the rules alone: the key is refused" in capsys.readouterr().err


def test_without_a_key_one_sentence_is_said(engine, tmp_path, capsys):
    settings = Settings(data_dir=tmp_path)
    Asking(engine, lambda source: make_line_reports(source, settings, {}), 900, Stop(5)).run()
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "PRIM_API_KEY is not set" in said


def test_a_recording_has_no_line_reports(tmp_path):
    assert make_line_reports("recorded", Settings(data_dir=tmp_path), {"PRIM_API_KEY": "k"}) is None
    assert not (tmp_path / "quota.sqlite").exists()


def test_a_store_that_does_not_know_its_source_yet_is_waited_for(tmp_path, quota):
    engine = open_store(sqlite_url(tmp_path / "new.db"))
    asked = []
    asking = Asking(engine, lambda source: asked.append(source), 900, Stop(4))
    asking.run()
    assert asked == []
    with engine.begin() as connection:
        put_meta(connection, source="simulated")
    Asking(engine, lambda source: asked.append(source), 900, Stop(4)).run()
    assert asked == ["simulated"]


def test_switched_off_nothing_is_asked(engine, tmp_path):
    settings = Settings(data_dir=tmp_path, poll=Poll(line_reports_every_min=0))
    assert make_asking(settings, engine, threading.Event()) is None


def test_a_store_that_is_away_loses_nothing(engine, quota, monkeypatch):
    asking = Asking(engine, lambda source: reports(quota, good(a="D1")), 900, Stop(2))
    asking.run()

    def away(*_):
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(evidence, "note", away)
        with pytest.raises(StoreUnavailable):
            asking.store()
    assert told(engine) == {}
    asking.store()
    assert told(engine) == {"a": "D1"} and words(engine)["readings"] == 1


def test_the_process_goes_on_whatever_navitia_does(engine, quota, monkeypatch):
    """The loop of the process itself: readings fail, then one is good, and every entry is folded all the same."""
    monkeypatch.setattr("spark_app.commands.derive.LOOK_S", 0.01)
    for rev in (1, 2):
        put_revision(
            engine, rev, "Nation", title="Ligne A : perturbé", text=f"Motif : panne numéro {rev} à Torcy {rev}."
        )
        put_entry(engine, rev - 1, rev * 60_000_000, [(rev, "opened")])
    stop, turns = threading.Event(), []
    asking = Asking(engine, lambda source: reports(quota, Transient("away"), good(d1="D1", d2="D1")), 900, Stop(3))

    def store():
        asking.store()
        turns.append(len(turns))
        if len(turns) == 2:
            asking.run()
        if len(turns) == 3:
            put_entry(engine, 2, 300_000_000, [(1, "ongoing")])
        if len(turns) == 5:
            stop.set()

    class Runs(Runner):
        def prune(self, before_us):
            pass

    follow(Runs(engine, [Incidents()]), engine, timedelta(days=400), stop, store)
    with engine.connect() as connection:
        assert connection.execute(select(incident.c.incident)).scalars().all() == ["d1"]
    assert (words(engine)["readings"], words(engine)["failed"]) == (2, 1)


def test_the_simulated_network_is_asked_on_its_port(engine, tmp_path):
    page = good(a="D1").body
    with Simulator(lambda _: (200, b"{}"), pages=lambda *_: page) as server:
        port = int(server.base_url.split(":")[2].split("/")[0])
        settings = Settings(data_dir=tmp_path, simulator=SimulatorSettings(port=port))
        read = make_line_reports("simulated", settings, {}).read()
    assert (read.disruption_of, read.error) == ({"a": "D1"}, None)
    assert make_line_reports("simulated", settings, {}).read().error is not None  # it is gone
