"""Entry point: follow the log's socket onto a topic of Kafka, exactly once.

    python -m stream_server.publish --port N [--token-file FILE] --kafka SERVERS --topic NAME --partitions N
                                    [--needed-file FILE]

Ends with SIGTERM or Ctrl-C; 4: the topic is of another log; 75: the brokers are away, which may pass.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Event

from deploy.configuration.command_line import DISAGREE, DONE, ENVIRONMENT, PASSING, complain
from deploy.configuration.settings import SettingsError, load
from deploy.processes.signals import stop_on_signals
from deploy.processes.thread_failure import end_with_any_thread
from deploy.processes.whole_file import write_whole
from stream_server.kafka.publisher import Publisher
from stream_server.protocol.address import KafkaAddress, SocketAddress
from stream_server.protocol.reader import Refused
from stream_server.transport import add_address_arguments, address_from, open_reader

LOOK_S = 0.05  # between two looks for a new entry


def main(argv: Sequence[str]) -> int:
    """Publish until a signal; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stream_server.publish", description=__doc__.splitlines()[0])
    add_address_arguments(parser)
    parser.add_argument("--needed-file", type=Path, help="tell the log here which entry is still to be published")
    options = parser.parse_args(argv)
    stop = stop_on_signals()
    try:
        settings = load()
        address = address_from(options, settings)
        if not isinstance(address, KafkaAddress):
            parser.error("--kafka, --topic and --partitions say where to publish")
        publish(SocketAddress(settings.log.host, options.port, options.token_file), address, stop, options.needed_file)
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except Refused as error:
        return complain(error, DISAGREE)
    except OSError as error:
        return complain(error, PASSING)
    return DONE


def publish(log: SocketAddress, address: KafkaAddress, stop: Event, needed: Path | None = None) -> None:
    """Carry every entry of `log` to `address` as it is written, until `stop`; `needed` gets the next entry.

    Raises Refused, OSError.
    """
    with open_reader(log) as reader, closing(Publisher(reader, address)) as publisher:
        print(f"publishing {log} on {address} from entry {publisher.next} on", flush=True)
        is_news = True
        while not stop.wait(0.0 if is_news else LOOK_S):
            is_news = publisher.publish()
            if is_news and needed:
                write_whole(needed, f"{publisher.next}\n")


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(main(sys.argv[1:]))
