"""The shapes of the base map, drawn from our own tables and served by URL: the browser keeps them."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache
from typing import Any

import shapely
from flask import Flask, Response, request
from shapely.geometry.base import BaseGeometry

from dashboard.map import line_edges
from dashboard.map.geojson import collection, feature
from geo.network.lines import Lines
from geo.network.tables import DATA_DIR

# Towns that help to read a map without tiles: prefectures and large junctions.
TOWNS = frozenset(
    "Argenteuil,Bobigny,Chelles,Corbeil-Essonnes,Coulommiers,Créteil,Étampes,Évry,Fontainebleau,"
    "Mantes-la-Jolie,Massy,Meaux,Melun,Nanterre,Paris,Poissy,Pontoise,Provins,Rambouillet,Saint-Denis,Sarcelles,"
    "Versailles".split(",")
)
_MODE_WEIGHT = {"rer": 3, "train": 2.4, "metro": 2.2, "tram": 1.8}


def geo_url(name: str) -> str:
    """The address of a shape file, with a hash of its content: the browser may keep it for ever."""
    return f"/geo/{name}.geojson?v={hashlib.sha256(_shapes()[name]).hexdigest()[:12]}"


def register(server: Flask) -> None:
    """Serve the shapes of the base map, compressed once."""

    @server.get("/geo/<name>.geojson")
    def geo_shapes(name: str) -> Response:
        if name not in _shapes():
            return Response(f"no shapes named {name}; there are {', '.join(_shapes())}", 404)
        response = Response(_shapes()[name], mimetype="application/geo+json")
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
        return response


def shape(name: str) -> dict[str, Any]:
    """The shapes that the browser gets under a name, GeoJSON."""
    collection: dict[str, Any] = json.loads(gzip.decompress(_shapes()[name]))
    return collection


@cache
def _shapes() -> dict[str, bytes]:
    made = {
        "communes": _read("communes"),
        "departements": _read("departements"),
        "rivers": _rivers(),
        "lines": _traces(),
        "towns": _towns(),
        "sections": line_edges.shapes(),
    }
    return {
        name: gzip.compress(json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)
        for name, shape in made.items()
    }


def _read(name: str) -> dict[str, Any]:
    collection: dict[str, Any] = json.loads((DATA_DIR / f"{name}.geojson").read_text("utf-8"))
    return collection


def _rivers() -> dict[str, Any]:
    """The rivers with the width that they are drawn with."""
    shape = _read("rivers")
    for river in shape["features"]:
        river["properties"]["weight"] = 4.5 if river["properties"]["name"] == "Seine" else 3
    return shape


def _traces() -> dict[str, Any]:
    """The line traces with what their style needs: colour and width."""
    shape = _read("line_traces")
    for trace in shape["features"]:
        line = Lines.load().get(trace["properties"]["line"])
        if line is not None:
            trace["properties"] |= {"colour": line.colour, "weight": _MODE_WEIGHT.get(line.mode, 1.4)}
    return shape


def _towns() -> dict[str, Any]:
    """A label point in each of TOWNS."""
    towns = (f for f in _read("communes")["features"] if f["properties"]["name"] in TOWNS)
    return collection(_label(shapely.geometry.shape(f["geometry"]), f["properties"]["name"]) for f in towns)


def _label(commune: BaseGeometry, name: str) -> dict[str, Any]:
    middle = commune.centroid
    return feature(round(middle.y, 5), round(middle.x, 5), {"name": name})
