"""Features beside their peers: lifetimes, pandas in two hands, and the least that DuckDB itself needs.

    python benchmarks/features.py --rows 1000000
    python benchmarks/features.py --rows 10000000 --skip lifetimes
    python benchmarks/features.py --rows 100000000 --only least_file narrow_file
    python benchmarks/features.py --rows 1000000 --only spark narrow_file

Data are generated into a temporary folder: orders of several lines, unsorted. Every measurement runs in a
process of its own, so that times and memory are its own; short ones run three times, and the least counts.
Look at the clock for peers of one thread (on an idle machine), at CPU time for the least that DuckDB needs.
The result goes to benchmarks/results/features.md, one section a size.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from feature_log import Spill, generate

CUTOFF = "2024-10-01"
RESULTS = Path(__file__).parent / "results" / "features.md"
NARROW = {"customer_id": "customer_id", "timestamp": "day", "amount": "amount"}
WIDE = NARROW | {
    name: name for name in ("order_id", "product_id", "category", "quantity", "cost", "discount")
}
MEMORY_LIMIT = "3GB"
SNAPSHOTS = ["2024-07-01", "2024-08-01", "2024-09-01", "2024-10-01"]
PACKAGES = ("duckdb", "narwhals", "pandas", "lifetimes", "pyarrow")


def read(path: Path, roles: dict[str, str]):
    from crm_ml.data.reading import read_transactions

    # The cleaned log is kept, so that cleaning is a part of reading and not of every work measured.
    return read_transactions(str(path), **roles).kept()


def build(path: Path, roles: dict[str, str]) -> dict[str, float]:
    from crm_ml.features.build import build_features

    tx, reading = timed(lambda: read(path, roles))
    _, features = timed(lambda: build_features(tx, CUTOFF, output="arrow"))
    return costs(reading, features)


def summary(path: Path) -> dict[str, float]:
    from crm_ml.features.summary import rfm_summary

    tx, reading = timed(lambda: read(path, NARROW))
    _, core = timed(lambda: rfm_summary(tx, CUTOFF))
    return costs(reading, core)


def narrow_from_file(path: Path, kind: str = "duckdb") -> dict[str, float]:
    """From a Parquet file to a Parquet file of features, in bounded memory; nothing is kept in between."""
    import narwhals as nw

    from crm_ml.data.engines.make import make_engine
    from crm_ml.data.reading import read_transactions
    from crm_ml.features.build import build_features

    with tempfile.TemporaryDirectory() as folder, Spill(Path(folder)) as spill:
        limit = MEMORY_LIMIT if kind == "duckdb" else None
        engine = make_engine(kind, memory_limit=limit, temp_directory=folder)
        tx, reading = timed(lambda: read_transactions(str(path), **NARROW, engine=engine))

        def write() -> None:
            customers = nw.from_native(build_features(tx, CUTOFF, output="native")).lazy()
            engine.write_parquet(customers, path.with_suffix(f".{kind}"))

        _, features = timed(write)
    return costs(reading, features) | {"spilled": spill.peak / 2**30}


def sql_from_file(path: Path, query: str) -> dict[str, float]:
    """The same query over the file, in the same memory."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder, Spill(Path(folder)) as spill:
        settings = {"memory_limit": MEMORY_LIMIT, "temp_directory": folder}
        connection = duckdb.connect(config=settings)
        out = path.with_suffix(".sql")
        over_file = query.replace("FROM log", f"FROM '{path}'")
        _, core = timed(lambda: connection.execute(f"COPY ({over_file}) TO '{out}' (FORMAT parquet)"))
    return costs(Cost(0.0, 0.0), core) | {"spilled": spill.peak / 2**30}


def panel(path: Path, roles: dict[str, str]) -> dict[str, float]:
    """CPU seconds a further snapshot: four snapshots minus one, by three."""
    from crm_ml.features.build import build_feature_panel

    tx, reading = timed(lambda: read(path, roles))
    again = read(path, roles)  # what is found once a log must not make the second panel cheaper
    _, one = timed(lambda: build_feature_panel(tx, SNAPSHOTS[-1:], output="arrow"))
    _, four = timed(lambda: build_feature_panel(again, SNAPSHOTS, output="arrow"))
    more = len(SNAPSHOTS) - 1
    return costs(reading, Cost((four.cpu - one.cpu) / more, (four.wall - one.wall) / more))


def sql(path: Path, query: str) -> dict[str, float]:
    """A plain DuckDB query over the log in memory, as a user would load it."""
    import duckdb

    connection = duckdb.connect()
    _, reading = timed(lambda: connection.execute(f"CREATE TABLE log AS SELECT * FROM '{path}'"))
    _, core = timed(lambda: connection.execute(f"CREATE TABLE answer AS {query}"))
    return costs(reading, core)


LEAST = f"""SELECT customer_id, day, sum((amount * 10000)::BIGINT) AS amount, count(*) AS lines
    FROM log WHERE day < DATE '{CUTOFF}' GROUP BY 1, 2"""
SAME = f"""SELECT customer_id, day, sum((amount * 10000)::BIGINT) AS amount, count(*) AS lines,
    count(DISTINCT order_id) AS orders, sum((quantity * 10000)::BIGINT) AS quantity,
    sum((cost * 10000)::BIGINT) AS cost, sum((discount * 10000)::BIGINT) AS discount,
    count(discount) AS priced, sum((discount > 0)::BIGINT) AS discounted
    FROM log WHERE day < DATE '{CUTOFF}' GROUP BY 1, 2"""


def by_pandas(path: Path, roles: dict[str, str], way: str = "by hand") -> dict[str, float]:
    import pandas as pd

    from pandas_apply import pandas_apply
    from pandas_features import pandas_features

    compute = {"by hand": pandas_features, "with apply": pandas_apply}[way]
    log, reading = timed(lambda: pd.read_parquet(path, columns=list(roles.values())))
    log["day"] = pd.to_datetime(log["day"])
    _, core = timed(lambda: compute(log, pd.Timestamp(CUTOFF)))
    return costs(reading, core)


def by_lifetimes(path: Path) -> dict[str, float]:
    import pandas as pd

    warnings.simplefilter("ignore")
    from lifetimes.utils import summary_data_from_transaction_data as summarise

    log, reading = timed(lambda: pd.read_parquet(path, columns=list(NARROW.values())))
    log["day"] = pd.to_datetime(log["day"])
    known = log[log["day"] < CUTOFF]
    columns = ("customer_id", "day", "amount")
    _, core = timed(lambda: summarise(known, *columns, observation_period_end=CUTOFF))
    return costs(reading, core)


TASKS: dict[str, tuple[str, Callable[[Path], dict[str, float]]]] = {
    "least": ("customer-day table, DuckDB SQL: money and lines", lambda path: sql(path, LEAST)),
    "same": ("customer-day table, DuckDB SQL: the same columns as wide", lambda path: sql(path, SAME)),
    "narrow": ("crm_ml, all features of customer, day, amount", lambda path: build(path, NARROW)),
    "wide": ("crm_ml, all features with order, product, cost …", lambda path: build(path, WIDE)),
    "panel_narrow": ("crm_ml, one snapshot more (narrow)", lambda path: panel(path, NARROW)),
    "panel_wide": ("crm_ml, one snapshot more (wide)", lambda path: panel(path, WIDE)),
    "least_file": (f"Parquet → customer-day table → Parquet, DuckDB SQL in {MEMORY_LIMIT}",
                   lambda path: sql_from_file(path, LEAST)),
    "narrow_file": (f"crm_ml, Parquet → all narrow features → Parquet in {MEMORY_LIMIT}", narrow_from_file),
    "spark": ("crm_ml on local Spark, Parquet → all narrow features → Parquet",
              lambda path: narrow_from_file(path, "spark")),
    "summary": ("crm_ml, BTYD summary", summary),
    "lifetimes": ("lifetimes, BTYD summary", by_lifetimes),
    "pandas_narrow": ("pandas vectorised by hand, the same narrow features",
                      lambda path: by_pandas(path, NARROW)),
    "pandas_wide": ("pandas vectorised by hand, the same wide features",
                    lambda path: by_pandas(path, WIDE)),
    "pandas_apply": ("pandas with apply, the same narrow features",
                     lambda path: by_pandas(path, NARROW, "with apply")),
}  # fmt: skip
USUAL = [name for name in TASKS if name != "spark"]
SHORT = 10  # CPU seconds: what takes less is measured three times, and the least counts
APPLY_ROWS = 10_000_000  # pandas with apply needs half a millisecond a customer
RATIOS = (
    ("BTYD summary, times faster than lifetimes", "lifetimes", "summary", "at least 5"),
    ("all narrow features, times faster than lifetimes' four columns", "lifetimes", "narrow", "at least 2"),
    ("narrow features, times faster than pandas by hand", "pandas_narrow", "narrow", "at least 10"),
    ("wide features, times faster than pandas by hand", "pandas_wide", "wide", "at least 10"),
    ("narrow features, times faster than pandas with apply", "pandas_apply", "narrow", "at least 10"),
    ("narrow features / least customer-day table", "narrow", "least", "at most 2.5"),
    ("wide features / customer-day table of the same columns", "wide", "same", "at most 2.5"),
    ("the same from Parquet to Parquet", "narrow_file", "least_file", "at most 2.5"),
    ("one more narrow snapshot / least customer-day table", "panel_narrow", "least", "at most 1"),
    ("one more wide snapshot / customer-day table of the same columns", "panel_wide", "same", "at most 1"),
)


@dataclasses.dataclass(frozen=True)
class Cost:
    """CPU seconds of all threads, and seconds on the clock."""

    cpu: float
    wall: float


def timed(work: Callable[[], Any]) -> tuple[Any, Cost]:
    """Return what the work gives, and what it cost."""
    cpu, wall = time.process_time(), time.perf_counter()
    made = work()
    return made, Cost(time.process_time() - cpu, time.perf_counter() - wall)


def costs(reading: Cost, core: Cost) -> dict[str, float]:
    return {"read": reading.cpu, "core": core.cpu, "core_wall": core.wall}


def run_one(task: str, path: Path) -> None:
    start = time.perf_counter()
    parts = TASKS[task][1](path)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    whole = {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - start,
        "rss": usage.ru_maxrss / 2**20,
    }
    print(json.dumps(parts | whole))


def check(path: Path) -> None:
    """Refuse to time two programs that do not compute the same."""
    import pandas as pd

    from crm_ml.features.build import build_features
    from pandas_apply import pandas_apply
    from pandas_features import pandas_features

    log = pd.read_parquet(path)
    log["day"] = pd.to_datetime(log["day"])
    for roles, peer in ((WIDE, pandas_features), (NARROW, pandas_apply)):
        ours = build_features(read(path, roles), CUTOFF)
        theirs = peer(log, pd.Timestamp(CUTOFF))[list(ours.columns)].set_axis(ours.index)
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, rtol=1e-6, atol=1e-6)
        print(f"{peer.__name__} and crm_ml agree on {ours.shape[1]} features of {ours.shape[0]} customers")


def in_own_process(*arguments: str) -> str:
    """Run this file with those arguments; return the last line it prints."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()[-1]


def measure(path: Path, tasks: list[str]) -> dict[str, dict[str, float]]:
    measured = {}
    for task in tasks:
        runs = [json.loads(in_own_process("--one", task, "--path", str(path)))]
        while runs[0]["cpu"] < SHORT and len(runs) < 3:
            runs.append(json.loads(in_own_process("--one", task, "--path", str(path))))
        measured[task] = {part: min(run[part] for run in runs) for part in runs[0]}
        print(f"{TASKS[task][0]:75s} {measured[task]}", flush=True)
    return measured


def section(rows: int, lines: float, measured: dict[str, dict[str, float]]) -> str:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    cores = f"{os.cpu_count()} cores under a load of {os.getloadavg()[1]:.0f}"
    machine = f"{cores}, Python {platform.python_version()}, {versions}."
    beside = " beside Spark" if "spark" in measured else ""
    head = f"## {rows:,} rows, {lines} lines an order{beside}\n\n{machine}\n"
    table = [
        "| what | reading, CPU s | work, CPU s | work, wall s | all, CPU s | wall s | peak GB | spilled GB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for task, one in measured.items():
        names = ("read", "core", "core_wall", "cpu", "wall", "rss", "spilled")
        cells = [f"{one[name]:.2f}" if name in one else "" for name in names]
        table.append(f"| {TASKS[task][0]} | {' | '.join(cells)} |")
    ratios = ["\n| ratio | work, CPU | work, wall | whole process, CPU | target |", "|---|---|---|---|---|"]
    for text, over, under, target in RATIOS:
        if over in measured and under in measured:
            seen = [measured[over][part] / measured[under][part] for part in ("core", "core_wall", "cpu")]
            ratios.append(f"| {text} | {' | '.join(f'{one:.2f}' for one in seen)} | {target} |")
    return "\n".join([head, *table, *ratios]) + "\n"


def save(text: str) -> None:
    """Replace the section of the same size, keep the others."""
    title = text.splitlines()[0]
    old = (
        RESULTS.read_text(encoding="utf-8")
        if RESULTS.exists()
        else "# Features beside their peers\n\nMade by `benchmarks/features.py`.\n"
    )
    head, *sections = re.split(r"(?m)^(?=## )", old)
    kept = [one for one in sections if one.splitlines()[0] != title]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(part.strip() + "\n" for part in [head, *kept, text]), encoding="utf-8")


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--lines", type=float, default=3.5, help="lines an order")
    arguments.add_argument("--skip", nargs="*", default=[], choices=TASKS)
    arguments.add_argument("--only", nargs="*", default=USUAL, choices=TASKS)
    arguments.add_argument("--one", choices=TASKS, help=argparse.SUPPRESS)
    arguments.add_argument("--path", type=Path, help="a log generated before, of that many rows")
    arguments.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.check:
        check(given.path)
    elif given.one:
        run_one(given.one, given.path)
    else:
        skip = {*given.skip, *(["pandas_apply"] if given.rows > APPLY_ROWS else [])}
        compare(given.rows, given.lines, [one for one in given.only if one not in skip], given.path)


def compare(rows: int, lines: float, tasks: list[str], made: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, path = Path(folder) / "small.parquet", made or Path(folder) / "log.parquet"
        generate(small, 20_000, lines)
        print(in_own_process("--check", "--path", str(small)), flush=True)
        if made is None:
            generate(path, rows, lines)
        text = section(rows, lines, measure(path, tasks))
    save(text)
    print(text)


if __name__ == "__main__":
    main()
