"""Static HTML in a layout: a part that no callback changes is one component for Dash, and the browser draws it.

Dash keeps books for every component that it could update, 0.2 ms each while the page opens; a button that only
`assets/` speaks to needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import orjson
from dash import html
from dash.development.base_component import Component

HTML = html.Div().to_plotly_json()["namespace"]
ATTRIBUTES = {"className": "class", "htmlFor": "for"}
Node = str | list[Any]
Host = TypeVar("Host", bound=Component)


def as_static(host: Host) -> Host:
    """`host` with its children as text, for `assets/common/drawn.js`; they keep nothing that a callback could reach.

    Raises TypeError for a child that is no element of HTML: those live by their own scripts.
    """
    host.children, nodes = None, [_node(child) for child in _children(host)]
    setattr(host, "data-drawn", orjson.dumps(nodes).decode())
    return host


def _children(component: Component) -> Iterator[Any]:
    found = getattr(component, "children", None)
    yield from (child for child in (found if isinstance(found, list | tuple) else [found]) if child is not None)


def _node(child: Any) -> Node:
    if not isinstance(child, Component):
        return str(child)
    said = child.to_plotly_json()
    if said["namespace"] != HTML:
        raise TypeError(f"{said['type']} of {said['namespace']} cannot be drawn: it is no element of HTML")
    return [said["type"].lower(), _attributes(said["props"]), *map(_node, _children(child))]


def _attributes(props: dict[str, Any]) -> dict[str, Any]:
    """As HTML spells them; a style by its CSS names."""
    given = {
        name: value for name, value in props.items() if name != "children" and value is not None and value is not False
    }
    found: dict[str, Any] = {
        ATTRIBUTES.get(name, name.lower()): "" if value is True else value for name, value in given.items()
    }
    if "style" in found:
        found["style"] = {
            re.sub("[A-Z]", lambda upper: f"-{upper[0].lower()}", name): value for name, value in found["style"].items()
        }
    return found
