"""The door: open on the loopback, closed by a password, or left to a proxy that names whom it let in."""

import base64

import pytest
from flask import Flask

from dashboard.server.access import Access, register


@pytest.fixture
def visit():
    def visit(access: Access, path: str = "/", **headers: str):
        server = Flask(__name__)
        register(server, access)
        server.add_url_rule("/", "page", lambda: "the page")
        server.add_url_rule("/health", "health", lambda: "well")
        return server.test_client().get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return visit


def basic(password: str, user: str = "anyone") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_without_a_setting_everybody_on_the_machine_is_let_in(visit):
    assert visit(Access()).text == "the page"


def test_a_password_is_asked_for_and_believed_whatever_the_user(visit):
    refused = visit(Access(password="chaussée:d'Antin"))
    assert refused.status_code == 401 and refused.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert visit(Access(password="chaussée:d'Antin"), Authorization=basic("chaussée:d'Antin")).text == "the page"


@pytest.mark.parametrize(
    "authorization",
    [
        basic("right "),
        basic(""),
        basic("righ"),
        "Basic",
        "Basic ???",
        "Bearer right",
        base64.b64encode(b"x:right").decode(),
    ],
)
def test_anything_else_is_refused(visit, authorization):
    answer = visit(Access(password="right"), Authorization=authorization)
    assert answer.status_code == 401 and "right" not in answer.text


def test_behind_a_proxy_only_whom_it_names_is_let_in(visit):
    access = Access(proxy_header="X-Remote-User")
    assert visit(access).status_code == 403
    assert visit(access, X_Remote_User=" ").status_code == 403
    assert visit(access, X_Remote_User="ada").text == "the page"


def test_health_stays_open_for_who_watches_the_service(visit):
    assert visit(Access(password="right", proxy_header="X-Remote-User"), "/health").text == "well"


def test_the_password_is_in_no_log(visit):
    assert "right" not in repr(Access(password="right"))
