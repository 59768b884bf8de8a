"""The page of the topics: figures, words, causes and a word cloud each. No script at all; words are escaped."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from prim_client.messages.paris_time import PARIS

STYLE = """
:root { color-scheme: light dark; --ink: #1b2733; --soft: #5b6774; --paper: #f4f6f8; --card: #fff; --bar: #2f6f9f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf0; --soft: #9fb0bf; --paper: #12181e; --card: #1b232b; --bar: #6fb1dc; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 76rem; padding: 1.5rem; }
a { color: var(--bar); } h1, h2, h3 { line-height: 1.2; } .small { color: var(--soft); font-size: .9em; }
.topics { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; padding: 0;
  list-style: none; }
.topics > li { background: var(--card); border-radius: 10px; padding: 1rem; box-shadow: 0 1px 3px #0002; }
.topics h3 { margin: 0 0 .4rem; font-size: 1rem; } svg { width: 100%; height: 11rem; }
svg text { fill: var(--ink); text-anchor: middle; dominant-baseline: central; font-family: sans-serif; }
meter { width: 100%; } table { border-collapse: collapse; } td, th { text-align: left; padding: .2rem 1rem .2rem 0; }
"""


def page(report: dict[str, Any]) -> str:
    """The HTML page of a report (`topic_report`)."""
    made = datetime.fromisoformat(report["made_at"]).astimezone(PARIS)
    methods = "".join(_method(method) for method in report["methods"])
    return (
        '<!doctype html>\n<html lang="fr">\n<head><meta charset="utf-8"><title>Pulse — sujets</title>\n'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n<body>\n'
        '<p><a href="pyldavis.html">LDA interactive (pyLDAvis)</a></p>\n<h1>Sujets des messages</h1>\n'
        f"<p>{_number(report['notices'])} textes publiés, {_number(report['texts'])} textes distincts une fois "
        f"nettoyés, dont {_number(report['with_cause'])} nomment une cause. Calculé le {made:%d/%m/%Y à %H:%M}.</p>\n"
        f"{_quality(report)}\n{methods}\n</body>\n</html>\n"
    )


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _decimal(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}".replace(".", ",")


def _quality(report: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(m['title'])}</td><td>{_decimal(m['nmi'])}</td><td>{_decimal(m['coherence'])}</td></tr>"
        for m in report["methods"]
    )
    head = "<tr><th>Méthode</th><th>Accord avec les causes (NMI)</th><th>Cohérence (NPMI)</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _method(method: dict[str, Any]) -> str:
    items = "\n".join(_topic(topic) for topic in method["topics"])
    return f'<h2>{escape(method["title"])}</h2>\n<ol class="topics">\n{items}\n</ol>'


def _topic(topic: dict[str, Any]) -> str:
    causes = ", ".join(f"{escape(word)} {count}" for _, word, count in topic["causes"]) or "aucune nommée"
    share = topic["share"]
    return (
        f"<li><h3>{topic['number']}. {escape(topic['name'])}</h3>\n"
        f'<meter value="{share}" title="{share:.1%} des textes"></meter>\n{_cloud(topic)}\n'
        f"<div>{escape(', '.join(topic['top']))}</div>\n"
        f'<div class="small">{_number(topic["texts"])} textes · causes : {causes}</div></li>'
    )


def _cloud(topic: dict[str, Any]) -> str:
    """The word cloud as SVG."""
    left, top, width, height = topic["cloud"]["box"]
    words = "".join(
        f'<text x="{x}" y="{y}" font-size="{size}">{escape(word)}</text>'
        for word, x, y, size in topic["cloud"]["words"]
    )
    label = escape(f"nuage de mots du sujet {topic['number']}")
    return f'<svg viewBox="{left} {top} {width} {height}" role="img" aria-label="{label}">{words}</svg>'
