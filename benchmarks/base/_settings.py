"""The configuration of today with a data folder of the benchmark's own, so that nothing of the user's is touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.configuration.settings import default_path


def own_settings(folder: Path, sections: Mapping[str, Mapping[str, Any]] | None = None, **spark: float) -> Path:
    """A copy of the configuration in `folder` whose data are there too; `sections` and `spark` replace settings."""
    values = yaml.safe_load(default_path().read_text())
    values["data_dir"] = str(folder)
    values["spark"] = {**values.get("spark", {}), **spark}
    for name, settings in (sections or {}).items():
        values[name] = {**values.get(name, {}), **settings}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(values))
    return path
