"""Batch scoring of a large base: its speed beside bare Booster.predict, its parts, and its memory.

``python benchmarks/scoring.py FOLDER [--customers 100000 1000000] [--memory 256MB]`` simulates transactions
as Parquet into FOLDER (twenty a customer), trains LightGBM as the only technique on a part of the customers,
and scores everybody in a process of its own for each size, so that the peak of memory belongs to one run.
Prints the tables of ``results/scoring.md``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

DAYS, AS_OF, PURCHASES = 720, "2024-01-01", 20
THREADS = 2
TRAINING_CUSTOMERS = 30_000
STAGE = "from feature batches to the Parquet list"
# Setting → for whom reasons are written, and whether the purchase process is asked as well.
SETTINGS: dict[str, tuple[Any, bool]] = {
    "LightGBM only": ("nobody", False),
    "with reasons for who is threatened": ("threatened", False),
    "with lifetime value too": ("threatened", True),
}


def simulate(path: Path, customers: int, seed: int = 0, at_once: int = 100_000) -> None:
    """Write purchases: own rates, lifetimes and levels of spending; `PURCHASES` a customer on average."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("customer_id", pa.string()), ("timestamp", pa.date32()), ("amount", pa.float64())])
    last = np.datetime64(AS_OF) - 1
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, customers, at_once):
            random = np.random.default_rng([seed, start])
            size = min(at_once, customers - start)
            born = random.integers(0, DAYS - 60, size)
            alive = np.minimum(random.exponential(500, size), DAYS - born - 1).astype(int)
            counts = 1 + random.poisson(random.gamma(0.8, 70.0, size) * (alive + 1) / DAYS)
            counts = np.maximum(1, np.round(counts * PURCHASES * size / counts.sum()).astype(int))
            who = np.repeat(np.arange(size), counts)
            day = born[who] + np.floor(random.random(len(who)) * (alive[who] + 1)).astype(int)
            level = random.lognormal(3.2, 0.8, size)
            amount = np.round(level[who] * random.lognormal(0.0, 0.5, len(who)), 2)
            ids = np.char.add("c", np.char.zfill((start + who).astype(str), 8))
            when = (last - DAYS + 1 + day).astype("datetime64[D]")
            order = np.argsort(day, kind="stable")
            writer.write_table(pa.table([ids[order], when[order], amount[order]], schema=schema))


def train_on(path: Path, folder: Path) -> Path:
    """Train on some of the customers, with LightGBM as the only technique; return the bundle."""
    from crm_ml.jobs.config import TrainConfig
    from crm_ml.jobs.train import train

    sample = folder / "training.parquet"
    table = pd.read_parquet(path)
    table[table["customer_id"] < f"c{TRAINING_CUSTOMERS:08d}"].to_parquet(sample)
    config = {
        "data": {"path": str(sample), "amount": "amount"},
        "models": ["lightgbm"],
        "tasks": ["stopped", "at_risk", "value"],
        "evaluation": {"replicates": 50},
        "tracking": {"enabled": False},
        "out": str(folder / "models"),
    }
    made = train(TrainConfig.model_validate(config), quiet=True)
    print({task: one.champion for task, one in made.comparisons.items()})
    return made.bundle_folder


class Clock:
    """Wall and CPU seconds by part; CPU of the whole process, or of the threads that call a function."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    @contextmanager
    def part(self, name: str, cpu_clock: Callable[[], float] = time.process_time) -> Iterator[None]:
        """Add what happens inside to a part."""
        wall, cpu = time.perf_counter(), cpu_clock()
        yield
        with self._lock:
            self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
            self.cpu[name] = self.cpu.get(name, 0.0) + cpu_clock() - cpu

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function whose calls are added to a part."""

        def call(*args: Any, **named: Any) -> Any:
            with self.part(name, time.thread_time):
                return function(*args, **named)

        return call


class Memory:
    """Largest memory of the process, the engine's count at that moment, and the engine's largest, in MB."""

    def __init__(self, engine: Any) -> None:
        self.peaks = {"process": 0.0, "engine then": 0.0, "engine at most": 0.0}
        self._engine = engine._connection.cursor()
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        page = resource.getpagesize()
        query = "SELECT coalesce(sum(memory_usage_bytes), 0) FROM duckdb_memory()"
        while not self._over.wait(0.05):
            engine = self._engine.execute(query).fetchall()[0][0] / 2**20
            process = int(Path("/proc/self/statm").read_text().split()[1]) * page / 2**20
            if process > self.peaks["process"]:
                self.peaks |= {"process": process, "engine then": engine}
            self.peaks["engine at most"] = max(engine, self.peaks["engine at most"])


def score(data: Path, bundle_folder: Path, out: Path, limit: str) -> dict[str, Any]:
    """Run the parts of the job one after the other and time them; the last part with every setting."""
    from crm_ml.data.engines.make import make_engine
    from crm_ml.prediction.bundle import read_bundle
    from crm_ml.prediction.predictor import Predictor

    predictor = Predictor(read_bundle(bundle_folder))
    engine = make_engine("duckdb", limit, str(out.parent / "spill"), THREADS)
    with Memory(engine) as memory:
        rows, report = timed_job(predictor, engine, data, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peaks = {**memory.peaks, "process by the kernel": peak}
    return {**report, "bare": bare_seconds(predictor, engine, rows), "memory": peaks}


def timed_job(predictor: Any, engine: Any, data: Path, out: Path) -> tuple[Any, dict[str, Any]]:
    """Return the snapshot and the seconds of every part."""
    from crm_ml.data.reading import read_transactions
    from crm_ml.prediction import streaming
    from crm_ml.prediction.drift import drift_of, histograms_of
    from crm_ml.prediction.snapshot import as_rows

    clock = Clock()
    with clock.part("read and check the transactions"):
        tx = read_transactions(str(data), amount="amount", engine=engine)
    moment = predictor.moment(tx, AS_OF)
    with clock.part("features"):
        rows = streaming.stored_snapshot(predictor, tx, moment)
    with clock.part("compare with the training"):
        reference = predictor.facts["reference"]
        names = [name for name in rows.collect_schema().names() if name in reference]
        batches = engine.to_batches(rows.select("customer_id", *names))
        drift_of(reference, histograms_of(map(as_rows, batches), reference))
    return rows, {"wall": clock.wall, "cpu": clock.cpu, "stages": stages(predictor, tx, rows, moment, out)}


def stages(predictor: Any, tx: Any, rows: Any, moment: int, out: Path) -> dict[str, Any]:
    """Go from the snapshot to the list with every setting."""
    import shutil

    from crm_ml.prediction import streaming
    from crm_ml.prediction.list_options import ListOptions
    from crm_ml.prediction.predictor import Predictor

    predict, explain = Predictor.predict, Predictor.explain
    bundle, found = predictor.bundle, {}
    for setting, (reasons, lifetime_value) in SETTINGS.items():
        stage = Clock()
        Predictor.predict = stage.timed("· models", predict)  # type: ignore[method-assign]
        Predictor.explain = stage.timed("· reasons", explain)  # type: ignore[method-assign]
        kept = bundle if lifetime_value else dataclasses.replace(bundle, lifetime_value=None)
        with stage.part(STAGE):
            made = streaming.score_stream(
                Predictor(kept), tx, rows, moment, options=ListOptions(reasons=reasons)
            )
            shutil.copyfile(made.path, out)
        said = sum(int((part["reason_1"] != "").sum()) for part in made.batches(["reason_1"])) / len(made)
        found[setting] = {"wall": stage.wall, "cpu": stage.cpu, "said": said}
    Predictor.predict, Predictor.explain = predict, explain  # type: ignore[method-assign]
    return found


def bare_seconds(predictor: Any, engine: Any, rows: Any) -> dict[str, float]:
    """Return wall and CPU seconds of nothing but Booster.predict, for the same customers and models."""
    from crm_ml.data.engines.batches import of_one_size
    from crm_ml.prediction.snapshot import as_rows

    wall = cpu = 0.0
    for batch in of_one_size(engine.to_batches(rows)):
        table = as_rows(batch)
        for task, champion in predictor.models.champions.items():
            inner = getattr(champion, "model", champion)
            while not hasattr(inner, "_booster"):
                inner = inner.model
            kept = table[table["established"]] if task == "at_risk" else table
            matrix = kept[inner.parts_.settings["features"]].to_numpy(np.float64)
            before = time.perf_counter(), time.process_time()
            inner._booster.predict(matrix, num_threads=inner.n_jobs)
            wall, cpu = wall + time.perf_counter() - before[0], cpu + time.process_time() - before[1]
    return {"wall": wall, "cpu": cpu}


def show(customers: int, report: dict[str, Any]) -> None:
    """Print one run as tables."""
    print(f"\n### {customers:,} customers\n")
    print("| part | wall s | CPU s |\n|---|---:|---:|")
    for part, wall in report["wall"].items():
        print(f"| {part} | {wall:.1f} | {report['cpu'][part]:.1f} |")
    bare = report["bare"]
    print(f"| *bare Booster.predict* | {bare['wall']:.1f} | {bare['cpu']:.1f} |")
    peaks = ", ".join(f"{name} {peak:,.0f} MB" for name, peak in report["memory"].items())
    print(f"\nPeaks of memory: {peaks}.\n\n{STAGE[0].upper()}{STAGE[1:]}:\n")
    print("| setting | wall s | CPU s | models | reasons | throughput against bare (wall, CPU) |")
    print("|---|---:|---:|---:|---:|---:|")
    for setting, stage in report["stages"].items():
        wall, cpu = (stage[kind][STAGE] for kind in ("wall", "cpu"))
        parts = [f"{stage['cpu'].get(part, 0.0):.1f}" for part in ("· models", "· reasons")]
        ratio = f"{bare['wall'] / wall:.0%}, {bare['cpu'] / cpu:.0%}"
        print(f"| {setting} ({stage['said']:.0%}) | {wall:.1f} | {cpu:.1f} | {' | '.join(parts)} | {ratio} |")


def main() -> None:
    """Simulate what is missing, train once, and run every size in a process of its own."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, nargs="?")
    options.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    options.add_argument("--memory", default="256MB", help="memory_limit of the engine")
    options.add_argument("--score", nargs=3, type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.score:
        print(json.dumps(score(*chosen.score, chosen.memory)))
        return
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for customers in chosen.customers:
        if not (path := chosen.folder / f"{customers}.parquet").exists():
            simulate(path, customers)
    bundles = sorted((chosen.folder / "models").glob("crm-*"))
    first = chosen.folder / f"{chosen.customers[0]}.parquet"
    bundle = bundles[0] if bundles else train_on(first, chosen.folder)
    for customers in chosen.customers:
        files = [chosen.folder / f"{customers}.parquet", bundle, chosen.folder / "list.parquet"]
        command = [sys.executable, __file__, "--memory", chosen.memory, "--score", *map(str, files)]
        made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        show(customers, json.loads(made.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
