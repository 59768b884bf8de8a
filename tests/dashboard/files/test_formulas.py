"""Texts in cells: what a spreadsheet would run is disarmed, whatever stands unseen before it, and comes back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.files.formats import to_csv
from dashboard.files.formulas import disarmed, original
from dashboard.files.html_document import table_body
from dashboard.tables.dataset import columns

UNSEEN = st.text(
    st.one_of(
        st.characters(categories=("Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me", "Cn", "Co")),
        st.sampled_from("ᅟᅠㅤﾠ⠀"),
    )
)
SIGNS = st.sampled_from("=+-@＝＋－＠﹢﹣﹦﹫⁼⁺⁻₌₊₋−")
COLUMNS = columns("name text a text\nvalue number a number")


@pytest.mark.parametrize(
    "before", ["", "\u00ad", "\u061c", "\u180e", "\ufeff", "\u00a0", "\u200b", "\t", "\r", " \u202f\u2060"]
)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_a_sign_behind_what_cannot_be_seen_is_disarmed_in_csv_and_html(before, sign):
    text = f"{before}{sign}1+1"
    row = {"name": text, "value": -5}
    written = next(csv.DictReader(io.StringIO(to_csv([row], COLUMNS).decode(), newline="")))
    assert written == {"name": f"'{text}", "value": "-5"}
    assert f"<td>&#x27;{text}</td><td>-5</td>" in table_body("", COLUMNS, [row])


@given(before=UNSEEN, sign=SIGNS, after=st.text())
def test_any_sequence_before_any_sign_is_disarmed(before, sign, after):
    assert disarmed(before + sign + after) == f"'{before}{sign}{after}"


@given(st.text(st.one_of(st.sampled_from("'=-+@\t\u200b ab1"), st.characters(exclude_categories=["Cs"]))))
def test_every_text_comes_back(text):
    assert original(disarmed(text)) == text
    assert disarmed(text) in (text, f"'{text}")


@pytest.mark.parametrize("text", ["", "Panne", "5 - 3", "a=b", "« =1 »", "l'été", "'quoted'", "1+1", "é@b", "(-5)"])
def test_what_no_spreadsheet_runs_stays_as_it_is(text):
    assert disarmed(text) == text


@pytest.mark.browser
def test_the_files_that_the_browser_makes_are_disarmed_too(page, page_url):
    page.goto(page_url)
    page.wait_for_function("() => window.pulse && pulse.toCsv")
    texts = [
        "=1",
        "\u00ad=1",
        "\u061c+a",
        "\u180e-a",
        "\ufeff@a",
        "\u00a0＝1",
        "\u200b\t=1",
        "ᅟ=1",
        "Panne",
        "-5",
        "+4,2",
        "'=1",
    ]
    made = page.evaluate("(rows) => pulse.toCsv(rows)", [[text] for text in texts])
    cells = [row[0] for row in csv.reader(io.StringIO(made, newline=""))]
    assert cells == [text if text in ("Panne", "-5", "+4,2") else f"'{text}" for text in texts]
