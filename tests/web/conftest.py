"""A service on a real bundle and a real list, asked without a network; processes where a socket matters."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx
import pandas as pd
import pytest

from crm_ml.data.datasets import load_cdnow
from crm_ml.jobs.config import ServeConfig
from crm_ml.jobs.serve import open_served
from crm_ml.prediction.predictor import Predictor
from crm_ml.reporting.tables import write_parquet
from crm_ml.web.app import make_app

KEY = "a key for the tests"
AS_OF = "1998-07-01"


@pytest.fixture(scope="session")
def bundle(small_training) -> Path:
    """The folder of a bundle."""
    return small_training.bundle_folder


@pytest.fixture(scope="session")
def predictor(bundle):
    """The models without a service around them: what every answer must agree with."""
    return Predictor.load(bundle)


@pytest.fixture(scope="session")
def transactions():
    """Real purchases."""
    return load_cdnow(sample=True)


@pytest.fixture(scope="session")
def snapshot(predictor, transactions):
    """Feature rows: established customers and others."""
    rows = predictor.snapshot(transactions, AS_OF)
    return rows.groupby("established").sample(15, random_state=3)


@pytest.fixture(scope="session")
def risk_list(predictor, transactions) -> pd.DataFrame:
    """The list as it stands in the file."""
    table = predictor.score(transactions, AS_OF).table
    owners = pd.Series(["Ann", "Bob'; DROP TABLE", "<b>Cas</b>"] * len(table))
    return table.assign(owner=owners[: len(table)].to_numpy())


@pytest.fixture(scope="session")
def list_file(risk_list, tmp_path_factory) -> Path:
    """The list, with an earlier one beside it."""
    folder = tmp_path_factory.mktemp("lists")
    earlier = risk_list.assign(as_of=dt.date(1998, 6, 1), p_stopped=0.25)
    write_parquet(earlier, folder / "june.parquet")
    return write_parquet(risk_list, folder / "july.parquet")


class Client:
    """Asks an application on an event loop in another thread; many threads may ask at a time."""

    def __init__(self, app, headers: dict[str, str], loop: asyncio.AbstractEventLoop) -> None:
        self.app = app
        self._loop = loop
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)

    def request(self, method: str, address: str, *, content=None, **options) -> httpx.Response:
        if content is not None and not isinstance(content, bytes):
            content = _slowly(content)
        asked = self._client.request(method, address, content=content, **options)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result(60)

    def get(self, address: str, **options) -> httpx.Response:
        return self.request("GET", address, **options)

    def post(self, address: str, **options) -> httpx.Response:
        return self.request("POST", address, **options)

    def delete(self, address: str, **options) -> httpx.Response:
        return self.request("DELETE", address, **options)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result(10)


async def _slowly(parts):
    for part in parts:
        yield part


@pytest.fixture(scope="session")
def loop():
    """An event loop that runs."""
    made = asyncio.new_event_loop()
    runner = threading.Thread(target=made.run_forever)
    runner.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    runner.join()
    made.close()


@pytest.fixture
def serve(bundle, list_file, loop):
    """Make a client of a service with some options."""
    with contextlib.ExitStack() as stack:

        def make(*, key: str = "", **options) -> Client:
            config = {"bundle": str(bundle), "data": str(list_file), **options}
            app = make_app(open_served(ServeConfig.model_validate(config)))
            client = Client(app, {"Authorization": f"Bearer {key}"} if key else {}, loop)
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture
def client(serve, list_file) -> Client:
    """A client of the usual service on this machine."""
    return serve(history=(str(list_file.parent / "*.parquet"),))


def keys(*names: str) -> list[dict[str, str]]:
    """Config entries of clients; the key of a client is KEY, a space and its name."""
    return [{"name": one, "sha256": sha256(f"{KEY} {one}".encode()).hexdigest()} for one in names]


def features_of(row: pd.Series) -> dict[str, float | None]:
    """A row as a client sends it."""
    return {name: None if pd.isna(value) else float(value) for name, value in row.items()}


def problem(answer: httpx.Response, status: int) -> str:
    """Check the shape of a problem and return what it says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    content = answer.json()
    assert content["type"] == "about:blank"
    assert content["status"] == status
    assert content["title"]
    return content["detail"]


@dataclass
class Process:
    """A service that runs as a user starts it."""

    process: subprocess.Popen
    port: int
    log: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def requests(self) -> list[dict]:
        return [one for one in self.lines() if one["event"] == "request"]

    def requests_until(self, request_id: str) -> list[dict]:
        """Wait for the line of a request: it is written after the answer."""
        for _ in range(500):
            found = self.requests()
            if any(one["id"] == request_id for one in found):
                return found
            time.sleep(0.01)
        pytest.fail(f"no line of {request_id}")


@pytest.fixture
def start(bundle, list_file, tmp_path):
    """Start `crm-ml serve` with some options in a config."""
    running = []

    def make(**options) -> Process:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        config = {"bundle": str(bundle), "data": str(list_file), "port": port, **options}
        path = tmp_path / "serve.yaml"
        path.write_text(json.dumps(config))
        log = tmp_path / "log.jsonl"
        with log.open("wb") as err:
            command = [sys.executable, "-m", "crm_ml", "serve", "--config", str(path)]
            process = subprocess.Popen(command, stderr=err, stdout=subprocess.DEVNULL, env=os.environ)
        running.append(process)
        started = Process(process, port, log)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200:
                    return started
            time.sleep(0.1)
        raise AssertionError(log.read_text())

    yield make
    for process in running:
        process.kill()
        process.wait()
