"""Who recorded a recording, from its manifest through a replay to the store, its exports and a rebuild."""

import json

import pytest

from dashboard import export
from spark_app.store import get_meta
from tests.synthetic_polls import make_polls, write_folder
from tests.truth.commands import Replay

pytestmark = pytest.mark.spark


def test_the_credit_of_a_recording_stands_in_its_store_and_in_every_export(tmp_path):
    folder = write_folder(tmp_path / "polls", make_polls(hours=0.5, seed=5))
    (folder / "recording.json").write_text('{"recorder": "Ada", "licence": "CC0"}')
    replay = Replay(tmp_path / "home", folder, "--licence=ODbL")
    code, _result, err = replay.run()
    assert code == 0, err
    with replay.engine.connect() as connection:
        credit = json.loads(get_meta(connection, "credit"))
    assert credit == {"recorder": "Ada", "licence": "ODbL", "publisher": "PRIM"}
    assert (
        export.main(
            [
                "--store",
                replay.plan.store_url,
                "--out",
                str(tmp_path / "out"),
                "--config",
                str(replay.config),
                "--format",
                "csv",
            ]
        )
        == 0
    )
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()).decode()
    assert "Enregistrement de PRIM (Ada), ODbL" in written and "ratpstatus" not in written
