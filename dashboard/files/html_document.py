"""A file of HTML that needs nothing else: no script, nothing to fetch, its manifest inside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from dashboard.files.formats import flat
from dashboard.files.formulas import disarmed
from dashboard.tables.dataset import Column, Row

STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:#14202e;margin:24px auto;max-width:980px;padding:0 16px}
h1{font-size:22px;margin:0 0 4px}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:5px 8px;
border-top:1px solid #dde3ea;vertical-align:top}svg{width:100%;height:auto}
.small{color:#566272;font-size:12.5px}.badge{display:inline-block;padding:1px 7px;border-radius:4px;font-weight:700}
pre{white-space:pre-wrap;font-size:11px;background:#eef1f5;padding:10px}dl{display:flex;gap:26px;margin:10px 0}
dt{font-size:12px;color:#566272}dd{margin:0;font-size:22px;font-weight:650}
"""


def document(title: str, language: str, said: str, body: str, manifest: Mapping[str, Any]) -> bytes:
    """The file: `body` is HTML, everything else is text."""
    proof = escape(json.dumps(manifest, ensure_ascii=False, indent=1))
    content = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="small">{escape(said)}</p>',
        body,
        f"<details><summary>manifest.json</summary><pre>{proof}</pre></details>",
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{"".join(content)}</body></html>\n'.encode()
    )


def table_body(text: str, columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """Rows as a table with a sentence above it; list columns are left out, as in CSV."""
    columns = flat(columns)
    heads = "".join(f'<th scope="col" title="{escape(each.doc)}">{escape(each.name)}</th>' for each in columns)
    lines = ("".join(f"<td>{escape(_cell_text(row[each.name]))}</td>" for each in columns) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<p>{escape(text)}</p><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _cell_text(value: Any) -> str:
    if isinstance(value, str):
        return disarmed(value)
    return "" if value is None else str(value)
