"""The line resolver: every id and every unique public name leads to its line, all else to a sentence."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network.line_names import AmbiguousLine, LineNameError, LineNames, UnknownLine, public_names
from geo.network.lines import Lines

ALL = sorted(Lines.load(), key=lambda line: line.id)
NAMES = LineNames.load()
OWNERS = Counter(name for line in ALL for name in public_names(line))


@pytest.mark.parametrize("form", ["{}", "line:IDFM:{}", "IDFM:{}", "STIF:Line::{}:"])
@settings(deadline=None)
@given(line=st.sampled_from(ALL), case=st.sampled_from([str, str.lower, str.upper]))
def test_every_id_in_every_form_leads_to_its_line(form, line, case):
    assert NAMES.resolve(case(form.format(line.id))) is line


def test_every_unique_public_name_leads_to_its_line():
    for line in ALL:
        for name in public_names(line):
            if OWNERS[name] == 1 and not name.isdecimal():
                assert NAMES.resolve(name) is line
                assert NAMES.resolve(f"  {name.replace(' ', '  ')}\u200b") is line


def test_every_shared_name_is_refused_with_all_its_lines():
    for name in (name for name, owners in OWNERS.items() if owners > 1):
        with pytest.raises(AmbiguousLine) as refused:
            NAMES.resolve(name)
        assert {line.id for line in refused.value.lines} == {line.id for line in ALL if name in public_names(line)}
        for line in refused.value.lines:
            assert line.id in str(refused.value) and line.network in str(refused.value)


@pytest.mark.parametrize(
    ("name", "line_id"),
    [
        ("RER B", "C01743"),
        ("rer b", "C01743"),
        ("RERB", "C01743"),
        ("rer-b", "C01743"),
        ("Bus 191", "C01212"),
        ("bus191", "C01212"),
        ("Métro 9", "C01379"),
        ("metro 9", "C01379"),
        ("M9", "C01379"),
        ("métro ligne 9", "C01379"),
        ("T3a", "C01391"),
        ("Tram 3a", "C01391"),
        ("tramway t3a", "C01391"),
        ("Transilien H", "C01737"),
        ("train h", "C01737"),
        ("3 bis", "C01386"),
        ("m3b", "C01386"),
        ("Ligne 191", "C01212"),
        ("Bus 191 Croix du Sud", "C01212"),
        ("cdg val", "C00563"),
        ("CDGVAL", "C00563"),
    ],
)
def test_names_are_understood_as_people_write_them(name, line_id):
    assert NAMES.resolve(name).id == line_id


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("6142", "C00049"),
        ("C91742", "C01742"),
        ("C1742", "C01742"),
        ("01743", "C01743"),
        ("RER Z", "RER"),
        ("Metro 99", "Métro 9"),
        ("Transilen H", "C01737"),
    ],
)
def test_what_is_no_line_is_refused_with_the_nearest(text, nearest):
    with pytest.raises(UnknownLine, match=f"{text!r} is no line.*nearest: .*{nearest}"):
        NAMES.resolve(text)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_line_or_one_short_sentence(text):
    try:
        assert NAMES.resolve(text) in ALL
    except LineNameError as error:
        assert "\n" not in str(error) and ("expected" in str(error) or "give the id" in str(error))
