"""Placeholder until the export is written."""
from dash import html
def layout():
    return html.A("Exporter", id="export", className="button primary", href="/export.zip", download="")
def register(server, views):
    pass
