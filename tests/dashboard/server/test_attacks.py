"""What an attacker may send: nothing of it breaks the server, leaves it, or is run by whoever opens the files."""

import json
import re
import socket
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from dashboard.files.formats import to_csv
from dashboard.files.snapshot import make_snapshot
from dashboard.pages.search.read import search
from dashboard.registry.pages import all_pages
from dashboard.server.access import Access
from dashboard.server.app import LARGEST_BODY_BYTES, Options, make_app
from dashboard.server.feeds import Works, atom, calendar
from dashboard.server.openapi import PARAMETERS
from dashboard.store.reader import Store
from dashboard.tables.catalogue import all_datasets
from dashboard.tables.dataset import columns
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from prim_client.messages.message import CHANNELS, to_epoch_us
from tests.dashboard.conftest import NOON, ROOT
from tests.made.filled_store import fill_store
from tests.made.network import Plan, Planned, Touched

NASTY = [
    "NaN",
    "inf",
    "-inf",
    "-1",
    "1e400",
    "9" * 300,
    "%",
    "_",
    "' or 1=1 --",
    "\x00",
    "a\r\nX: y",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "é中🤷",
    "0001-01-01T00:00:00Z",
    "48.8,NaN,48.9,2.4",
]
LINE = "C01742"


@pytest.fixture(scope="module")
def client(store_url):
    return make_app(Store(store_url), Options()).server.test_client()


def leaks(answer) -> bool:
    """Whether an answer tells of our code or our machine."""
    text = answer.get_data(as_text=True)
    return "Traceback" in text or str(ROOT) in text or "site-packages" in text


class TestParameters:
    @pytest.mark.parametrize("name", [*PARAMETERS, "limit", "offset"])
    def test_no_value_of_any_parameter_breaks_the_api(self, client, name):
        for value in NASTY:
            for table in ("timeline", "hits.csv"):
                answer = client.get(f"/api/v1/{table}", query_string={name: value})
                assert answer.status_code in (200, 400, 404), (name, value, answer.status_code)
                assert answer.status_code == 200 or "error" in json.loads(answer.data)

    def test_no_value_of_a_tables_own_parameters_does_either(self, client):
        for dataset in all_datasets().values():
            for parameter in dataset.parameters:
                for value in NASTY:
                    answer = client.get(f"/api/v1/{dataset.name}", query_string={parameter.name: value})
                    assert answer.status_code in (200, 400, 404), (dataset.name, parameter.name, value)

    @pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.name)
    def test_no_forged_turn_of_a_page_does_and_none_tells_of_the_code(self, client, page):
        dependencies = client.get("/_dash-dependencies").json
        wanted = [d for d in dependencies if d["inputs"] and d["inputs"][0]["id"] == f"turn-{page.name}"]
        names = ("window", "channel", "lang", "order", "area", "other", "incident", "by")
        for turn in wanted:
            outputs = [
                dict(zip(("id", "property"), o.rsplit(".", 1), strict=True))
                for o in turn["output"].strip(".").split("...")
            ]
            for query in ({name: value} for name in names for value in ("\x00", "9" * 300, "<b>", 5, ["a"])):
                asked = {"v": "1", "query": {"lang": "fr"} | query, "page": page.name}
                body = {
                    "output": turn["output"],
                    "outputs": outputs,
                    "changedPropIds": [f"turn-{page.name}.data"],
                    "inputs": [{"id": f"turn-{page.name}", "property": "data", "value": asked}],
                    "state": [{"id": f"shown-{page.name}", "property": "data", "value": None}],
                }
                answer = client.post("/_dash-update-component", json=body)
                assert answer.status_code in (200, 204), (page.name, query)

    def test_a_wildcard_is_a_letter_like_any_other(self, store_url):
        with Store(store_url).reading() as connection:
            assert search(connection, "%").total == search(connection, "_").total == 0


class TestPaths:
    @pytest.mark.parametrize(
        "folder",
        ["assets", "geo", "export", "topic-files", "works", "api/v1", "api/v1/files", "_dash-component-suites/dash"],
    )
    def test_no_path_leads_out_of_its_folder(self, client, folder):
        for up in ("..", "%2e%2e", "..%2f..", "..%5c..", "%252e%252e", "....//"):
            for target in ("config.yaml", "pyproject.toml", "etc/passwd", "dashboard/server/serve.py"):
                answer = client.get(f"/{folder}/{up}/{up}/{target}")
                assert answer.status_code in (301, 302, 308, 400, 404) or answer.content_type.startswith("text/html")
                assert not re.search(rb"root:|\[project\]|def main", answer.data)


class TestBodies:
    def test_a_body_that_is_too_large_is_not_read(self, client):
        answer = client.post(
            "/_dash-update-component", data=b"x" * (LARGEST_BODY_BYTES + 1), content_type="application/json"
        )
        assert answer.status_code == 413

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"output": "x"}', b"\xff\xfe", b'{"inputs": [[]]}'])
    def test_a_body_that_is_no_question_tells_nothing(self, client, body):
        client.application.config["PROPAGATE_EXCEPTIONS"] = False
        answer = client.post("/_dash-update-component", data=body, content_type="application/json")
        assert answer.status_code >= 400 and not leaks(answer)

    def test_nothing_can_be_written(self, client):
        for rule in client.application.url_map.iter_rules():
            writing = rule.methods - {"GET", "HEAD", "OPTIONS"}
            assert not writing or rule.rule == "/_dash-update-component", rule


class TestOtherSites:
    def test_what_another_site_asks_for_in_the_background_is_refused(self, client):
        for route in ("/api/v1/hits", "/version", "/export/hits.csv"):
            answer = client.get(route, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})
            assert answer.status_code == 403

    def test_a_link_from_another_site_leads_to_the_page(self, client):
        answer = client.get("/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
        assert answer.status_code == 200


class TestSecrets:
    def test_health_tells_nothing_of_the_machine(self, tmp_path):
        url = f"sqlite:///{tmp_path}/secret-place/store.db"
        client = make_app(Store(url), Options(access=Access(password="sésame"))).server.test_client()
        answer = client.get("/health")
        assert answer.status_code == 503 and "secret-place" not in answer.get_data(as_text=True)

    def test_a_refusal_repeats_no_password(self, store_url):
        client = make_app(Store(store_url), Options(access=Access(password="sésame"))).server.test_client()
        answer = client.get("/", auth=("x", "wrong-guess"))
        assert answer.status_code == 401 and "wrong-guess" not in answer.get_data(as_text=True)

    def test_a_page_that_needs_a_password_is_kept_by_no_proxy(self, store_url):
        client = make_app(Store(store_url), Options(access=Access(password="sésame"))).server.test_client()
        for route in ("/", "/alerts.atom", "/_dash-layout", "/api/v1/hits", "/api/v1/hits.csv", "/works/C01742.ics"):
            control = client.get(route, auth=("x", "sésame")).headers["Cache-Control"]
            assert "private" in control or "no-store" in control, route


class TestFiles:
    """What was published is text, whatever it holds, to whoever opens the file."""

    @pytest.mark.parametrize(
        "start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "\u00a0=", " \t@", "\ufeff="]
    )
    def test_no_cell_is_a_formula(self, start):
        content = to_csv([{"a": f'{start}cmd|"/c calc"!A1', "b": f"{start}1"}], columns("a text x\nb text y")).decode()
        assert [cell[0] for cell in re.findall(r'"((?:[^"]|"")*)"', content.split("\n", 1)[1]) if cell] == ["'", "'"]

    def test_a_number_and_a_truth_are_no_formulas(self):
        content = to_csv([{"n": -0.5, "ok": True}], columns("n number x\nok boolean y"))
        assert content == b'"n","ok"\n-0.5,"true"\n'

    def test_html_files_run_nothing(self, tmp_path):
        evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt;</pre></title>'
        url = f"sqlite:///{tmp_path}/store.db"
        planned = Planned(
            "id<i>", "incident", "BLOQUANTE", evil, evil, -0.5, (Touched(LINE),), NOON - timedelta(hours=2), NOON
        )
        fill_store(url, Plan(NOON - timedelta(hours=1), NOON - timedelta(minutes=5), [planned])).dispose()
        client = make_app(Store(url), Options()).server.test_client()
        report = make_snapshot(Views(Store(url)), Selection(channels=CHANNELS, modes=())).files["report.html"].decode()
        table = client.get("/api/v1/hits.html?modes=all&text=%3Cscript%3E").get_data(as_text=True)
        for page in (report, table):
            assert "alert(1)" in page, "the text is there"
            assert (
                "<script" not in page
                and "<img" not in page
                and "<i>" not in page
                and page.count("</title>") == page.count("<title>")
            )

    def test_a_calendar_has_the_lines_that_we_wrote(self):
        evil = "x\r\nEND:VEVENT\r\nBEGIN:VALARM\nDESCRIPTION:y\\;,:\u2028\u0085\x0b\x0cEND:VCALENDAR" + "é" * 200
        works = [Works(evil, evil, evil, 1, to_epoch_us(NOON), {to_epoch_us(NOON): None})]
        content = calendar(LINE, works, "live", to_epoch_us(NOON))
        lines = content.decode().replace("\r\n ", "").split("\r\n")
        names = [line.split(":")[0].split(";")[0] for line in lines if line]
        assert names.count("END") == names.count("BEGIN") == 2 and "VALARM" not in [
            line.split(":")[-1] for line in lines if "BEGIN" in line
        ]
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content) and max(map(len, content.split(b"\r\n"))) <= 75

    def test_a_feed_has_the_elements_that_we_wrote(self):
        row = {
            "id": "x</id><entry>",
            "line": LINE,
            "raised_us": 0,
            "due_us": 0,
            "cleared_us": None,
            "level_e6": 1,
            "blocked_e6": 1,
            "peak_e6": 1,
            "usual_e6": 1,
            "days": 1,
            "repeats": 0,
            "title": "</summary><link href='javascript:x'/>\x00\x0b&\r\n]]>",
            "disruptions": "[]",
        }
        feed = ElementTree.fromstring(atom([row], "live", 0))
        assert [child.tag.split("}")[1] for child in feed].count("entry") == 1
        assert not [element for element in feed.iter() if element.tag.endswith("link")]


def say(url: str, request: str) -> bytes:
    """The first bytes that the server says to `request`."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request.replace("\n", "\r\n").replace("HOST", f"{host}:{port}").encode())
        return connection.recv(200)


def test_the_real_server_believes_no_header_that_a_proxy_did_not_write_and_bounds_what_it_reads(serve, store_url):
    url = serve(store_url, dashboard={"proxy_header": "X-Remote-User"}).url
    ask = "GET /version HTTP/1.1\nHost: HOST\nConnection: close\n"
    assert say(url, ask + "X-Remote-User: ada\n\n").startswith(b"HTTP/1.1 200")
    assert say(url, ask + "X_Remote_User: ada\n\n").startswith(
        b"HTTP/1.1 403"
    )  # in WSGI the same name, but for the check
    assert say(url, ask + "PATH_INFO: /health\nSCRIPT_NAME: /x\n\n")[9:12] in (b"403", b"400")
    assert say(url, ask + "Host: evil.example\nX-Remote-User: ada\n\n")[9:12] in (b"400", b"421")
    assert say(url, f"GET /api/v1/hits?text={'x' * 9_000} HTTP/1.1\nHost: HOST\n\n")[9:12] in (b"400", b"414")
    assert say(url, "GET /version HTTP/1.1\nHost: HOST\n" + "X-Many: 1\n" * 5_000 + "\n")[9:12] in (b"400", b"431")
    post = "POST /_dash-update-component HTTP/1.1\nHost: HOST\nX-Remote-User: ada\nContent-Type: application/json\n"
    assert say(url, post + "Content-Length: 100000000\n\n").startswith(b"HTTP/1.1 413")
    assert say(url, post + "Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n").startswith(b"HTTP/1.1 400")
    assert say(url, ask + "X-Remote-User: ada\n\n").startswith(b"HTTP/1.1 200"), "it is well after all that"
