"""The HTTP service beside its peers, and pages of a list of a million customers.

    python benchmarks/serving.py

One bundle with LightGBM as the only technique is trained on CDNOW, unless --bundle names one. The same
requests go, in turns, to a bare FastAPI endpoint around the same Booster, to our service, and to mlflow's own
server for the same bundle. Every server is a process of its own with one thread for its models; client and
server share the machine. The result goes to benchmarks/results/serving.md.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import importlib.metadata
import json
import os
import platform
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "serving.md"
PACKAGES = ("fastapi", "uvicorn", "lightgbm", "mlflow", "duckdb", "pyarrow")
BARE = """
import json, sys
import lightgbm, numpy, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

model, features, port, kind = sys.argv[1:]
booster = lightgbm.Booster(model_file=model)
names = json.loads(features)
app = FastAPI()


class Row(BaseModel):
    features: dict[str, float | None]


def answer(row: Row) -> dict[str, float]:
    rows = numpy.array([[row.features.get(name) for name in names]], dtype=numpy.float64)
    return {"p_stopped": float(booster.predict(rows, num_threads=1)[0])}


async def answer_on_the_loop(row: Row) -> dict[str, float]:
    return answer(row)


app.post("/predict")(answer_on_the_loop if kind == "async" else answer)
uvicorn.run(app, port=int(port), access_log=False, log_level="warning")
"""


def train(folder: Path) -> Path:
    from crm_ml.jobs.config import TrainConfig
    from crm_ml.jobs.train import train as job

    config = {
        "data": {"dataset": "cdnow"},
        "models": ["lightgbm"],
        "tasks": ["stopped", "at_risk", "value"],
        "card": {"owner": "benchmark", "purpose": "benchmark"},
        "evaluation": {"replicates": 20},
        "out": str(folder / "models"),
        "tracking": {"enabled": False},
    }
    return job(TrainConfig.model_validate(config), quiet=True).bundle_folder


def one_customer(bundle: Path) -> dict[str, float | None]:
    """Features of an established customer of the CDNOW sample."""
    import pandas as pd

    from crm_ml.data.datasets import load_cdnow
    from crm_ml.prediction.predictor import Predictor

    rows = Predictor.load(bundle).snapshot(load_cdnow(sample=True), "1998-07-01")
    row = rows[rows["established"]].iloc[0]
    return {name: None if pd.isna(value) else float(value) for name, value in row.items()}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, path: str, log: Path) -> Iterator[subprocess.Popen]:
    """A server that answers on a port; CPU seconds and memory can be read from its process."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # mlflow looks for uvicorn
    environment = {**os.environ, "PATH": programs, "OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, env=environment, stdout=written, stderr=written, start_new_session=True
        )
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", path)
                connection.getresponse().read()
                break
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.2)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # mlflow's server is a child of its command
        process.wait(30)


def ask(port: int, path: str, body: bytes | None, count: int) -> list[float]:
    """Milliseconds of requests one after the other on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        method = "GET" if body is None else "POST"
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        content = answer.read()
        taken.append((time.perf_counter() - started) * 1e3)
        assert answer.status == 200, content[:500]
    connection.close()
    return taken


def at_a_time(clients: int, work: Callable[[], list[float]]) -> tuple[list[float], float]:
    """Milliseconds of all clients together, and requests a second."""
    found: list[list[float]] = []
    threads = [threading.Thread(target=lambda: found.append(work())) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = [one for taken in found for one in taken]
    return together, len(together) / (time.perf_counter() - started)


def percentile(taken: list[float], share: float) -> float:
    return sorted(taken)[min(int(len(taken) * share), len(taken) - 1)]


def cpu_of(process: subprocess.Popen) -> float:
    """CPU seconds of a server with all processes of its session."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:13])) if int(fields[3]) == process.pid else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_of(process: subprocess.Popen) -> float:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e6 for line in lines if line.startswith("VmHWM"))


def measure_rows(bundle: Path, folder: Path, rounds: int, count: int) -> dict[str, Any]:
    """One customer by features, in turns over all servers, and 64 clients at a time."""
    from crm_ml.tracking.mlflow_model import save_model

    parts = bundle / "models" / "stopped" / "lightgbm" / "model"
    model = parts / "booster.txt"
    names = json.loads((parts / "parts.json").read_text())["settings"]["features"]
    features = one_customer(bundle)
    needed = {name: features[name] for name in names}
    ours = {"rows": [{"features": features}]}
    risk = ["p_stopped", "p_drying_up", "p_at_risk", "expected_spend", "score_basis"]
    mlflow_row = {name: features[name] for name in features}
    mlflow_body = {"dataframe_split": {"columns": list(mlflow_row), "data": [list(mlflow_row.values())]}}
    saved = save_model(bundle, folder / "mlflow model")
    ports = {name: free_port() for name in ("async", "sync", "ours", "mlflow")}
    bare = [sys.executable, "-c", BARE, str(model), json.dumps(names)]
    serve = [sys.executable, "-m", "crm_ml", "serve", "--bundle", str(bundle), "--port", str(ports["ours"])]
    mlflow = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(saved), "--env-manager", "local"]
    one_chance = {"rows": [{"features": needed | {"established": 1.0}}], "scores": ["p_stopped"]}
    asked = {
        "bare FastAPI + Booster, `async def`": ("async", "/predict", {"features": needed}),
        "bare FastAPI + Booster, `def`": ("sync", "/predict", {"features": needed}),
        "crm-ml serve, p_stopped": ("ours", "/v1/score", one_chance),
        "crm-ml serve, all chances and spend": ("ours", "/v1/score", {**ours, "scores": risk}),
        "crm-ml serve, everything with CLV and interval": ("ours", "/v1/score", ours),
        "mlflow models serve, same bundle (everything)": ("mlflow", "/invocations", mlflow_body),
    }
    found: dict[str, Any] = {name: {"taken": []} for name in asked}
    commands = {
        "async": ([*bare, str(ports["async"]), "async"], "/x"),
        "sync": ([*bare, str(ports["sync"]), "sync"], "/x"),
        "ours": (serve, "/ready"),
        "mlflow": ([*mlflow, "-p", str(ports["mlflow"])], "/ping"),
    }
    with contextlib.ExitStack() as stack:
        processes = {
            name: stack.enter_context(running(command, ports[name], path, folder / f"{name}.log"))
            for name, (command, path) in commands.items()
        }
        for turn in range(rounds + 1):
            for name, (server, path, body) in asked.items():
                slow = "everything" in name
                before = cpu_of(processes[server])
                number = max(20, count // 10) if slow else count
                taken = ask(ports[server], path, json.dumps(body).encode(), number)
                if turn:  # the first turn warms up
                    found[name]["taken"].append(taken)
                    found[name].setdefault("cpu", []).append(
                        (cpu_of(processes[server]) - before) / number * 1e3
                    )
        for name, (server, path, body) in asked.items():
            if "everything" in name:
                continue
            content = json.dumps(body).encode()
            taken, rate = at_a_time(64, lambda s=server, p=path, c=content: ask(ports[s], p, c, 40))
            found[name]["many"] = (percentile(taken, 0.5), percentile(taken, 0.99), rate)
    return found


def big_list(path: Path, rows: int) -> None:
    """A made-up list in the groups of rows in which `crm-ml score` writes it."""
    import datetime as dt

    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from crm_ml.prediction.list_schema import list_schema
    from crm_ml.prediction.stored_list import GROUP_ROWS, ids_in_groups

    made, schema = np.random.default_rng(1), list_schema()
    loss = np.sort(made.gamma(0.5, 100, rows))[::-1]
    ids, done, size = made.permutation(rows), 0, 65_536
    codes = {
        "risk_band": ["high", "middle", "low"],
        "threat": ["stops", "buys less", "none"],
        "owner": list("abcd"),
    }
    with pq.ParquetWriter(path, schema, **ids_in_groups(rows)) as writer:
        while done < rows:
            n = min(size, rows - done)
            columns = []
            for one in schema:
                if one.name == "rank":
                    values: Any = np.arange(done + 1, done + n + 1)
                elif one.name == "customer_id":
                    values = [f"C{number:08d}" for number in ids[done : done + n]]
                elif one.name == "expected_loss":
                    values = loss[done : done + n]
                elif one.name in codes:
                    values = np.array(codes[one.name])[made.integers(0, len(codes[one.name]), n)]
                elif pa.types.is_floating(one.type):
                    values = made.random(n)
                elif pa.types.is_integer(one.type):
                    values = made.integers(1, 400, n)
                elif pa.types.is_boolean(one.type):
                    values = made.random(n) < 0.5
                elif pa.types.is_date(one.type):
                    values = [dt.date(1998, 7, 1)] * n
                else:
                    values = [f"{one.name} {number % 500}" for number in range(n)]
                columns.append(pa.array(values).cast(one.type))
            writer.write_batch(pa.record_batch(columns, schema=schema), row_group_size=GROUP_ROWS)
            done += n


def measure_pages(bundle: Path, folder: Path, rows: int, count: int) -> dict[str, Any]:
    """Pages of 50 at random places of a list, each a request of its own."""
    import numpy as np

    path = folder / "list.parquet"
    big_list(path, rows)
    port = free_port()
    serve = [sys.executable, "-m", "crm_ml", "serve", "--bundle", str(bundle), "--data", str(path)]
    walks = {
        "in the order of the list": "",
        "filtered by owner and band": "&owner=b&risk_band=high",
        "sorted by chance, filtered": "&sort=p_at_risk&order=desc&threat=stops",
        "sorted by lifetime value": "&sort=clv&order=desc",
    }
    found: dict[str, Any] = {"bytes": path.stat().st_size, "rows": rows}
    with running([*serve, "--port", str(port)], port, "/ready", folder / "p.log") as process:
        found["memory before"] = peak_of(process)
        for name, query in walks.items():
            address = f"/v1/risk-list?limit=50{query}"
            taken = ask(port, address, None, 3)[:0]
            places, cursor = [], ""
            for _ in range(count if "sort" in query else 4 * count):
                page = _page(port, address + (f"&cursor={cursor}" if cursor else ""), taken)
                cursor = page["next"] or ""
                places.append(page["customers"][0]["rank"])
            found[name] = (percentile(taken, 0.5), percentile(taken, 0.99), max(places))
        customers = np.random.default_rng(2).integers(0, rows, count)
        taken = []
        for number in customers:
            taken += ask(port, f"/v1/customers/C{number:08d}", None, 1)
        found["one customer by id"] = (percentile(taken, 0.5), percentile(taken, 0.99), 0)
        found["memory after"] = peak_of(process)
    return found


def _page(port: int, address: str, taken: list[float]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.connect()
    started = time.perf_counter()
    connection.request("GET", address)
    content = connection.getresponse().read()
    taken.append((time.perf_counter() - started) * 1e3)
    connection.close()
    page: dict[str, Any] = json.loads(content)
    return page


def measure_load(bundle: Path) -> list[float]:
    """CPU seconds of opening a bundle beyond the imports, each in a process of its own."""
    code = (
        "import sys, time\n"
        "import crm_ml.prediction.predictor as p, crm_ml.models.catalog, lightgbm\n"
        "t = time.process_time(); p.Predictor.load(sys.argv[1]); print(time.process_time() - t)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code, str(bundle)], capture_output=True, text=True, check=True)
        for _ in range(5)
    ]
    return [float(run.stdout) for run in runs]


def report(rows: dict[str, Any], pages: dict[str, Any], loads: dict[str, list[float]]) -> str:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    base = statistics.median(
        percentile(one, 0.5) for one in rows["bare FastAPI + Booster, `async def`"]["taken"]
    )
    other = statistics.median(percentile(one, 0.5) for one in rows["bare FastAPI + Booster, `def`"]["taken"])
    lines = [
        "# Serving beside peers",
        "",
        "Made by `benchmarks/serving.py`. Client and server share the machine and other programs keep it",
        "busy, so look at ratios and CPU. Servers are asked in turns; a figure is the median over turns.",
        "",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f},"
        f" Python {platform.python_version()}, {versions}.",
        "",
        "## One customer by features, one client",
        "| server | p50 ms | p99 ms | ÷ bare `async def` | ÷ bare `def` | CPU ms a request |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, one in rows.items():
        p50 = statistics.median(percentile(taken, 0.5) for taken in one["taken"])
        p99 = statistics.median(percentile(taken, 0.99) for taken in one["taken"])
        cpu = statistics.median(one["cpu"])
        lines.append(f"| {name} | {p50:.2f} | {p99:.2f} | {p50 / base:.2f} | {p50 / other:.2f} | {cpu:.2f} |")
    lines += [
        "",
        "## 64 clients at a time",
        "| server | p50 ms | p99 ms | requests a second |",
        "|---|---:|---:|---:|",
    ]
    for name, one in rows.items():
        if "many" in one:
            p50, p99, rate = one["many"]
            lines.append(f"| {name} | {p50:.0f} | {p99:.0f} | {rate:,.0f} |")
    lines += [
        "",
        f"## Pages of 50 of a list of {pages['rows']:,} customers ({pages['bytes'] / 1e6:.0f} MB of Parquet)",
        "| question | p50 ms | p99 ms | p99 ÷ p50 |",
        "|---|---:|---:|---:|",
    ]
    for name, one in pages.items():
        if isinstance(one, tuple):
            lines.append(f"| {name} | {one[0]:.0f} | {one[1]:.0f} | {one[1] / one[0]:.1f} |")
    lines += [
        "",
        f"Peak memory of the service: {pages['memory before']:.2f} GB before the first page,"
        f" {pages['memory after']:.2f} GB after the last one.",
        "",
        "## Opening a bundle, CPU seconds beyond imports",
        *(f"- {name}: {', '.join(f'{one:.3f}' for one in taken)}" for name, taken in loads.items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, action="append", default=[], help="more are opened only")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        bundles = options.bundle or [train(folder)]
        rows = measure_rows(bundles[0], folder, options.rounds, options.count)
        pages = measure_pages(bundles[0], folder, options.rows, max(60, options.count // 4))
        loads = {f"{len(list(one.rglob('*')))} files": measure_load(one) for one in bundles}
    text = report(rows, pages, loads)
    RESULTS.write_text(text)
    print(text)
    print(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime:.0f} CPU s in servers")


if __name__ == "__main__":
    main()
