"""Random walks over the first page: whatever a reader does, the screen equals a fresh load of the same address."""

from __future__ import annotations

import random
from collections.abc import Callable

# Everything that the screen says: rows as the grid has them and as they are drawn, badges, dots, lines, bars, figures.
SCREEN = """() => {
  const text = (selector) => [...document.querySelectorAll(selector)].map((node) => node.textContent);
  const api = dash_ag_grid.getApi("table");
  const rows = [];
  api.forEachNodeAfterFilterAndSort((node) => rows.push(JSON.stringify(node.data)));
  const drawn = [...document.querySelectorAll("#table .ag-center-cols-container .ag-row")]
    .sort((a, b) => a.getAttribute("row-index") - b.getAttribute("row-index"))
    .map((row) => [...row.querySelectorAll(".ag-cell")].map((cell) => cell.textContent).join(" | "));
  const layers = { stations: [], sections: [], traces: [] };
  pulse.map.leaflet.eachLayer(({ feature, options }) => {
    if (!feature || !layers[options.pane]) return;
    const { zda, key, line } = feature.properties;
    const look = [options.color, options.fillColor, options.radius, options.weight];
    layers[options.pane].push([zda || key || line, ...look].join());
  });
  for (const found of Object.values(layers)) found.sort();
  const { popup, ...view } = pulse.view || {};
  return {
    rows, drawn, ...layers, view: JSON.stringify(view),
    badges: [...document.querySelectorAll("#map [data-cluster]")].map((badge) => [
      badge.dataset.cluster, badge.getAttribute("aria-label"), badge.textContent,
      badge.className.replace(" is-outside", ""), badge.offsetWidth].join()).sort(),
    list: document.getElementById("cluster-list").innerHTML,
    bars: document.querySelector("#timeline svg").outerHTML,
    slider: ["aria-valuemax", "aria-valuenow", "aria-valuetext"].map(
      (name) => document.getElementById("timeline").getAttribute(name)),
    timeline: text("#timeline-title, #timeline-hint"),
    figures: text("#figures, #table-count, #live"),
    counts: [...document.querySelectorAll("[data-count]")].map((node) => [node.dataset.count, node.textContent].join()),
    pressed: [...document.querySelectorAll("[data-choice][aria-pressed='true']")].map((node) => node.dataset.choice),
    files: [...document.querySelectorAll("[data-export]")].map((link) => link.getAttribute("href")),
    overlay: text("#table .no-rows"),
  };
}"""
IS_SHOWN = "() => pulse.shown.live !== undefined && pulse.shown.live === pulse.refresh.state.turns.live"
CHOICES = (
    "stack:line",
    "stack:cluster",
    "size:stations",
    "size:disruptions",
    "span:6h",
    "span:24h",
    "span:7j",
    "channel:works",
    "channel:information",
    "mode:metro",
    "mode:rer",
    "modes:all",
    "modes:rail",
    "line:C01742",
    "line:C01371",
    "severity:interruption",
    "severity:disrupted",
    "cause:technical",
    "reset:filters",
)
KEYS = ("ArrowLeft", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "End")
NOWHERE = (2, 2)  # no pointer over the timeline: its hint speaks of the window on the map


def shown(page):
    """The page when it says that all of it is shown."""
    page.wait_for_function(IS_SHOWN)
    return page


def differences(page, fresh) -> dict[str, tuple]:
    """What the page says otherwise than a fresh load: {part: (page, fresh)}."""
    walked, loaded = page.evaluate(SCREEN), fresh.evaluate(SCREEN)
    return {name: (walked[name], loaded[name]) for name in walked if walked[name] != loaded[name]}


class Walk:
    """Steps of a reader that a seed decides; `news` puts another tick into the store."""

    def __init__(self, page, seed: int, news: Callable[[], None] | None = None) -> None:
        self.page, self.chance, self.news = page, random.Random(seed), news
        self.done: list[str] = []

    def step(self) -> None:
        """One step: a choice, a key, a click, a drag, a button, Back, Forward, or news."""
        kinds = [
            self._choice,
            self._choice,
            self._key,
            self._key,
            self._click,
            self._drag,
            self._player,
            self._live,
            self._back,
            self._back_and_on,
        ]
        if self.news:
            kinds.append(self._news)
        self.done.append(str(self.chance.choice(kinds)()))
        self.page.mouse.move(*NOWHERE)

    def _choice(self) -> str:
        choice = self.chance.choice(CHOICES)
        self.page.evaluate("(choice) => pulse.choose(...choice.split(':'))", choice)
        return choice

    def _key(self) -> str:
        key, times = self.chance.choice(KEYS), self.chance.randint(1, 3)
        for _ in range(times):
            self.page.locator("#timeline").press(key)
        return f"{times} × {key}"

    def _at(self) -> tuple[float, float]:
        box = self.page.locator("#timeline").bounding_box()
        return box["x"] + box["width"] * self.chance.uniform(0.1, 0.99), box["y"] + box["height"] * 0.6

    def _click(self) -> str:
        x, y = self._at()
        self.page.mouse.click(x, y)
        return f"click {x:.0f}"

    def _drag(self) -> str:
        (x, y), (to, _) = self._at(), self._at()
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(to, y, steps=5)
        self.page.mouse.up()
        return f"drag {x:.0f} to {to:.0f}"

    def _player(self) -> str:
        what = self.chance.choice(("back", "on"))
        self.page.locator(f"#play-{what}").click()
        return f"play {what}"

    def _live(self) -> str:
        self.page.locator("#live").click()
        return "live"

    def _back(self) -> str:
        if not self.done:
            return "stay"
        self.page.evaluate("() => history.length > 2 && history.back()")
        return "back"

    def _back_and_on(self) -> str:
        self.page.evaluate("() => { history.back(); setTimeout(() => history.forward(), 40); }")
        return "back and on"

    def _news(self) -> str:
        assert self.news
        self.news()
        return "news"
