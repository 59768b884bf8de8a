"""YAML for a configuration, read strictly: what YAML would take in silence and no configuration means is an error.

Refused are a key that stands twice (YAML takes the last), anchors and aliases (nine lines of them fill the memory),
control characters and half characters in a text, and files that are no small regular file.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

FILE_MAX_BYTES = 1_000_000
DEPTH_MAX = 50  # of nested lists and sections


class StrictYamlError(ValueError):
    """A file that is no configuration; the message is one sentence without the file's name."""


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in the file at `path`; empty for an empty file. Raises OSError or StrictYamlError."""
    if "\0" in str(path):
        raise FileNotFoundError(0, "a path cannot hold a NUL character", str(path))
    if path.exists() and not path.is_file():
        raise StrictYamlError("expected a file, found a folder" if path.is_dir() else "expected a regular file")
    with path.open("rb") as file:
        return parse_yaml(file.read(FILE_MAX_BYTES + 1))


def parse_yaml(content: bytes) -> dict[str, Any]:
    """The mapping in `content`. Raises StrictYamlError."""
    if len(content) > FILE_MAX_BYTES:
        raise StrictYamlError(f"expected a configuration, found more than {FILE_MAX_BYTES} bytes")
    try:
        found = yaml.load(content.decode("utf-8-sig"), Loader=_StrictLoader)  # noqa: S506 (a SafeLoader)
    except StrictYamlError:
        raise
    except UnicodeDecodeError as error:
        raise StrictYamlError(f"expected UTF-8, and byte {error.start} is none: save it as UTF-8") from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:  # the latter of dates and numbers
        raise StrictYamlError(f"it is not YAML: {' '.join(str(error).split())[:300]}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise StrictYamlError(f"expected keys and values, found a {type(found).__name__}")
    _check_texts(found, "")
    return found


class _StrictLoader(yaml.SafeLoader):
    """A SafeLoader that refuses what YAML takes in silence."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise StrictYamlError(
                f"line {event.start_mark.line + 1}: anchors and aliases are not read: write the value out"
            )
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise StrictYamlError(f"line {event.start_mark.line + 1}: it is nested deeper than {DEPTH_MAX}")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key in seen and key is not None:
                raise StrictYamlError(
                    f"line {key_node.start_mark.line + 1}: the key {key!r} stands there twice: keep one"
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _check_texts(value: Any, key: str) -> None:
    if isinstance(value, str) and not value.isprintable():
        raise StrictYamlError(f"{key} = {value[:80]!r}: expected a text on one line without control characters")
    if isinstance(value, dict):
        for name, inner in value.items():
            _check_texts(name, key or "a key")
            _check_texts(inner, f"{key}.{name}".lstrip("."))
    if isinstance(value, list):
        for inner in value:
            _check_texts(inner, key)
