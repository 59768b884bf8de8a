"""The unit file for systemd: what systemd itself says of it, and that it starts what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy" / "systemd" / "pulse.service"


def test_systemd_finds_nothing_wrong(tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd: systemd-analyze is not on the PATH")
    text = UNIT.read_text("utf-8").replace("/opt/pulse", str(ROOT)).replace("User=pulse", "User=root")
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    done = subprocess.run([program, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    own = [line for line in (done.stdout + done.stderr).splitlines() if UNIT.name in line or str(tmp_path) in line]
    assert (done.returncode, own) == (0, [])


def test_it_starts_a_command_of_the_launcher_as_a_user_of_its_own():
    text = UNIT.read_text("utf-8")
    assert re.search(r"^ExecStart=/opt/pulse/pulse up \$PULSE_PARTS$", text, re.MULTILINE)
    assert re.search(r"^User=pulse$", text, re.MULTILINE)
    assert not re.search(r"^[^#\n]*(PASSWORD|API_KEY|SECRET)", text, re.MULTILINE), (
        "secrets stand in the environment file"
    )
