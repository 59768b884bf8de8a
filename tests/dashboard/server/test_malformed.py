"""Malformed requests are the client's fault: 4xx, and nothing in the log."""

import pytest

from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store

ROUTE = "/_dash-update-component"
BOOKS = (
    '{"output":"books.children","outputs":{"id":"books","property":"children"},"changedPropIds":["status-version.data"],'
    '"inputs":[{"id":"status-version","property":"data","value":1}],"state":[{"id":"start","property":"data","value":%s}]}'
)
BODIES = [
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"inputs":' + "[" * 5_000 + "]" * 5_000 + "}",
    "1e999",
    "9" * 5_000,
    "null",
    '"x"',
    "[]",
    "{}",
    "NaN",
    '{"output":null}',
    '{"output":"x.y","inputs":5,"changedPropIds":5}',
    '{"output":"page-live.children"}',
    '{"output":"..a.b...c.d..","outputs":[1],"inputs":[{}],"state":"x"}',
    '{"inputs":[{"id":{"a":[]},"property":1}],"output":["x"]}',
    (
        '{"output":"selection.data","outputs":{"id":"selection","property":"data"},"inputs":[{"id":"start","property":"data","value":1}],'
        '"changedPropIds":["start.data"]}'
    ),
    *(BOOKS % value for value in ("1", "null", "[]", "{}", '{"language":{"x":1}}', '{"language":"zz"}')),
]


@pytest.fixture(scope="module")
def client(store_url):
    client = make_app(Store(store_url), Options()).server.test_client()
    client.get("/_dash-dependencies")
    return client


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_question_that_no_page_asks(client, body):
    answer = client.post(ROUTE, data=body, content_type="application/json")
    assert answer.status_code == 400


def test_a_question_that_a_page_asks_is_answered(client):
    answer = client.post(ROUTE, data=BOOKS % '{"language":"en"}', content_type="application/json")
    assert answer.status_code == 200 and "books" in answer.json["response"]


@pytest.mark.parametrize("name", ["Referer", "Origin"])
@pytest.mark.parametrize("value", ["http://[", "http://[::1", "//[x"])
def test_a_header_that_is_no_address(client, name, value):
    assert client.get("/_dash-layout", headers={name: value}).status_code == 400


@pytest.mark.parametrize(
    "path", ["unknown/x.js", "os/x.js", "dash/unknown.js", "dash/dcc/%00.js", "%ff/x.js", "dash/" + "a" * 3_000]
)
def test_a_script_that_is_not_there(client, path):
    assert client.get(f"/_dash-component-suites/{path}").status_code == 404
