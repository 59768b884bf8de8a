"""The documentation says what the code does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from prim_client.settings import Settings

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
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", _documents(), ids=lambda path: path.name)
def test_links_inside_the_documentation_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_key_is_used_by_the_code():
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("prim_client", "stream_server", "spark_app", "dashboard")
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
