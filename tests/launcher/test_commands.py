"""What `./pulse` does with a command line, once everything is installed."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from prim_client import __version__
from tests.launcher.conftest import ROOT, Run, plain_environ

DONE, FAILED, USAGE, ENVIRONMENT = 0, 1, 2, 3


@pytest.fixture(scope="module")
def launcher() -> ModuleType:
    """The launcher as a module."""
    loader = SourceFileLoader("pulse_launcher", str(ROOT / "pulse"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("pulse_launcher", loader))
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("locale", "child"),
    [
        ({"LC_ALL": "C"}, "C.UTF-8"),
        ({}, "C.UTF-8"),
        ({"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "C.UTF-8"),
        ({"LANG": "fr_FR.UTF-8"}, None),
        ({"LC_ALL": "en_GB.utf8"}, "en_GB.utf8"),
        ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8"}, ""),
    ],
)
def test_a_command_reads_names_of_files_in_utf_8_whatever_the_locale(launcher, locale, child):
    """Without it Spark's JVM ends at the first `é` in the path of the data folder."""
    environ = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_CTYPE", "LANG")} | locale
    assert launcher.child_environment(environ, False, Path(sys.executable)).get("LC_ALL") == child


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_the_commands_whose_code_is_there_and_no_other(installed, pulse: Run, arguments):
    (installed / "benchmarks").mkdir()
    (installed / "benchmarks" / "clusters.py").touch()
    done = pulse(*arguments)
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert listed == ["replay", "status", "bench", "setup"]
    assert (done.returncode, done.stderr) == (DONE, "")


def test_the_version_is_that_of_the_packages_and_needs_no_installation(checkout, pulse: Run):
    done = pulse("--version")
    assert (done.stdout, done.returncode) == (f"pulse {__version__}\n", DONE)
    assert not (checkout / ".venv").exists()


def test_help_needs_no_installation(checkout, pulse: Run):
    assert pulse("--help").returncode == DONE
    assert not (checkout / ".venv").exists()


def test_every_listed_command_has_one_line_of_help(launcher):
    for name, command in launcher.COMMANDS.items():
        assert 10 < len(command.help) < 90, name
        assert "\n" not in command.help


def test_every_listed_command_can_be_run(launcher):
    for name in launcher.available():
        if name not in ("test", "bench"):
            spec = importlib.util.find_spec(launcher.COMMANDS[name].module)
            source = Path(spec.origin).read_text(encoding="utf-8")
            runs = spec.submodule_search_locations or 'if __name__ == "__main__":' in source
            assert runs, f"{name} is listed and its module runs nothing"


def test_a_package_is_a_command_only_if_it_can_be_run(installed, pulse: Run):
    package = installed / "spark_app" / "commands" / "incidents"
    package.mkdir()
    (package / "__init__.py").touch()
    assert pulse("incidents").returncode == USAGE
    (package / "__main__.py").write_text("print('it runs')")
    assert pulse("incidents").stdout == "it runs\n"


def test_an_unknown_command_is_one_sentence(pulse: Run):
    done = pulse("statsu")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr == "pulse: there is no command 'statsu'; `pulse --help` lists the commands\n"


def test_a_command_whose_code_is_absent_is_unknown(pulse: Run):
    assert pulse("geocode").returncode == USAGE


def test_a_command_gets_its_arguments_and_the_users_folder(installed, pulse: Run, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    told = json.loads(pulse("status", "relative/path", "--flag", "a b", cwd=elsewhere).stdout)
    assert told["module"] == "spark_app.commands.status"
    assert told["arguments"] == ["relative/path", "--flag", "a b"]
    assert told["cwd"] == str(elsewhere)
    assert told["python"] == str(installed / ".venv" / "bin" / "python")


def test_it_works_through_a_symlink(installed, pulse: Run, tmp_path):
    link = tmp_path / "bin" / "pulse"
    link.parent.mkdir()
    link.symlink_to(installed / "pulse")
    assert json.loads(pulse("status", cwd=tmp_path, program=link).stdout)["module"] == "spark_app.commands.status"


def test_a_folder_of_the_user_does_not_hide_our_package(installed, pulse: Run, tmp_path):
    (tmp_path / "spark_app").mkdir()
    (tmp_path / "spark_app" / "__init__.py").write_text("raise SystemExit('the wrong package')")
    assert pulse("status", cwd=tmp_path).returncode == DONE


def test_the_exit_code_is_the_commands(installed, pulse: Run):
    (installed / "spark_app" / "commands" / "status.py").write_text("raise SystemExit(7)")
    assert pulse("status").returncode == 7


def test_another_spark_on_the_machine_is_not_used(installed, pulse: Run, tmp_path):
    told = json.loads(pulse("status", SPARK_HOME=str(tmp_path)).stdout)
    assert told["SPARK_HOME"] is None


class TestConfig:
    """PULSE_CONFIG, then the checkout's file, then the one of the folder."""

    def config(self, pulse: Run, folder: Path, **environ: str) -> str | None:
        return json.loads(pulse("status", cwd=folder, **environ).stdout)["PULSE_CONFIG"]

    def test_the_checkouts_file_comes_before_the_folders(self, installed, pulse, tmp_path):
        (tmp_path / "config.yaml").touch()
        (installed / "config.yaml").touch()
        assert self.config(pulse, tmp_path) == str(installed / "config.yaml")

    def test_without_it_the_folders_is_used(self, installed, pulse, tmp_path):
        (tmp_path / "config.yaml").touch()
        assert self.config(pulse, tmp_path) == str(tmp_path / "config.yaml")

    def test_a_named_file_comes_first(self, installed, pulse, tmp_path):
        (installed / "config.yaml").touch()
        assert self.config(pulse, tmp_path, PULSE_CONFIG="mine.yaml") == "mine.yaml"

    def test_none_is_named_where_there_is_none(self, installed, pulse, tmp_path):
        assert self.config(pulse, tmp_path) is None


class TestBench:
    def test_alone_it_lists_the_benchmarks(self, installed, pulse):
        (installed / "benchmarks").mkdir()
        for name in ("windows", "clusters", "_machine"):
            (installed / "benchmarks" / f"{name}.py").touch()
        done = pulse("bench")
        assert [line.strip() for line in done.stdout.splitlines()[2:]] == ["clusters", "windows"]

    def test_an_unknown_benchmark_is_one_sentence(self, installed, pulse):
        (installed / "benchmarks").mkdir()
        (installed / "benchmarks" / "clusters.py").touch()
        done = pulse("bench", "cluster")
        assert done.returncode == USAGE
        assert done.stderr == "pulse: there is no benchmark 'cluster'; `pulse bench` lists them\n"


class TestTest:
    def test_paths_of_the_users_folder_become_absolute(self, launcher, tmp_path):
        (tmp_path / "test_it.py").touch()
        arguments = launcher.test_arguments(["test_it.py::test_one", "-k", "one or two", "-x"], tmp_path)
        assert arguments[-4:] == [f"{tmp_path}/test_it.py::test_one", "-k", "one or two", "-x"]

    def test_in_the_checkout_arguments_stay_as_they_are(self, launcher):
        assert launcher.test_arguments(["-k", "geo"], ROOT)[-2:] == ["-k", "geo"]


class TestWrongPython:
    def test_the_launcher_parses_on_an_old_python(self):
        ast.parse((ROOT / "pulse").read_text(encoding="utf-8"), feature_version=(3, 7))

    def test_an_old_python_is_named_in_one_sentence(self):
        old = (
            "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); "
            f"runpy.run_path({str(ROOT / 'pulse')!r}, run_name='__main__')"
        )
        done = subprocess.run(
            [sys.executable, "-c", old], capture_output=True, text=True, env=plain_environ(), check=False
        )
        assert done.returncode == ENVIRONMENT
        assert done.stderr.startswith(
            "pulse: needs Python 3.11 or newer on Linux, macOS or WSL, and this is Python 3.9 "
        )
        assert len(done.stderr.splitlines()) == 1


def test_a_fresh_clone_lists_its_commands(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, clone], check=True)
    assert os.access(clone / "pulse", os.X_OK)
    done = subprocess.run(
        [sys.executable, clone / "pulse"], capture_output=True, text=True, env=plain_environ(), check=False
    )
    assert done.returncode == DONE
    assert "\n  test " in done.stdout
