"""`./pulse check` on a small tree: each of its tools sees a file that breaks its rules, and names it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.launcher.conftest import ROOT

FOLDERS = ("geo", "prim_client", "stream_server", "spark_app", "dashboard", "benchmarks", "tests", "docs")
GOOD = '"""A module."""\n\n\ndef double(number: int) -> int:\n    """Twice the number."""\n    return 2 * number\n'
BAD = {
    "ruff format --check": GOOD.replace("2 * number", "2*number"),
    "ruff check": GOOD.replace('"""A module."""\n', '"""A module."""\n\nimport os\n'),
    # of another length: mypy takes a file of the same length and second for the one that it has checked
    "mypy": GOOD.replace("number: int", "number: bytes"),
}
Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that holds the gate, its configuration and nothing to complain of."""
    root = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "deploy/check.py"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for folder in FOLDERS:
        (root / folder).mkdir()
        (root / folder / "module.py").write_text(GOOD)
    (root / "pulse").write_text(GOOD)
    return root


@pytest.fixture(scope="module")
def check(tree: Path) -> Check:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deploy.check", *arguments]
        environ = os.environ | {"PYTHONPATH": str(tree)}
        return subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, check=False)

    return run


def test_a_tree_in_order_passes(check: Check):
    done = check()
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("tool", BAD)
@pytest.mark.parametrize("name", ["geo/module.py", "tests/module.py", "pulse"])
def test_a_file_that_breaks_the_rules_of_a_tool_fails_and_is_named(tree: Path, check: Check, tool: str, name: str):
    (tree / name).write_text(BAD[tool])
    done = check()
    (tree / name).write_text(GOOD)
    assert done.returncode == 1 and name in done.stdout
    assert done.stderr == f"pulse check: {tool} failed\n"


def test_an_untyped_function_of_the_product_fails_and_one_of_a_test_does_not(tree: Path, check: Check):
    untyped = GOOD.replace("(number: int) -> int", "(number)")
    for name, code in (("geo/module.py", 1), ("tests/module.py", 0)):
        (tree / name).write_text(untyped)
        assert check().returncode == code, name
        (tree / name).write_text(GOOD)


def test_fix_mends_form_and_rules(tree: Path, check: Check):
    (tree / "geo" / "module.py").write_text(
        BAD["ruff format --check"].replace('"""A module."""\n', '"""A module."""\nimport os\n')
    )
    assert check("--fix").returncode == 0
    assert (tree / "geo" / "module.py").read_text() == GOOD
