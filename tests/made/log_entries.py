"""Hand-made entries for the tests of the log: small bodies, times on a simple clock."""

from datetime import UTC, datetime, timedelta

from prim_client.messages.differ import Outcome
from prim_client.messages.message import Body, Channel, Entry, Kind, LineRef, Message, Section, StationRef, Unresolved
from stream_server.log.books import Observed
from stream_server.log.log import Log

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """`minutes` after six o'clock."""
    return START + timedelta(minutes=minutes)


def body(title: str = "Métro 9 : trafic interrompu", size: int = 0) -> Body:
    """A body with everything in it, and `size` more characters of text."""
    station = StationRef("43122", "71234", "Rue de l'Essai", 48.85, 2.35, "stop_id", 1.0)
    line = LineRef(
        "C01379",
        "9",
        "metro",
        "RATP",
        (station,),
        (Section("Nation", "République"),),
        (Unresolved("stop_point:IDFM:1", "Quai “B”", "unknown stop"),),
    )
    return Body(
        Channel.INCIDENT,
        "BLOQUANTE",
        "PERTURBATION",
        title,
        "",
        f'Motif : essai \\ "1"\n{"é" * size}',
        "<p>Motif : essai</p>",
        ("essai",),
        (line,),
    )


def message(
    id: str, when: datetime, kind: Kind = Kind.OPENED, revision: str = "00000000000000aa", size: int = 0
) -> Message:
    """A message about disruption `id`."""
    closed = kind is Kind.CLOSED
    return Message(
        id,
        revision,
        kind,
        False,
        when,
        at(-3),
        at(-1) if closed else None,
        at(0),
        None,
        "recorded",
        body(f"Titre de {id}", size),
    )


def poll(when: datetime, *messages: Message) -> Entry:
    """An entry of a poll."""
    return Entry(when, False, True, messages)


def tick(when: datetime, *messages: Message, observed: bool = True) -> Entry:
    """An entry of a tick."""
    return Entry(when, True, observed, messages)


def changed(*entries: Entry, cursor: str = "c") -> Outcome:
    """The outcome of a poll that led to `entries`."""
    return Outcome("changed", "", entries, 0, sum(len(entry.messages) for entry in entries), cursor)


def append(log: Log, *entries: Entry, state: bytes = b"s", cursor: str = "c") -> None:
    """`entries` as one poll in one transaction."""
    log.append([Observed(changed(*entries, cursor=cursor), at(0))], state)


def fill(log: Log, count: int, size: int = 0) -> None:
    """`count` more entries, one message each, one transaction each."""
    end = log.bounds()[1]
    for number in range(end, end + count):
        when = at(number)
        append(log, poll(when, message(f"d{number}", when, size=size)), cursor=str(number))
