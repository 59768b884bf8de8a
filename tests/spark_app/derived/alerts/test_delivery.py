"""Each alert once to each target, signed, retried, and never for ever."""

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select

from deploy.configuration.settings import Alerts, Settings, SettingsError
from spark_app.commands.derive import make_deliverer
from spark_app.derived.alerts.delivery import Deliverer, DeliveryError, LogLine, Webhook
from spark_app.store.engine import open_store, put_meta, sqlite_url, upsert
from spark_app.store.licences import attribution
from spark_app.store.tables import alert, delivery
from tests.made.alert_entries import MINUTE_US, NOON_US

NOTE = attribution({"source": "simulated"})
MAX_AGE_US = 30 * MINUTE_US
ROW = {
    "id": "C01742-1",
    "line": "C01742",
    "raised_us": NOON_US,
    "due_us": NOON_US,
    "cleared_us": None,
    "level_e6": 310_000,
    "blocked_e6": 260_000,
    "peak_e6": 310_000,
    "usual_e6": 100_000,
    "days": 12,
    "repeats": 0,
    "title": "Interrompu",
    "disruptions": '["a"]',
}


class Told:
    """A target that notes what it is told, and fails as often as it is asked to."""

    name = "told"

    def __init__(self, failures=0):
        self.heard, self.failures = [], failures

    def tell(self, row, event, source):
        if self.failures:
            self.failures -= 1
            raise DeliveryError("answered 503")
        self.heard.append((row.id, event, source))
        return "200"


class Clock:
    def __init__(self, minutes=0.0):
        self.minutes = minutes

    def __call__(self):
        return NOON_US + round(self.minutes * MINUTE_US)


@pytest.fixture
def engine(tmp_path):
    engine = open_store(sqlite_url(tmp_path / "store.db"))
    with engine.begin() as connection:
        put_meta(connection, source="simulated")
    put(engine)
    return engine


def put(engine, **changed):
    with engine.begin() as connection:
        upsert(connection, alert, [ROW | changed])


def statuses(engine):
    with engine.connect() as connection:
        return [(r.event, r.status, r.attempts, r.said) for r in connection.execute(select(delivery))]


def test_an_alert_is_told_once_and_its_end_once(engine):
    told, clock = Told(), Clock(1)
    one = Deliverer(engine, [told], MAX_AGE_US, clock)
    assert [one.step(), one.step()] == [1, 0]
    put(engine, cleared_us=NOON_US + 10 * MINUTE_US)
    clock.minutes = 11
    assert [one.step(), one.step()] == [1, 0]
    assert told.heard == [("C01742-1", "raised", NOTE), ("C01742-1", "cleared", NOTE)]


def test_another_process_does_not_tell_again(engine):
    Deliverer(engine, [Told()], MAX_AGE_US, Clock(1)).step()
    again = Told()
    assert Deliverer(engine, [again], MAX_AGE_US, Clock(2)).step() == 0
    assert again.heard == []


def test_a_target_that_fails_is_tried_again_with_growing_pauses(engine):
    told, clock, tries = Told(failures=3), Clock(), []
    one = Deliverer(engine, [told], MAX_AGE_US, clock)
    for second in range(0, 300, 5):
        clock.minutes, before = second / 60, told.failures
        if one.step() or told.failures != before:
            tries.append(second)
    assert tries == [0, 15, 45, 105]
    assert statuses(engine) == [("raised", "sent", 4, "200")]


def test_a_target_that_always_fails_is_given_up(engine):
    told, clock = Told(failures=1_000), Clock()
    one = Deliverer(engine, [told], MAX_AGE_US, clock)
    for minute in range(120):
        clock.minutes = minute
        one.step()
    assert [(event, status, said) for event, status, _, said in statuses(engine)] == [
        ("raised", "failed", "answered 503")
    ]
    assert 1_000 - told.failures < 12


def test_one_target_that_fails_does_not_hold_up_another(engine):
    bad, good = Told(failures=1_000), Told()
    good.name = "good"
    Deliverer(engine, [bad, good], MAX_AGE_US, Clock(1)).step()
    assert len(good.heard) == 1


def test_what_was_told_is_remembered_for_months_and_not_for_ever(engine):
    one, clock = Told(), Clock(1)
    deliverer = Deliverer(engine, [one], MAX_AGE_US, clock)
    deliverer.step()
    for days, left in ((89, 1), (91, 0)):
        clock.minutes = days * 24 * 60
        deliverer.forget()
        assert len(statuses(engine)) == left


def test_nobody_hears_of_last_week(engine):
    told = Told()
    Deliverer(engine, [told], MAX_AGE_US, Clock(60 * 24 * 7)).step()
    assert told.heard == []


def test_in_quiet_hours_nothing_is_told_and_what_is_over_by_then_never(engine):
    told, clock = Told(), Clock(1)
    put(engine, due_us=NOON_US + 5 * MINUTE_US)
    put(engine, id="C01743-1", line="C01743", due_us=NOON_US + 5 * MINUTE_US, cleared_us=NOON_US + 2 * MINUTE_US)
    one = Deliverer(engine, [told], MAX_AGE_US, clock)
    assert one.step() == 0
    clock.minutes = 6
    assert one.step() == 1
    assert told.heard == [("C01742-1", "raised", NOTE)]


def test_what_opens_again_after_the_quiet_hours_is_told_then(engine):
    told, clock = Told(), Clock(6)
    put(engine, due_us=NOON_US + 5 * MINUTE_US, cleared_us=NOON_US + 2 * MINUTE_US)
    one = Deliverer(engine, [told], MAX_AGE_US, clock)
    assert one.step() == 0 and statuses(engine)[0][1] == "skipped"
    put(engine, due_us=NOON_US + 5 * MINUTE_US, repeats=1)
    clock.minutes = 9
    assert [one.step(), one.step()] == [1, 0]
    assert [event for _, event, _ in told.heard] == ["raised"]


def test_the_end_of_an_old_alert_that_nobody_was_told_of_is_told_to_nobody(engine):
    told, clock = Told(), Clock(61)
    put(engine, cleared_us=NOON_US + 60 * MINUTE_US)  # after a rebuild, or for a target that is new
    one = Deliverer(engine, [told], MAX_AGE_US, clock)
    assert [one.step(), one.step()] == [0, 0] and told.heard == []


def test_the_log_line_says_line_share_and_factor(engine, capsys):
    Deliverer(engine, [LogLine()], MAX_AGE_US, Clock(1)).step()
    assert capsys.readouterr().out == "ALERT RER A: 26 % of the stations blocked, 3.1 × its usual 12:00\n"


class Hook(ThreadingHTTPServer):
    """A real server that notes what it gets; its answer can be set."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.got, self.goes_on = 204, [], threading.Event()
        self.goes_on.set()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        hook = self.server
        assert isinstance(hook, Hook)
        hook.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(hook.answer)
        if hook.answer == 302:
            self.send_header("Location", f"http://127.0.0.1:{hook.server_port}/elsewhere")
        self.end_headers()
        hook.goes_on.wait()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.goes_on.set()
    server.shutdown()
    server.server_close()


def webhook(server):
    return Webhook(f"http://127.0.0.1:{server.server_port}/alerts", b"our secret", lambda: 1_713_953_000.5)


def test_a_webhook_gets_signed_json(engine, server):
    assert Deliverer(engine, [webhook(server)], MAX_AGE_US, Clock(1)).step() == 1
    ((headers, body),) = server.got
    said = json.loads(body)
    assert (said["event"], said["line"], said["usual"], said["raised_at"]) == (
        "raised",
        {"id": "C01742", "label": "RER A"},
        0.1,
        "2024-04-24T10:00:00Z",
    )
    assert said["sentence"] == "RER A : 26 % des stations bloquées, 3,1 × son niveau habituel de 12 h"
    assert "non officiel" in said["attribution"] and said["status"] == "non officiel"
    expected = hmac.new(b"our secret", b"1713953000." + body, hashlib.sha256).hexdigest()
    assert headers["X-Pulse-Signature"] == f"sha256={expected}"


@pytest.mark.parametrize("answer", [302, 404, 500])
def test_any_other_answer_is_a_failure_and_no_redirect_is_followed(engine, server, answer):
    server.answer = answer
    assert Deliverer(engine, [webhook(server)], MAX_AGE_US, Clock(1)).step() == 0
    assert statuses(engine) == [("raised", "waiting", 1, f"answered {answer}")]
    assert len(server.got) == 1


def test_an_answer_that_never_ends_holds_up_nobody(engine, server):
    server.answer = 200
    server.goes_on.clear()
    assert Deliverer(engine, [webhook(server)], MAX_AGE_US, Clock(1)).step() == 1
    assert statuses(engine) == [("raised", "sent", 1, "200")]


def test_nobody_there_is_a_failure_that_names_no_address(engine, server):
    target = webhook(server)
    server.shutdown()
    server.server_close()
    assert Deliverer(engine, [target], MAX_AGE_US, Clock(1)).step() == 0
    assert statuses(engine) == [("raised", "waiting", 1, "no answer: ConnectionError")]


def test_under_ten_days_nothing_is_called_usual(engine, server):
    put(engine, days=9)
    Deliverer(engine, [webhook(server)], MAX_AGE_US, Clock(1)).step()
    said = json.loads(server.got[0][1])
    assert said["usual"] is None
    assert said["sentence"].endswith("historique insuffisant (9 j)")


def test_webhooks_without_a_secret_are_refused(engine):
    settings = Settings(alerts=Alerts(webhooks=["https://example.org/hook"]))
    with pytest.raises(SettingsError, match="PULSE_WEBHOOK_SECRET"):
        make_deliverer(settings, engine, {})
    make_deliverer(settings, engine, {"PULSE_WEBHOOK_SECRET": "x"})


def test_a_restart_goes_on_with_what_is_left_and_its_pauses(engine):
    clock = Clock()
    Deliverer(engine, [Told(failures=1)], MAX_AGE_US, clock).step()
    told, again = Told(), []
    for second in (10, 16, 20):
        clock.minutes = second / 60
        again.append(Deliverer(engine, [told], MAX_AGE_US, clock).step())  # a new process each time
    assert again == [0, 1, 0] and statuses(engine) == [("raised", "sent", 2, "200")]
