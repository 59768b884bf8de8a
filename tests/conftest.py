"""What the tests share: where the recordings are, and what a skip means."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings, beside the checkout; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no recordings: {SHARED_DATA} does not exist")
    return SHARED_DATA


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With PULSE_CI=1 a skip is a failure, except for want of the recordings."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("PULSE_CI") == "1" and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if "no recordings" not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped although PULSE_CI=1: {reason}"
