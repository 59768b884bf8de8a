"""Equal questions of a page's turn are answered once a moment, in bytes, packed once; nothing else is kept."""

import gzip
import json

import pytest
from flask import Flask, Response, request

from dashboard.server import response_cache
from dashboard.server.response_cache import ROUTE

CALLBACKS = {
    f"{id_}.data": {
        "callback": None,
        "inputs": [{"id": id_, "property": "data"}],
        "state": [{"id": "shown", "property": "data"}],
    }
    for id_ in ("turn-live", "search-question")
}


class Page:
    """A server whose turns are counted."""

    def __init__(self):
        self.made, self.moment, self.text = 0, 1, "x" * 2_000
        server = Flask(__name__)
        server.add_url_rule(ROUTE, ROUTE, self.dispatch, methods=["POST"])
        response_cache.register(server, CALLBACKS, lambda: self.moment)
        self.client = server.test_client()

    def dispatch(self):
        self.made += 1
        return Response(
            json.dumps({"asked": request.json["inputs"][0]["value"], "text": self.text}), mimetype="application/json"
        )

    def ask(self, query="", at=0, id_="turn-live", **headers):
        value = {"v": "1", "query": query, "at": at}
        body = {
            "output": f"{id_}.data",
            "outputs": {"id": id_, "property": "data"},
            "inputs": [{"id": id_, "property": "data", "value": value}],
            "state": [{"id": "shown", "property": "data", "value": None}],
        }
        return self.client.post(ROUTE, json=body, headers=headers)


@pytest.fixture
def page():
    return Page()


def test_equal_questions_are_answered_once_whenever_they_were_asked(page):
    assert {page.ask(at=at).data for at in range(5)} == {page.ask().data}
    assert page.made == 1


def test_another_choice_and_another_moment_are_another_answer(page):
    page.ask("a"), page.ask("b")
    assert page.made == 2
    page.moment = 2
    page.ask("a")
    assert page.made == 3


def test_other_callbacks_are_never_kept(page):
    page.ask(id_="search-question"), page.ask(id_="search-question")
    assert page.made == 2


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"inputs": 1}', b'{"inputs": [{"id": 1}]}', b'{"inputs": [{"id": "turn-x"}]}']
)
def test_what_is_no_question_goes_on_to_dash(body):
    assert response_cache.turn_asked(body) is None


def test_it_is_packed_for_whom_it_may_be(page):
    packed = page.ask(Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == page.ask().data
    assert "Content-Encoding" not in page.ask().headers and page.made == 1


def test_an_answer_that_asks_to_be_asked_again_is_not_kept(page):
    page.text = json.loads('{"asked": null}')
    page.ask(), page.ask()
    assert page.made == 2
