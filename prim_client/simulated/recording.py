"""A stretch of the simulated world as a recording that `prim_client.inputs.recorded.recorded` plays.

One file a poll, named by the Paris time as the recordings of PRIM are; failed polls are in it with the
body they had; `recording.json` says that nothing of it is real. The same arguments give the same bytes.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from prim_client.inputs.recorded.credit import MANIFEST_NAME, Credit, as_manifest
from prim_client.messages.time_units import DAY_S
from prim_client.simulated.feed.paris_dates import epoch_s, in_paris
from prim_client.simulated.world.world import World

ZSTD_LEVEL = 3
ZSTD_WINDOW_LOG = 27  # 128 MB: each answer finds the hundred before it; readers need --long=27

CREDIT = Credit("simulateur de Pulse", "données fictives", "données simulées")
Write = Callable[[str, bytes, int], None]  # name, content, moment in seconds since 1970


def record(world: World, begin: datetime, days: float, out: Path, step_s: int = 120) -> int:
    """Write the polls of `days` from `begin` (aware) into `out`; returns how many.

    Args:
        out: a folder that is new or empty, or a file name in `.tar.zst`.

    Raises ValueError if `out` is neither, FileExistsError if it would be overwritten.
    """
    with _opened(out) as write:
        write(MANIFEST_NAME, as_manifest(CREDIT), epoch_s(begin))
        count = 0
        for moment in _moments(begin, days, step_s):
            _, body = world.answer_at(moment)
            write(file_name(moment), body, epoch_s(moment))
            count += 1
    return count


def file_name(moment: datetime) -> str:
    """`20261005140000_disruptions.json`; the second pass of the autumn hour has its mark.

    >>> file_name(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    '20261025023000_second_disruptions.json'
    """
    wall = in_paris(epoch_s(moment))
    return f"{wall:%Y%m%d%H%M%S}{'_second' if wall.fold else ''}_disruptions.json"


def _moments(begin: datetime, days: float, step_s: int) -> Iterator[datetime]:
    first, count = epoch_s(begin), int(days * DAY_S // step_s)
    return (datetime.fromtimestamp(first + n * step_s, UTC) for n in range(count))


@contextmanager
def _opened(out: Path) -> Iterator[Write]:
    if out.name.endswith(".tar.zst"):
        with _archive(out) as write:
            yield write
    elif out.suffix:
        raise ValueError(f"{out}: give a folder, or a file that ends in .tar.zst")
    else:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise FileExistsError(f"{out} is not empty: give a new folder")
        yield lambda name, content, _: _write_file(out / name, content)


def _write_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@contextmanager
def _archive(out: Path) -> Iterator[Write]:
    parameters = zstandard.ZstdCompressionParameters.from_level(
        ZSTD_LEVEL, window_log=ZSTD_WINDOW_LOG, enable_ldm=True, write_checksum=True
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        out.open("xb") as file,
        zstandard.ZstdCompressor(compression_params=parameters).stream_writer(file) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):

        def write(name: str, content: bytes, moment_s: int) -> None:
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), moment_s
            archive.addfile(member, io.BytesIO(content))

        yield write
