"""axe-core on every page in both themes, and badges that can be read."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.registry.pages import all_pages
from dashboard.ui.theme import badge
from geo.network.lines import Lines, contrast_ratio
from spark_app.language.severities import SEVERITIES
from tests.dashboard.conftest import RESULTS, opened

AXE = "axe_playwright_python"
THEMES = ("light", "dark")
OF_COLOUR = ("color-contrast", "link-in-text-block")  # axe's rules that a theme can break


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, from the test requirements."""
    spec = importlib.util.find_spec(AXE)
    if spec is None:
        pytest.skip(f"{AXE} is not installed")
    return (Path(spec.origin).parent / "axe.min.js").read_text("utf-8")


def put_on(page, theme: str) -> None:
    """Show the page in `theme`, all of it: the address chooses none, so it follows the system."""
    page.emulate_media(color_scheme=theme)
    expect(page.locator(f"html[data-theme={theme}][data-mantine-color-scheme={theme}]")).to_have_count(1)
    page.evaluate("""() => Promise.allSettled(document.getAnimations()
        .filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))""")


def violations(page, axe: str, rules: Sequence[str] = (), within: str = "html") -> list[str]:
    """What breaks axe's `rules` (none: all of them) in the element `within`."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    options = {"resultTypes": ["violations"], "iframes": False} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])["violations"]
    return [f"{v['id']}: {node['html'][:200]}" for v in found for node in v["nodes"]]


@pytest.mark.browser
def test_no_page_breaks_a_rule_of_axe_in_either_theme(chromium, page_url, axe, thorough):
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = opened(context.new_page(), page_url)
    found: dict[tuple[str, str], list[str]] = {}
    for shown in all_pages():
        if shown.path != "/":
            page.locator(f"[data-goto='{shown.path}']").first.click()
            page.locator(f"#page-{shown.name} h2").first.wait_for()
        else:
            page.evaluate("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })")
            page.locator("[data-cluster]").last.click()
        page.wait_for_timeout(400)  # what the page asks for has come, or axe sees it empty
        for theme in THEMES:
            put_on(page, theme)
            rules = () if thorough or theme == THEMES[0] else OF_COLOUR
            if found.setdefault((shown.path, theme), violations(page, axe, rules)):
                page.screenshot(path=RESULTS / f"axe_{theme}_{shown.name}.png")
    context.close()
    assert {where: broken for where, broken in found.items() if broken} == {}


def test_every_badge_reads_at_four_and_a_half_to_one():
    badges = [badge(line.id) for line in Lines.load()]
    assert len(badges) > 1000
    assert [b.label for b in badges if contrast_ratio(b.colour, b.text) < 4.5] == []


@pytest.mark.browser
def test_every_mark_of_severity_reads_at_four_and_a_half_to_one_in_either_theme(chromium, page_url):
    context = chromium.new_context()
    page = opened(context.new_page(), page_url)
    colours = []
    for theme in THEMES:
        put_on(page, theme)
        colours += page.evaluate(
            """(codes) => codes.map((code) => { const node = pulse.severity(code); document.body.append(node);
            const style = getComputedStyle(node); return [code, style.color, style.backgroundColor]; })""",
            SEVERITIES,
        )
    context.close()
    assert len({(ink, ground) for _, ink, ground in colours}) > 1
    assert [code for code, ink, ground in colours if contrast_ratio(hex_of(ink), hex_of(ground)) < 4.5] == []


def hex_of(rgb: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in rgb[rgb.index("(") + 1 : -1].split(",")[:3])
