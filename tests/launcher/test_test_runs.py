"""How a test run behaves: who shares a worker, and what a skip means. Each test runs a small suite for real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = ROOT / "tests" / "conftest.py"

PYTEST_INI = """
[pytest]
markers =
    spark: starts a Spark session
    browser: drives a real Chromium
    nightly(instead): too long for every run
"""

# MARK, and marks in two pieces, keep this module itself from being taken for one that starts Spark or a browser.
BROWSER, SPARK = (f"@pytest.mark.{kind}" for kind in ("browser", "spark"))
NOTING = """
import os, pytest
from pathlib import Path

def note(kind):
    with open(Path(__file__).with_name("workers"), "a") as notes:
        notes.write(kind + " " + os.environ["PYTEST_XDIST_WORKER"] + "\\n")

@pytest.fixture(scope="module", autouse=True)
def made_once(): note("fixture-" + __name__)

@MARK
def test_one(): note("test")

def test_two(): note("test")
"""


def run_suite(folder: Path, tests: dict[str, str], *arguments: str, **environ: str) -> subprocess.CompletedProcess:
    """Run pytest over `tests` with the conftest of this project."""
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "pytest.ini").write_text(PYTEST_INI, encoding="utf-8")
    for name, text in tests.items():
        (folder / name).write_text(text, encoding="utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "PULSE_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "xdist", *arguments, "."],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def run_in_parallel(folder: Path, tests: dict[str, str]) -> list[list[str]]:
    """Run `tests` on two workers; returns [what, worker] of each note."""
    done = run_suite(folder, tests, "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder")
    assert done.returncode == 0, done.stdout
    return [line.split() for line in (folder / "workers").read_text().splitlines()]


PLAIN = "import pytest\n@pytest.mark.parametrize('number', range(4))\ndef test_plain(number): pass\n"


def test_modules_with_a_browser_share_one_worker(tmp_path):
    marked = NOTING.replace("@MARK", BROWSER)
    notes = run_in_parallel(tmp_path, {"test_a.py": marked, "test_b.py": PLAIN, "test_c.py": marked})
    assert len([what for what, _ in notes if what == "test"]) == 4
    assert len({worker for _, worker in notes}) == 1


COMPILES = """
import subprocess, sys
def test_one(): assert not sys.dont_write_bytecode
def test_child():
    assert not subprocess.call([sys.executable, "-c", "import sys; sys.exit(sys.flags.dont_write_bytecode)"])
"""


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "in a worker"])
def test_compiled_modules_are_kept_where_the_environment_forbids_it(tmp_path, workers):
    done = run_suite(tmp_path, {"test_a.py": COMPILES}, *workers, PYTHONDONTWRITEBYTECODE="1")
    assert done.returncode == 0, done.stdout
    assert list(tmp_path.glob("__pycache__/test_a.*.pyc"))


def test_modules_with_spark_come_first_and_may_run_beside_each_other(tmp_path):
    marked = NOTING.replace("@MARK", SPARK)
    notes = run_in_parallel(
        tmp_path, {"test_a.py": NOTING.replace("@MARK", ""), "test_b.py": marked, "test_c.py": marked}
    )
    workers = {worker for _, worker in notes}
    first = [next(what for what, at in notes if at == worker) for worker in workers]
    assert sorted(first) == ["fixture-test_b", "fixture-test_c"]


def test_what_needs_a_browser_begins_before_all_else(tmp_path):
    kinds = {"test_a.py": SPARK, "test_b.py": "", "test_c.py": BROWSER}
    notes = run_in_parallel(tmp_path, {name: NOTING.replace("@MARK", mark) for name, mark in kinds.items()})
    workers = {worker for _, worker in notes}
    first = [next(what for what, at in notes if at == worker) for worker in workers]
    assert sorted(first) == ["fixture-test_a", "fixture-test_c"]


def test_a_module_stays_on_one_worker_so_its_fixtures_are_made_once(tmp_path):
    notes = run_in_parallel(tmp_path, {f"test_{letter}.py": NOTING.replace("@MARK", "") for letter in "abcd"})
    made = [what for what, _ in notes if what.startswith("fixture")]
    assert sorted(made) == ["fixture-test_a", "fixture-test_b", "fixture-test_c", "fixture-test_d"]
    assert len({worker for _, worker in notes}) == 2


@pytest.mark.parametrize(
    ("pulse_ci", "code"),
    [("", pytest.ExitCode.OK), ("1", pytest.ExitCode.TESTS_FAILED)],
    ids=["at a desk", "in CI"],
)
@pytest.mark.parametrize(
    "test",
    [
        "import pytest\ndef test_it(): pytest.skip('no database')",
        "import pytest\n@pytest.mark.skipif(True, reason='no database')\ndef test_it(): pass",
    ],
)
def test_in_ci_a_skip_is_a_failure(tmp_path, pulse_ci, code, test):
    done = run_suite(tmp_path, {"test_it.py": test}, "-rs", PULSE_CI=pulse_ci)
    assert done.returncode == code
    assert "no database" in done.stdout


def test_in_ci_a_module_that_skips_itself_is_an_error(tmp_path):
    test = "import pytest\npytest.importorskip('no_such_package')\ndef test_it(): pass"
    done = run_suite(tmp_path, {"test_it.py": test}, PULSE_CI="1")
    assert done.returncode != 0
    assert "no_such_package" in done.stdout


def test_in_ci_the_recordings_may_be_absent(tmp_path):
    done = run_suite(tmp_path, {"test_it.py": "def test_it(shared_data): assert False"}, PULSE_CI="1")
    assert "1 skipped" in done.stdout


def test_without_a_browser_its_tests_skip_and_name_what_is_missing(tmp_path):
    test = f"import pytest\n{BROWSER}\ndef test_it(): assert False"
    done = run_suite(tmp_path, {"test_it.py": test}, "-rs", PATH=str(tmp_path))
    assert "1 skipped" in done.stdout
    assert "none of chromium, chromium-browser, google-chrome is on the PATH" in " ".join(done.stdout.split())


NIGHTLY = """
import pytest

@pytest.mark.nightly("test_half")
def test_whole(): pass

def test_half(thorough): assert thorough is THOROUGH

def test_plain(): pass
"""


@pytest.mark.parametrize(
    ("arguments", "thorough", "ran"),
    [((), "False", ["test_half", "test_plain"]), (("--nightly",), "True", ["test_whole", "test_half"])],
    ids=["every run", "the night's"],
)
def test_the_night_takes_what_is_marked_and_what_asks_how_thorough_to_be(tmp_path, arguments, thorough, ran):
    done = run_suite(tmp_path, {"test_it.py": NIGHTLY.replace("THOROUGH", thorough)}, "-rp", *arguments)
    assert done.returncode == 0, done.stdout
    assert [line.split("::")[1] for line in done.stdout.splitlines() if line.startswith("PASSED")] == ran
