"""`pip install .` gives the same command, without a checkout beside it."""

import json
import shutil
import subprocess
import sys
import sysconfig
from email.parser import Parser
from pathlib import Path

import pytest

from prim_client import __version__
from tests.launcher.conftest import ROOT, TELLS, plain_environ


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a new environment in which a copy of the project was installed with pip.

    It sees this environment's packages (pip, setuptools, dependencies) through a .pth file, so nothing is fetched.
    """
    folder = tmp_path_factory.mktemp("package")
    venv, source = folder / "venv", copy_of_the_project(folder / "source")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site = next(venv.glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    (source / "spark_app" / "tells.py").write_text(TELLS, encoding="utf-8")
    command = ["-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "-q", str(source)]
    done = subprocess.run(
        [venv / "bin" / "python", *command], env=plain_environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return venv / "bin"


def copy_of_the_project(folder: Path) -> Path:
    """Copy the sources, not what was installed or made beside them."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info", "tests", "spark-warehouse")
    return Path(shutil.copytree(ROOT, folder, ignore=left_out))


def run(bin_folder: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(bin_folder / "pulse"), *arguments]
    return subprocess.run(command, cwd=cwd, env=plain_environ(), capture_output=True, text=True, check=False)


def test_it_lists_the_commands_of_the_package_and_none_of_the_checkout(bin_folder, tmp_path):
    done = run(bin_folder, cwd=tmp_path)
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert not {"test", "bench", "setup"} & set(listed)
    modules = {"replay": "spark_app/replay/command.py", "geocode": "geo/geocode.py", "up": "deploy/up.py"}
    for name, path in modules.items():
        assert (name in listed) == (ROOT / path).exists()


def test_a_command_runs_in_the_python_it_was_installed_into(bin_folder, tmp_path):
    told = told_by_status(bin_folder, tmp_path)
    assert Path(told["python"]).parent == bin_folder
    assert told["cwd"] == str(tmp_path)
    assert not (bin_folder / ".venv").exists()


def test_the_packaged_configuration_is_used_where_the_folder_has_none(bin_folder, tmp_path):
    packaged = bin_folder.parent / "share" / "pulse" / "config.yaml"
    assert packaged.read_bytes() == (ROOT / "config.yaml").read_bytes()
    assert told_by_status(bin_folder, tmp_path)["PULSE_CONFIG"] == str(packaged)
    (tmp_path / "config.yaml").touch()
    assert told_by_status(bin_folder, tmp_path)["PULSE_CONFIG"] == str(tmp_path / "config.yaml")


def test_the_tables_that_the_code_reads_are_in_the_package(bin_folder):
    site = next(bin_folder.parent.glob("lib/python*/site-packages"))
    for package in ("deploy", "geo", "prim_client", "stream_server", "spark_app", "dashboard"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and {"data", "assets"} & set(path.relative_to(ROOT).parts[:-1]):
                assert (site / path.relative_to(ROOT)).is_file(), f"{path} is not packaged"


def test_the_package_names_its_version_and_its_licences(bin_folder):
    metadata = next(bin_folder.parent.glob("lib/python*/site-packages/pulse_idf-*.dist-info"))
    fields = Parser().parsestr((metadata / "METADATA").read_text(encoding="utf-8"))
    assert (fields["Version"], fields["License-Expression"]) == (__version__, "Apache-2.0")
    licences = {Path(name).name for name in fields.get_all("License-File")}
    assert licences == {"LICENSE", "NOTICE", "SOURCES.md", "OFL.txt", "LICENSES.txt"}


def test_the_package_offers_its_types_to_type_checkers(bin_folder):
    site = next(bin_folder.parent.glob("lib/python*/site-packages"))
    for package in ("deploy", "geo", "prim_client", "stream_server", "spark_app", "dashboard"):
        assert (site / package / "py.typed").is_file()


def told_by_status(bin_folder: Path, cwd: Path) -> dict[str, str]:
    """What a command sees: the code of `status` is exchanged for one that tells it."""
    site = next(bin_folder.parent.glob("lib/python*/site-packages"))
    shutil.copy(site / "spark_app" / "tells.py", site / "spark_app" / "commands" / "status.py")
    done = run(bin_folder, "status", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
