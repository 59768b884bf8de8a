"""The rooms of the project: their order, who imports whom, and what is started by its name."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from deploy.processes.programs import PROGRAMS

ROOT = Path(__file__).resolve().parents[1]

# A room is a folder with modules. A module imports modules of its own room and of those above it in this list.
ROOMS = (
    "deploy.configuration",
    "deploy.processes",
    "geo.network",
    "geo.text.grammar",
    "geo.text",
    "geo.builders",
    "geo",
    "prim_client.messages",
    "prim_client.inputs",
    "prim_client.inputs.file",
    "prim_client.inputs.recorded",
    "prim_client.simulated.feed",
    "prim_client.simulated.texts",
    "prim_client.simulated.world",
    "prim_client.simulated",
    "prim_client",
    "stream_server.protocol",
    "stream_server.kafka",
    "stream_server.log",
    "stream_server.socket",
    "stream_server",
    "spark_app.store",
    "spark_app.language",
    "spark_app.language.sentiment",
    "spark_app.fold",
    "spark_app.derived",
    "spark_app.derived.clusters",
    "spark_app.derived.alerts",
    "spark_app.derived.incidents",
    "spark_app.derived.tags",
    "spark_app.topics",
    "spark_app.archive",
    "spark_app.query",
    "spark_app.jvm",
    "spark_app.commands",
    "spark_app.replay",
    "dashboard.ui",
    "dashboard.store",
    "dashboard.window",
    "dashboard.map",
    "dashboard.health",
    "dashboard.registry",
    "dashboard.tables",
    "dashboard.pictures",
    "dashboard.files",
    "dashboard.frame",
    "dashboard.pages.*",  # a room each
    "dashboard.server",
    "dashboard",
    "deploy",
)
PACKAGES = tuple(dict.fromkeys(room.partition(".")[0] for room in ROOMS))
WITH_PYSPARK = ("spark_app.query", "spark_app.topics", "spark_app.commands")
IMPORTS_BY_NAME = "dashboard.registry.pages"  # the one module that does
NAMES_PROGRAMS = "deploy.processes.programs"  # the one module that spells names of modules
MODULES_MAX = 16  # of a room
TEST_FILES_MAX = 20  # of a folder of tests
FILE_LINES_MAX = 300  # of a module
TEST_FILE_LINES_MAX = 450
FUNCTION_LINES_MAX = 40
# Tables of data may be longer: read by key, not from the top down.
TABLES_OF_DATA = ("spark_app.store.tables", "dashboard.ui.texts")

# In code a name of ours in quotes; not the keys of config.yaml, which begin with names of its sections.
OURS = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.[a-z_]\w*)+")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def sources() -> dict[str, str]:
    """Text of each module of the packages by its dotted name."""
    return {
        name_of(path): path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


@cache
def packages() -> frozenset[str]:
    """Dotted names of the folders that are packages."""
    return frozenset(name_of(path) for package in PACKAGES for path in (ROOT / package).rglob("__init__.py"))


def room_of(module: str) -> str:
    return module if module in packages() else module.rpartition(".")[0]


def place(room: str) -> int:
    """How far down the list a room stands; past its end for a folder that is none."""
    listed = room if room in ROOMS else f"{room.rpartition('.')[0]}.*"
    return ROOMS.index(listed) if listed in ROOMS else len(ROOMS)


def is_page(room: str) -> bool:
    return room.startswith("dashboard.pages.")


def names_imported(source: str) -> Iterator[str]:
    """Dotted names that `source` imports, also inside functions; `from a import b` gives a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their package in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def programs_taken(source: str) -> Iterator[str]:
    """The modules that `source` names through the registry of programs."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "PROGRAMS":
            assert isinstance(node.slice, ast.Constant), (
                "a program is named by a plain key, so that this test sees which"
            )
            yield PROGRAMS[str(node.slice.value)]


def arrows(source: str) -> set[str]:
    """The modules of ours that `source` imports or starts."""
    found = set()
    for taken in (*names_imported(source), *programs_taken(source)):
        name = taken
        while name and name not in sources():
            name = name.rpartition(".")[0]
        if name and not (
            name in packages() and "import " not in sources()[name]
        ):  # the face of a package: no module of a room
            found.add(name)
    return found


def arrows_up(module: str, source: str) -> list[str]:
    """What a module must not import: modules of rooms below its own in the list, and of unknown ones."""
    return sorted(other for other in arrows(source) if place(room_of(other)) > place(room_of(module)))


def across_pages(module: str, source: str) -> list[str]:
    """What a module of a page imports from the folder of another one."""
    own = room_of(module)
    return (
        sorted(other for other in arrows(source) if is_page(room_of(other)) and room_of(other) != own)
        if is_page(own)
        else []
    )


def spelled_names(module: str, source: str) -> list[str]:
    """Names of modules in quotes, and imports by name, outside of the registries. `resources.files` names a folder of
    data."""
    tree = ast.parse(source)
    data = {
        id(arg)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "resources.files"
        for arg in node.args
    }
    texts = [
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in data
    ]
    found = [text for text in texts if OURS.fullmatch(text) and text in sources()] if module != NAMES_PROGRAMS else []
    calls = {name.rpartition(".")[2] for name in names_imported(source)} | {
        n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)
    }
    by_name = {"import_module", "run_module", "run_path", "__import__"} & (
        calls | {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    )
    return found + (sorted(by_name) if module != IMPORTS_BY_NAME else [])


def test_every_folder_with_modules_is_a_room():
    rooms = {room_of(module) for module in sources() if module not in packages()}
    assert [room for room in rooms if place(room) == len(ROOMS)] == []
    assert [
        room for room in ROOMS if not {room, *(each for each in rooms if is_page(each) and room.endswith("*"))} & rooms
    ] == []


def test_no_room_has_more_modules_than_one_can_look_over():
    counted = Counter(room_of(module) for module in sources() if module not in packages())
    assert {room: count for room, count in counted.items() if count > MODULES_MAX} == {}


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_no_folder_of_tests_has_more_files_than_one_can_look_over(folder):
    most = TEST_FILES_MAX if folder == "tests" else MODULES_MAX + 1  # with its __init__
    counted = Counter(path.parent for path in (ROOT / folder).rglob("*.py"))
    assert {path: count for path, count in counted.items() if count > most} == {}


def long_functions(source: str) -> dict[str, int]:
    """Lines of the functions that are too long to be read at once, by name."""
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {n.name: (n.end_lineno or n.lineno) - n.lineno + 1 for n in functions}
    return {name: length for name, length in lengths.items() if length > FUNCTION_LINES_MAX}


def test_no_module_is_longer_than_one_reads_at_once():
    lengths = {name: len(text.splitlines()) for name, text in sources().items() if name not in TABLES_OF_DATA}
    assert {name: length for name, length in lengths.items() if length > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen():
    wrong = {name: long_functions(text) for name, text in sources().items()}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_no_file_of_tests_is_too_long():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > TEST_FILE_LINES_MAX} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_only_point_down(room):
    wrong = {
        name: arrows_up(name, text) for name, text in sources().items() if place(room_of(name)) == ROOMS.index(room)
    }
    assert {name: found for name, found in wrong.items() if found} == {}


def test_no_page_imports_another_page():
    wrong = {name: across_pages(name, text) for name, text in sources().items()}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_only_the_registry_loads_a_page():
    """Tables, pictures, API, frame: whatever draws or gives data knows no screen."""
    screens = {name for name in sources() if is_page(name) and name.endswith(".page")}
    wrong = {name: arrows(text) & screens for name, text in sources().items()}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_modules_are_named_in_the_registries_and_nowhere_else():
    wrong = {name: spelled_names(name, text) for name, text in sources().items()}
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_can_be_run(program):
    assert 'if __name__ == "__main__":' in sources()[PROGRAMS[program]]


def test_every_page_is_found_with_its_tables_and_pictures():
    from dashboard.registry.pages import modules

    found = {module.__name__ for role in ("page", "datasets", "picture") for module in modules(role)}
    stand = {
        name
        for name in sources()
        if is_page(room_of(name)) and name.rpartition(".")[2].startswith(("page", "datasets", "picture"))
    }
    assert found == stand


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in WITH_PYSPARK])
def test_only_some_rooms_import_pyspark(room):
    wrong = [
        name
        for name, text in sources().items()
        if place(room_of(name)) == ROOMS.index(room)
        and any(found.partition(".")[0] == "pyspark" for found in names_imported(text))
    ]
    assert wrong == []


def test_the_dashboard_runs_without_pyspark():
    """Not even through what it imports; pyspark is made impossible to import."""
    names = [name for name in sources() if name.partition(".")[0] == "dashboard"]
    code = (
        f"import importlib, sys; sys.modules['pyspark'] = None\nfor n in {names}: print(n); importlib.import_module(n)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]}: {done.stderr}"


def test_every_module_can_be_imported():
    for name in sources():
        importlib.import_module(name)


class TestTheseTestsThemselves:
    """What they look for is found where it is."""

    def test_an_arrow_up_is_found_also_inside_a_function_and_by_name(self):
        assert arrows_up("geo.network.lines", "def f():\n    from spark_app.store import tables") == [
            "spark_app.store.tables"
        ]
        assert arrows_up("spark_app.replay.command", 'python(PROGRAMS["serve"])') == ["dashboard.server.serve"]
        assert arrows_up("deploy.up", 'python(PROGRAMS["serve"])') == []
        assert arrows_up("dashboard.window.view", "from geo.network import lines") == []

    def test_an_import_of_another_page_is_found(self):
        assert across_pages("dashboard.pages.lines.page", "from dashboard.pages.places.read import methods") == [
            "dashboard.pages.places.read"
        ]
        assert across_pages("dashboard.pages.lines.page", "from dashboard.pages.lines.read import LineState") == []

    def test_a_module_that_is_spelled_or_loaded_by_name_is_found(self):
        assert spelled_names("geo.geocode", 'run("dashboard.server.serve")') == ["dashboard.server.serve"]
        assert spelled_names("geo.geocode", "import importlib\nimportlib.import_module(name)") == ["import_module"]
        assert spelled_names("geo.geocode", 'resources.files("geo.network")') == []

    def test_a_function_that_is_too_long_is_found(self):
        body = "    pass\n" * FUNCTION_LINES_MAX
        assert long_functions(f"class A:\n  def f(self):\n{body}") == {"f": FUNCTION_LINES_MAX + 1}
        assert long_functions(f"def f(): pass\n{body.replace('    ', '')}") == {}
