"""The real client against the simulated PRIM, over real sockets: every error on record, and worse."""

import threading
import time
from datetime import UTC, datetime

import orjson
import pytest
import requests

from prim_client import __version__
from prim_client.inputs.api import Key, Prim
from prim_client.inputs.errors import AuthError, BadAnswer, Blocked, PrimError, QuotaError, Transient, of_answer
from prim_client.inputs.live import Live
from prim_client.inputs.quota import Quota
from prim_client.messages.polls import Idle, RawPoll
from prim_client.simulated.faults import FAULTS
from prim_client.simulated.server import Simulator
from tests.prim_client.conftest import STATE

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)

# kind of fault -> what the caller can do about it, and a word of the sentence it reads
CUT = {
    "no_key": (AuthError, "PRIM_API_KEY"),
    "unauthorized": (AuthError, "PRIM_API_KEY"),
    "no_news": (Transient, "NO_NEWS_FOUND"),
    "empty": (Transient, "empty"),
    "blocked": (Blocked, "blocked"),
    "bad_request": (BadAnswer, "400"),
    "siri_error": (Transient, "no disruptions"),
    "no_solution": (Transient, "404"),
    "unavailable": (Transient, "503"),
    "too_many": (QuotaError, "429"),
    "null": (Transient, "no disruptions"),
    "html": (Blocked, "web page"),
    "redirect": (BadAnswer, "elsewhere.example"),
    "cut_json": (Transient, "cut or no JSON"),
    "cut_gzip": (Transient, "cut or no JSON"),
    "truncated": (Transient, "IncompleteRead"),
    "reset": (Transient, "Connection"),
    "huge": (BadAnswer, "10000000 bytes"),
}
HARMLESS = {"clock_jump", "big", "slow"}


def ask(prim: Prim) -> PrimError | None:
    """The error of one request, from wherever it comes."""
    try:
        answer = prim.disruptions()
    except PrimError as error:
        return error
    return of_answer(answer.status, answer.headers, answer.body, NOW)


def test_every_fault_of_the_simulator_is_expected_here():
    assert CUT.keys() | HARMLESS == FAULTS.keys()


@pytest.mark.parametrize("kind", CUT)
def test_a_fault_becomes_the_error_that_says_what_to_do(simulator, prim, kind):
    simulator.fault(kind)
    error = ask(prim)
    expected, word = CUT[kind]
    assert type(error) is expected, error
    assert word in str(error)
    assert ask(prim) is None  # and the next answer is good again


def test_every_status_but_200_is_one_of_the_errors():
    for status in range(201, 600):
        error = of_answer(status, {}, b"", NOW)
        assert isinstance(error, PrimError) and type(error) is not PrimError, status


def test_every_recorded_error_of_prim_has_its_place(shared_data):
    for case in orjson.loads((shared_data / "prim" / "error_bodies.json").read_bytes()):
        body = case["body"] if isinstance(case["body"], str) else orjson.dumps(case["body"])
        body = body.encode() if isinstance(body, str) else body
        error = of_answer(case["status"] or 200, {}, body, NOW)
        expected = {400: BadAnswer, 401: AuthError, 403: Blocked, 429: QuotaError}.get(case["status"], Transient)
        assert type(error) is expected, case


def test_a_good_answer_arrives_whole_and_packed(simulator, prim):
    answer = prim.disruptions()
    assert answer.status == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-ratelimit-remaining-day"] == "999999"
    assert orjson.loads(answer.body)["disruptions"][0]["title"] == "Métro 4 : essai"


def test_a_body_of_five_megabytes_is_no_error(simulator, prim):
    simulator.fault("big")
    assert len(prim.disruptions().body) == 5 * 1024 * 1024


def test_a_body_over_the_cap_is_not_read_to_its_end(simulator):
    prim = Prim(Key("simulated"), simulator.base_url, timeout_s=5, contact="x", max_body_bytes=1_000_000)
    simulator.fault("big")
    with pytest.raises(BadAnswer, match="more than 1000000 bytes"):
        prim.disruptions()


def test_a_slow_answer_times_out(simulator):
    prim = Prim(Key("simulated"), simulator.base_url, timeout_s=0.2, contact="x")
    simulator.fault("slow", seconds=3)
    with pytest.raises(Transient, match="timed out|timeout"):
        prim.disruptions()


def test_nobody_listening_is_transient_and_names_the_address():
    with Simulator(lambda _: (200, b"{}")) as gone:
        url = gone.base_url
    prim = Prim(Key("simulated"), url, timeout_s=1, contact="x")
    with pytest.raises(Transient, match=r"127\.0\.0\.1:\d+.*refused"):
        prim.disruptions()


def test_a_wrong_key_is_refused(simulator):
    error = ask(Prim(Key("wrong"), simulator.base_url, timeout_s=5, contact="x"))
    assert isinstance(error, AuthError) and "Unauthorized" in str(error)


def test_no_redirect_is_followed(simulator, prim):
    simulator.fault("redirect")
    ask(prim)
    assert len(simulator.requests) == 1


def test_the_request_says_who_asks(simulator):
    sent = Prim(Key("simulated"), simulator.base_url, timeout_s=5, contact="https://me.example")._session.headers
    assert sent["User-Agent"] == f"pulse-idf/{__version__} (+https://me.example)"
    assert "apikey" not in sent  # it is put into each request, not kept where sessions are printed


def test_without_a_contact_the_request_names_no_address(simulator):
    sent = Prim(Key("simulated"), simulator.base_url, timeout_s=5, contact="")._session.headers
    assert sent["User-Agent"] == f"pulse-idf/{__version__}"


@pytest.mark.parametrize(
    "url",
    [
        "http://prim.example/marketplace",
        "ftp://127.0.0.1/x",
        "nonsense",
        "",
        "https://\u2100.example",
        "https://[::1",
        "https://a:b",
    ],
)
def test_an_address_that_would_show_the_key_is_refused(url):
    with pytest.raises(ValueError, match="poll.base_url"):
        Prim(Key("simulated"), url, timeout_s=5, contact="x")


def test_the_quota_of_the_server_ends_in_429(now):
    with Simulator(lambda _: (200, b'{"disruptions":[]}'), per_day=2, clock=lambda: now) as simulator:
        prim = Prim(Key("simulated"), simulator.base_url, timeout_s=5, contact="x")
        assert [ask(prim) is None for _ in range(3)] == [True, True, False]
        assert isinstance(ask(prim), QuotaError)


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/general-message", 400, "Bad Request"),
        ("/general-message?LineRef=a&StopPointRef=b", 200, "ErrorCondition"),
        ("/v2/navitia/line_reports/line_reports", 404, "no_solution"),
        ("/unknown/path", 403, "Sorry, you have been blocked"),
    ],
)
def test_the_other_paths_answer_with_their_errors(simulator, path, status, word):
    answer = requests.get(simulator.base_url + path, headers={"apikey": "simulated"}, timeout=5)
    assert answer.status_code == status and word in answer.text


def test_faults_are_ordered_over_http(simulator, prim):
    control = simulator.base_url.removesuffix("/marketplace")
    answer = requests.post(f"{control}/_fault", json={"kind": "no_news", "count": 2}, timeout=5)
    assert answer.json()["faults_waiting"] == 2
    assert [type(ask(prim)) for _ in range(3)] == [Transient, Transient, type(None)]
    assert requests.get(f"{control}/_state", timeout=5).json()["requests"] == 3


@pytest.mark.parametrize("request_", ['{"kind": "nonsense"}', '{"kind": "no_news", "count": 0}', "[]", "{", "{}"])
def test_an_order_that_makes_no_sense_is_refused(simulator, request_):
    control = simulator.base_url.removesuffix("/marketplace")
    assert requests.post(f"{control}/_fault", data=request_, timeout=5).status_code == 400
    assert simulator.state()["faults_waiting"] == 0


def test_a_web_page_cannot_order_faults(simulator):
    control = simulator.base_url.removesuffix("/marketplace")
    headers = {"Origin": "https://evil.example"}
    answer = requests.post(f"{control}/_fault", json={"kind": "empty"}, headers=headers, timeout=5)
    assert answer.status_code == 404 and simulator.state()["faults_waiting"] == 0


def live(prim: Prim, tmp_path, **kwargs) -> Live:
    settings = {"interval_s": 0.05, "retries": 0, "timeout_s": 5} | kwargs
    return Live(prim.disruptions, Quota(tmp_path / "quota.sqlite", "simulated", 100_000_000), **settings)


def test_the_live_input_polls_over_http(simulator, prim, tmp_path):
    stream = (item for item in live(prim, tmp_path).polls() if isinstance(item, RawPoll))
    simulator.fault("no_news")
    failed, good = next(stream), next(stream)
    assert "NO_NEWS_FOUND" in failed.error and failed.body == b""
    assert good.error == "" and orjson.loads(good.body)["disruptions"][0]["id"] == "d-1"


def test_time_passes_while_an_answer_is_late(simulator, prim, tmp_path):
    simulator.fault("slow", seconds=1.5)
    stream = live(prim, tmp_path).polls()
    assert isinstance(next(stream), Idle)
    assert isinstance(next(stream), RawPoll)


def test_stop_does_not_wait_for_a_late_answer(simulator, prim, tmp_path):
    simulator.fault("slow", seconds=20)
    late = live(prim, tmp_path)
    stopper = threading.Timer(0.3, late.stop)
    began = time.monotonic()
    stopper.start()
    assert [item for item in late.polls() if isinstance(item, RawPoll)] == []
    assert time.monotonic() - began < 15
    stopper.join()


def test_a_record_that_is_not_json_spoils_no_answer():
    """The parser sets the record aside, as it does with a recording."""
    body = orjson.dumps(STATE)
    assert of_answer(200, {}, body, NOW) is None
    assert of_answer(200, {}, body.replace(b'"disruptions":[', b'"disruptions":[{"id":NaN},', 1), NOW) is None
