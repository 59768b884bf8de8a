"""Names of functions: a function is named by what it does or gives, never by an adverb or a preposition alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("geo", "prim_client", "stream_server", "spark_app", "dashboard", "deploy")

# These say nothing about what a function does, standing alone.
ADVERBS_AND_PREPOSITIONS = frozenset(
    """
    about above across after again ahead alike alone along already around aside at away back backward because before
    behind below beneath beside besides between beyond by down due earlier elsewhere everywhere far for forward from
    here how in inside into just later less likewise more near never next now of off often on once onto or otherwise
    out outside over own past per quite rather same since so soon still than that then there through together too
    toward towards twice under until up upon when where while why with within without yet
    """.split()
)
DIALECT = frozenset({"said", "told", "word"})  # these named anything in older code
FORBIDDEN = ADVERBS_AND_PREPOSITIONS | DIALECT


def product_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def badly_named(source: str) -> Iterator[str]:
    """The functions and methods of `source` whose name is one forbidden word, with or without underscores."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.strip("_") in FORBIDDEN:
            yield node.name


def test_no_function_is_named_by_an_adverb_or_a_preposition_alone():
    files = product_files()
    assert len(files) > 300
    found = {file: list(badly_named(file.read_text(encoding="utf-8"))) for file in files}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize("name", ["_again", "beside", "told", "_said", "of"])
def test_such_a_name_is_found(name):
    assert list(badly_named(f"class A:\n    def {name}(self): ...\n")) == [name]


@pytest.mark.parametrize("name", ["name_of", "next_entry", "read_again", "is_over", "words_before"])
def test_a_name_that_says_more_is_none(name):
    assert list(badly_named(f"def {name}(): ...\n")) == []
