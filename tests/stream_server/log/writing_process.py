"""A process that appends to a log until it is killed; says after each append how far the log goes.

What entry n holds follows from n, and the state names the end: the reader of the wreck can check all of it.
"""

import sys
from pathlib import Path

from prim_client.messages.message import Entry, Kind
from prim_client.messages.poll_schedule import Slot
from stream_server.log.books import Observed
from stream_server.log.log import Log
from tests.made.log_entries import at, changed, message, poll, tick

GROUPS = (1, 3, 1, 7, 20)


def entry(number: int) -> Entry:
    """Entry `number` of this writer: every fourth is a tick, with up to 30 messages."""
    when = at(number)
    if number % 4 == 0:
        return tick(
            when,
            *(message(f"d{n}", when, Kind.ONGOING) for n in range(number % 31)),
            observed=number % 8 == 0,
        )
    return poll(when, message(f"d{number}", when, size=400), message(f"e{number}", when, Kind.CLOSED))


def main(path: Path) -> None:
    with Log.open(path) as log:
        print("end", log.bounds()[1], flush=True)
        for turn in range(10**9):
            end = log.bounds()[1]
            numbers = range(end, end + GROUPS[turn % len(GROUPS)])
            observed = [  # due every minute, asked every other one
                Observed(changed(entry(number), cursor=str(number)), at(number), Slot(at(2 * number), 60))
                for number in numbers
            ]
            log.append(observed, b"%d" % numbers.stop)
            print("end", numbers.stop, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
