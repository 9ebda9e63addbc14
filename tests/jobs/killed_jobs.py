"""Kill scoring jobs at random moments and look at what they leave; run by ``test_killed_jobs.py``.

A process of its own, which imports everything and starts nothing: children forked from it need no second of
imports, and no thread of the test run is half copied into them. Prints a JSON report.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path

from crm_ml.jobs.config import ScoreConfig
from crm_ml.jobs.score import score

OLD, NEW = "1998-07-01", "1998-07-15"
FILES = ("list.csv", "list.parquet", "list.manifest.json")


def config(bundle: str, folder: Path, as_of: str) -> ScoreConfig:
    return ScoreConfig.model_validate(
        {
            "bundle": bundle,
            "data": {"dataset": "cdnow_sample"},
            "as_of": as_of,
            "out": str(folder / "list.csv"),
            "also": [str(folder / "list.parquet")],
            "table": {"url": f"sqlite:///{folder / 'list.db'}"},
            "engine": {"threads": 1},
        }
    )


def start(bundle: str, folder: Path, as_of: str) -> int:
    """Fork a child that runs the job; return its process id."""
    child = os.fork()
    if child == 0:
        try:
            score(config(bundle, folder, as_of), quiet=True)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def state(folder: Path) -> dict[str, object]:
    """Return the content of everything that a reader sees."""
    with sqlite3.connect(folder / "list.db") as connection:
        rows = connection.execute("SELECT * FROM risk_list ORDER BY rank").fetchall()
    connection.close()
    return {**{name: (folder / name).read_bytes() for name in FILES}, "table": rows}


def main(bundle: str, home: Path, kills: int, seed: int) -> None:
    whole, seconds = {}, 0.0
    for as_of in (OLD, NEW):
        (home / as_of).mkdir()
        began = time.monotonic()
        assert os.waitpid(start(bundle, home / as_of, as_of), 0)[1] == 0
        seconds = time.monotonic() - began
        whole[as_of] = state(home / as_of)
    chance, report = random.Random(seed), {"killed": 0, "old": 0, "new": 0, "some_new": 0, "mixtures": []}
    folder = home / "out"
    shutil.copytree(home / OLD, folder)
    while report["killed"] < kills:
        # The writing is the last third: most moments lie there.
        first = 0.0 if chance.random() < 0.35 else 0.6
        child = start(bundle, folder, NEW)
        time.sleep(seconds * chance.uniform(first, 0.98))
        os.kill(child, signal.SIGKILL)
        code = os.waitpid(child, 0)[1]
        report["killed"] += os.WIFSIGNALED(code)
        found = state(folder)
        report["mixtures"] += [
            name for name in found if found[name] not in (whole[OLD][name], whole[NEW][name])
        ]
        fresh = sum(found[name] == whole[NEW][name] for name in found)
        report["old" if not fresh else "new" if fresh == len(found) else "some_new"] += 1
        if fresh:
            # Files and table come one after the other: never a manifest that does not fit all files.
            if found[FILES[-1]] == whole[NEW][FILES[-1]] and fresh < len(found):
                report["mixtures"].append("manifest before its files")
            shutil.rmtree(folder)
            shutil.copytree(home / OLD, folder)
    assert os.waitpid(start(bundle, folder, NEW), 0)[1] == 0
    report["same_bytes"] = state(folder) == whole[NEW]
    report["left"] = sorted(one.name for one in folder.iterdir() if one.name.startswith("."))
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
