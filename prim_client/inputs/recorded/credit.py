"""The credit of a recording: who recorded it and under which licence, for every screen and export of it.

`recording.json` in the folder or archive, a JSON object with texts of one line each:

    {"recorder": "ratpstatus", "licence": "ODbL", "publisher": "PRIM"}
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson

MANIFEST_NAME = "recording.json"
LICENCE = "Licence Mobilité"  # PRIM's own, which holds where nobody says anything else
TEXT_MAX_CHARS = 120


class CreditError(ValueError):
    """A recorder or licence that cannot be shown; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Credit:
    """`recorder`: who made the recording, empty if unknown; `licence`: of the recording; `publisher`:
    of what it holds."""

    recorder: str = ""
    licence: str = LICENCE
    publisher: str = "PRIM"


RATPSTATUS = Credit("projet ratpstatus", "ODbL")  # known by the names of its files


def credit_of(manifest: bytes | None, is_trimmed: bool, recorder: str | None, licence: str | None) -> Credit:
    """The credit of a recording: what the user says, else its manifest, else what its names tell.

    Args:
        manifest: content of its `recording.json`; None if it has none.
        is_trimmed: its names are those of the ratpstatus project.
        recorder, licence: the user's options; None if they were left out.

    Raises CreditError.
    """
    found = (RATPSTATUS if is_trimmed else Credit()) if manifest is None else read_manifest(manifest)
    if recorder is not None:
        found = replace(found, recorder=checked(recorder, "--recorder"))
    if licence is not None:
        found = replace(found, licence=checked(licence, "--licence"))
    return found


def as_manifest(credit: Credit) -> bytes:
    """The content of a `recording.json`."""
    return orjson.dumps(credit, option=orjson.OPT_INDENT_2)


def read_manifest(content: bytes) -> Credit:
    """The credit of a `recording.json`. Raises CreditError."""
    try:
        manifest = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise CreditError(f"{MANIFEST_NAME} is no JSON: {error}") from None
    if not isinstance(manifest, dict):
        raise CreditError(f'{MANIFEST_NAME} is no object: expected {{"recorder": "…", "licence": "…"}}')
    fields = {name: manifest[name] for name in ("recorder", "licence", "publisher") if name in manifest}
    return Credit(**{name: checked(value, f"{name} in {MANIFEST_NAME}") for name, value in fields.items()})


def checked(value: object, name: str) -> str:
    """`value` if it is a text of one printable line. Raises CreditError that says `name`."""
    if not isinstance(value, str) or not value.strip():
        raise CreditError(f"{name} = {value!r:.60}: expected a text")
    if len(value) > TEXT_MAX_CHARS or not value.isprintable():
        raise CreditError(f"{name} = {value!r:.60}: expected one line of at most {TEXT_MAX_CHARS} characters")
    return value.strip()
