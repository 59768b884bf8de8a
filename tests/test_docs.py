"""The documentation says what the code does."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from pathlib import Path

import pytest
import yaml

from deploy.configuration.settings import Settings
from deploy.processes.programs import PROGRAMS
from prim_client import __version__

ROOT = Path(__file__).resolve().parents[1]
_spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)


@pytest.mark.parametrize("page", generate.PAGES)
def test_generated_pages_are_up_to_date(page):
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == generate.PAGES[page](), "run python docs/generate.py"


def test_every_field_and_column_is_described():
    assert not [line for line in generate.contracts().splitlines() if re.search(r"\| (None)? *\|$", line)]


def test_every_key_of_the_configuration_is_described():
    assert "| None |" not in generate.config()


def test_the_shipped_configuration_spells_out_the_defaults():
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    written = Settings.model_validate(shipped).model_dump()
    assert written == Settings().model_dump()
    assert set(shipped) == set(Settings.model_fields)
    for section, keys in shipped.items():
        if isinstance(keys, dict):
            assert set(keys) == set(written[section]), section


def _documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", _documents(), ids=lambda path: path.name)
def test_links_inside_the_documentation_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_key_is_used_by_the_code():
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("deploy", "prim_client", "stream_server", "spark_app", "dashboard")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "settings.py"
    )
    unused = [
        f"{section}.{key}"
        for section, model in Settings.model_fields.items()
        if hasattr(model.annotation, "model_fields")
        for key in model.annotation.model_fields
        if not re.search(rf"\.{key}\b", sources)
    ]
    assert not unused


COMMANDS = {
    "up": "deploy.up",
    "replay": "spark_app.replay.command",
    "status": "spark_app.commands.status",
    "rebuild": "spark_app.commands.rebuild",
    "archive": "spark_app.commands.archive",
    "export": "dashboard.export",
    "refold": "spark_app.commands.refold",
    "serve": "dashboard.server.serve",
    "incidents": "spark_app.commands.incidents",
    "geocode": "geo.geocode",
    "score": "spark_app.commands.score",
    "search": "dashboard.search",
    "topics": "spark_app.commands.topics",
}


def _section(command: str) -> str:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    return re.split(r"^## ", text, flags=re.MULTILINE)[1:][
        [part.split()[0] for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]].index(command)
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_documented_and_no_other(command, capsys):
    module = importlib.import_module(COMMANDS[command])
    if hasattr(module, "__path__"):
        module = importlib.import_module(f"{module.__name__}.__main__")
    with pytest.raises(SystemExit) as ended:
        module.main(["--help"])
    assert ended.value.code == 0
    helped = capsys.readouterr().out
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", helped)) - {"--help"}
    assert options == set(re.findall(r"`(--[a-z][a-z-]*)", _section(command)))


def _has_code(module: Path) -> bool:
    return module.with_suffix(".py").exists() or (module / "__main__.py").exists()


def test_every_command_of_the_launcher_has_its_section():
    launcher = (ROOT / "pulse").read_text(encoding="utf-8")
    table = launcher[launcher.index("COMMANDS = {") :].split("}\n")[0]
    available = {
        name
        for name, module in re.findall(r'"(\w+)": Command\(\s*(?:PROGRAMS\[)?"([\w./]+)"', table)
        if module.endswith("/") or _has_code(ROOT / PROGRAMS[module].replace(".", "/"))
    }
    sections = re.findall(r"^## (\w+)", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert available | {"setup"} == set(sections)


def test_the_json_of_a_replay_is_documented_key_by_key():
    from spark_app.commands.report import report

    source = inspect.getsource(report)
    keys = re.findall(r'^        "(\w+)":', source, flags=re.MULTILINE)
    assert keys == re.findall(r"^\| `(\w+)` \|", _section("replay"), flags=re.MULTILINE)


def test_the_changelog_begins_with_the_version_of_the_code():
    versions = re.findall(
        r"^## \[(\d[\w.]*)\] - \d{4}-\d\d-\d\d$",
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert versions[0] == __version__
    minor = __version__.rpartition(".")[0]
    assert f"| {minor} | yes |" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_the_places_that_the_examples_for_contributors_name_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    places = dict(re.findall(r"^\| ([A-Z_]+) \| `([^`]+)` \|$", text, flags=re.MULTILINE))
    assert len(places) > 10
    assert [path for path in places.values() if not (ROOT / path).exists()] == []
    assert [name for name in places if text.count(name) < 2] == []


def test_the_walk_of_a_poll_names_modules_that_exist_each_once():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\| (\d+) \| `([^`]+)` \|", text, re.MULTILINE)
    modules = [module for _, module in steps]
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert 0 < len(modules) <= 14
    assert len(set(modules)) == len(modules)
    assert [module for module in modules if not (ROOT / module).is_file()] == []
