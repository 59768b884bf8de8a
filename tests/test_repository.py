"""The repository: who reads the configuration, what is never committed, and what the locks hold."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_structure import PACKAGES

ROOT = Path(__file__).resolve().parents[1]


LARGEST_BYTES = 1_000_000

# Written so that they do not match themselves.
MACHINE_PATH = re.compile(r"(?<![\w.:/~$}-])/(?:work|farm|root|tmp/rec|home/\w+|Users/\w+)(?:/|\b)(?!\()")
REGISTRY_HOST = re.compile(
    r"\b(?:pypi|pythonhosted|repo1\.maven|registry\.npmjs|crates|deb\.debian|proxy\.golang)\.(?:org|io)\b"
)
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|(?i:api_?key|token|secret|password)['\"]?\s*[:=]\s*['\"](?=[^'\"]*\d)[A-Za-z0-9+/]{24,}['\"]"
)


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    """Dotted names that `source` imports, also inside functions; `from a import b` gives a and a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their package in full"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def has_main(source: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in ast.parse(source).body)


def reads_configuration(source: str) -> bool:
    """Whether it can open config.yaml; the types of the settings are for everyone."""
    return not {"deploy.configuration.settings", "deploy.configuration.settings.load"}.isdisjoint(names_used(source))


def names_used(source: str) -> set[str]:
    """What `source` imports, without the module of a `from module import name`."""
    froms = {n.module for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)}
    plain = {a.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import) for a in n.names}
    return set(imported(source)) - froms | plain


def committed() -> list[Path]:
    """The files of the repository; in an unpacked archive, where git knows nothing, all that it would track."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0")[:-1]
    if listed.returncode:
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if not p.relative_to(ROOT).parts[0].startswith(".")]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def found_in_texts(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    found = []
    for path in files:
        text = path.read_bytes()
        if b"\0" not in text:
            found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in pattern.finditer(text.decode(errors="replace"))]
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_only_entry_points_read_the_configuration(package):
    sources = {path: path.read_text(encoding="utf-8") for path in modules(package) if path.name != "settings.py"}
    wrong = [str(path) for path, text in sources.items() if reads_configuration(text) and not has_main(text)]
    assert wrong == []


def test_no_name_of_a_package_registry_is_committed():
    assert found_in_texts(REGISTRY_HOST, committed()) == []


def test_no_path_of_a_machine_is_committed():
    assert found_in_texts(MACHINE_PATH, committed()) == []


def test_no_secret_is_committed():
    assert found_in_texts(SECRET, committed()) == []


def test_no_large_file_is_committed():
    assert [str(path) for path in committed() if path.stat().st_size > LARGEST_BYTES] == []


class TestLocks:
    """requirements.lock and requirements-java.lock are made from pyproject.toml as its first lines tell."""

    def requirements(self, lock: str) -> dict[str, list[str]]:
        """Lines of each requirement by its first one."""
        text = (ROOT / lock).read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=\S)", text.rstrip())
        return {block.splitlines()[0].removesuffix(" \\"): block.splitlines()[1:] for block in blocks}

    @pytest.mark.parametrize("lock", ["requirements.lock", "requirements-java.lock"])
    def test_each_requirement_is_one_version_with_hashes(self, lock):
        assert self.requirements(lock)
        for requirement, lines in self.requirements(lock).items():
            assert re.match(r"[a-z0-9-]+(\[[a-z]+\])?==[^=\s]+( ; .+)?$", requirement), requirement
            assert lines, f"{requirement} has no hash"
            for line in lines:
                assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line

    def test_they_hold_what_the_project_asks_for(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        asked = {"requirements-java.lock": project["optional-dependencies"].pop("java")}
        extras = project["optional-dependencies"].values()
        asked["requirements.lock"] = project["dependencies"] + [one for extra in extras for one in extra]
        for lock, requirements in asked.items():
            locked = [Requirement(line) for line in self.requirements(lock)]
            for wanted in map(Requirement, requirements):
                versions = [one for one in locked if canonicalize_name(one.name) == canonicalize_name(wanted.name)]
                assert versions, f"{wanted} is not in {lock}"
                for one in versions:
                    assert wanted.specifier.contains(next(iter(one.specifier)).version), f"{one} is not {wanted}"


class TestTheseTestsThemselves:
    """What they look for is found where it is."""

    def test_a_module_without_main_that_reads_the_configuration_is_found(self):
        assert reads_configuration("from deploy.configuration import settings")
        assert reads_configuration("import deploy.configuration.settings")
        assert reads_configuration("from deploy.configuration.settings import Settings, load")
        assert not reads_configuration("from deploy.configuration.settings import Settings")
        assert not has_main("if True:\n    def main(): pass")

    @pytest.mark.parametrize(
        ("pattern", "text"),
        [
            (MACHINE_PATH, "folder = '/" + "work/main'"),
            (MACHINE_PATH, "see /" + "home/anna/pulse"),
            (REGISTRY_HOST, "https://files.python" + "hosted.org/packages"),
            (REGISTRY_HOST, "--index-url https://py" + "pi.org/simple"),
            (SECRET, 'PRIM_API_KEY = "' + "a1b2c3d4e5f6" * 2 + '"'),
            (SECRET, "AKIA" + "A1B2" * 4),
        ],
    )
    def test_what_must_not_be_committed_is_found(self, pattern, text):
        assert pattern.search(text)

    @pytest.mark.parametrize(
        ("pattern", "text"),
        [
            (MACHINE_PATH, "https://example.org/work/item and ../work/item"),
            (SECRET, 'headers["apikey"] = os.environ["PRIM_API_KEY"]'),
        ],
    )
    def test_what_may_be_committed_is_not(self, pattern, text):
        assert not pattern.search(text)
