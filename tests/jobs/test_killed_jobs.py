"""A scoring job that is killed leaves the old list or the new one, never a mixture."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 32


@pytest.mark.slow
def test_a_job_killed_at_any_moment_leaves_old_or_new_output(small_training, tmp_path):
    """kill -9 at 32 seeded moments: every file and the table whole, and the rerun gives the same bytes."""
    script = Path(__file__).with_name("killed_jobs.py")
    arguments = [str(small_training.bundle_folder), str(tmp_path), str(KILLS), "7"]
    made = subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=600,
    )
    assert made.returncode == 0, made.stderr
    report = json.loads(made.stdout)
    assert report["killed"] >= KILLS
    assert report["mixtures"] == []
    assert report["same_bytes"]
    assert report["left"] == []
    assert report["old"]  # some were killed in time, or the test would prove nothing
