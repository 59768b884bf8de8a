"""The configuration of today with a data folder of the benchmark's own, so that nothing of the user's is touched."""

from __future__ import annotations

from pathlib import Path

import yaml

from prim_client.settings import default_path


def own_settings(folder: Path, **spark: float) -> Path:
    """A copy of the configuration in `folder` whose data are there too; `spark` replaces settings of Spark."""
    values = yaml.safe_load(default_path().read_text())
    values["data_dir"] = str(folder)
    values["spark"] = {**values.get("spark", {}), **spark}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(values))
    return path
