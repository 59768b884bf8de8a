"""Admission of clients when more connect than the socket serves: the rule, without I/O.

Every connection begins in the lobby and leaves it

- for a place of our own parts (OWN_PLACES), when it presents the log's token (`socket_token`),
- for a place of a stranger (STRANGER_PLACES), when it asks for something, or has asked nothing for 1 s.

So no stranger can take a place of ours, and whom to drop is decided among strangers only:

- The lobby is full: the one that has been there longest is dropped.
- The strangers' places are full and one asks for something: it gets the place of a stranger that has never asked
  for anything, the longest there first; else of one that waits idle between two requests, the longest idle first.
  Who is being answered, or follows a tail that it asked for, stays. If all do, the new one is refused.
- The strangers' places are full and one is silent: it is refused.

Who is dropped or refused gets a line with `"full":true`: come again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

LOBBY_PLACES = 64  # for 1 s at most each
STRANGER_PLACES = 64  # threads; a page and a few curious people
OWN_PLACES = 320  # Spark takes one for each core, at most 256; the batch writer, the status and a replay's bar the rest


class Full(Exception):
    """There is no place for this connection now; the message is one sentence for its other end."""


class Guest(Protocol):
    """One connection."""

    @property
    def is_idle(self) -> bool:
        """Whether it is neither being answered nor follows a tail that it asked for."""

    def drop(self, reason: str) -> None:
        """End the connection soon, with `reason`. From any thread; never blocks."""


class Kind(Enum):
    """Whose place a connection has."""

    ARRIVING = auto()
    STRANGER = auto()
    OWN = auto()


@dataclass(slots=True)
class _Stay:
    kind: Kind = Kind.ARRIVING
    has_asked: bool = False


class Places:
    """The connections that are served now. From any thread."""

    def __init__(self) -> None:
        self._stays: dict[Guest, _Stay] = {}  # the last to have arrived or asked stands last
        self._guard = threading.Lock()

    def arrive(self, guest: Guest) -> None:
        """A new connection, in the lobby."""
        with self._guard:
            if self._count(Kind.ARRIVING) >= LOBBY_PLACES:
                self._drop(self._first(Kind.ARRIVING), "too many connections at once; come again")
            self._stays[guest] = _Stay()

    def present_token(self, guest: Guest) -> None:
        """`guest` is one of our own parts. Raises Full when even those are too many."""
        with self._guard:
            stay = self._stay(guest)
            if stay.kind is not Kind.OWN and self._count(Kind.OWN) >= OWN_PLACES:
                raise Full(f"{OWN_PLACES} parts of our own are served already; come again")
            stay.kind = Kind.OWN

    def ask(self, guest: Guest) -> None:
        """`guest` asks for something. Raises Full when it is a new stranger and nobody can make room."""
        with self._guard:
            stay = self._stay(guest)
            if stay.kind is Kind.ARRIVING:
                self._make_room()
                stay.kind = Kind.STRANGER
            stay.has_asked = True
            self._stays[guest] = self._stays.pop(guest)

    def stay_silent(self, guest: Guest) -> None:
        """`guest` has asked nothing for long enough to get a tail. Raises Full: it makes nobody leave."""
        with self._guard:
            stay = self._stay(guest)
            if stay.kind is Kind.ARRIVING:
                if self._count(Kind.STRANGER) >= STRANGER_PLACES:
                    raise _all_taken()
                stay.kind = Kind.STRANGER

    def leave(self, guest: Guest) -> None:
        """The connection has ended."""
        with self._guard:
            self._stays.pop(guest, None)

    def _stay(self, guest: Guest) -> _Stay:
        try:
            return self._stays[guest]
        except KeyError:
            raise Full("your place was given to another; come again") from None

    def _make_room(self) -> None:
        if self._count(Kind.STRANGER) < STRANGER_PLACES:
            return
        victim = self._first(Kind.STRANGER, has_asked=False) or self._first(Kind.STRANGER, has_asked=True)
        if victim is None:
            raise _all_taken()
        self._drop(
            victim, f"all {STRANGER_PLACES} places are taken, and you asked for nothing for the longest; come again"
        )

    def _first(self, kind: Kind, has_asked: bool = False) -> Guest | None:
        for guest, stay in self._stays.items():
            if stay.kind is kind and stay.has_asked == has_asked and (guest.is_idle or not has_asked):
                return guest
        return None

    def _drop(self, guest: Guest | None, reason: str) -> None:
        if guest is not None:
            del self._stays[guest]  # its place is free at once, whatever its thread still does
            guest.drop(reason)

    def _count(self, kind: Kind) -> int:
        return sum(stay.kind is kind for stay in self._stays.values())


def _all_taken() -> Full:
    return Full(f"{STRANGER_PLACES} clients are served already; close one and come again")
