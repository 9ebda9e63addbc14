"""The process: one log line a request without personal data, and an end in which nothing is cut off."""

import json
import signal
import subprocess
import sys
import threading
import time
from hashlib import sha256

import httpx
import pytest
from typer.testing import CliRunner

from crm_ml.base.exceptions import MissingPackageError
from crm_ml.cli.main import app
from crm_ml.web.server import check_packages

from .conftest import keys


def test_logs_tell_what_was_asked_and_never_about_whom(start, risk_list):
    """Ids in addresses, queries, bodies and errors stay out; the server underneath is as quiet."""
    service = start()
    customer, owner = risk_list["customer_id"].iloc[0], "Bob'; DROP TABLE"
    with httpx.Client(base_url=f"http://127.0.0.1:{service.port}") as client:
        assert client.get(f"/v1/customers/{customer}").status_code == 200
        assert client.get("/v1/customers/secret-id").status_code == 404
        assert client.get("/v1/risk-list", params={"owner": owner, "limit": 2}).status_code == 200
        lines = [{"customer_id": "secret-id", "date": "secret-date", "amount_usd": 1, "cds": 1}]
        assert client.post("/v1/score", json={"transactions": lines}).status_code == 422
        assert client.get("/secret-page?x=secret-query", headers={"X-Request-ID": "abc"}).status_code == 404
    asked = service.requests_until("abc")[-5:]  # the line follows the answer
    text = service.log.read_text()
    for hidden in ("secret", customer, "Bob"):
        assert hidden not in text
    assert [(one["route"], one["status"]) for one in asked] == [
        ("/v1/customers/{customer_id:path}", 200),
        ("/v1/customers/{customer_id:path}", 404),
        ("/v1/risk-list", 200),
        ("/v1/score", 422),
        ("none", 404),
    ]
    assert asked[-1]["id"] == "abc"
    assert all(one["ms"] >= 0 and one["client"] == "local" for one in asked)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_runs_and_ends_well(start, number):
    """The answer that is under way arrives; new connections are refused; the exit code is 0."""
    service = start()
    columns = httpx.get(f"http://127.0.0.1:{service.port}/v1/model").json()["transactions"]
    lines = [
        {columns["customer_id"]: f"c{n % 40}", columns["timestamp"]: f"1998-0{1 + n % 6}-1{n % 9}",
         columns["amount"]: 5.0, columns["quantity"]: 1}
        for n in range(9_000)
    ]  # fmt: skip
    answers = []

    def ask():
        url = f"http://127.0.0.1:{service.port}/v1/score"
        answers.append(httpx.post(url, json={"transactions": lines, "as_of": "1998-07-01"}, timeout=60))

    def metrics():
        return httpx.get(f"http://127.0.0.1:{service.port}/metrics").text

    asking = threading.Thread(target=ask)
    asking.start()
    while asking.is_alive() and "crm_ml_requests_in_flight 1" not in metrics():
        time.sleep(0.01)
    service.process.send_signal(number)
    asking.join()
    assert service.process.wait(30) == 0
    assert answers[0].status_code == 200
    assert len(answers[0].json()["scores"]) == 40
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{service.port}/health")
    assert any(one["event"] == "Application shutdown complete." for one in service.lines())


def test_a_wrong_option_ends_with_one_message_before_the_port_is_opened(bundle, tmp_path):
    """Exit code 2 and what to do, as for every verb."""
    command = [sys.executable, "-m", "crm_ml", "serve", "--bundle", str(bundle), "--host", "0.0.0.0"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 2, run.stderr
    assert "no keys are set" in json.loads(run.stderr.splitlines()[-1])["message"]


def test_a_new_key_is_printed_once_with_its_config_line():
    """The line can be pasted into the config."""
    run = CliRunner().invoke(app, ["serve", "--new-key", "shop"])
    key = run.stdout.splitlines()[0].rpartition(" ")[2]
    entry = json.loads(run.stdout.splitlines()[1].partition("[")[2].rstrip("]"))
    assert entry == {"name": "shop", "sha256": sha256(key.encode()).hexdigest()}


def test_a_missing_package_is_named_with_its_install_command(monkeypatch):
    """Before any model is opened."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingPackageError, match=r'pip install "crm-ml\[serve\]"'):
        check_packages()


def test_the_key_in_use_is_named_in_the_log(serve, monkeypatch):
    """Who asked, by the name of the key and never the key."""
    lines = []
    monkeypatch.setattr("crm_ml.web.observed.log", lambda *_, **facts: lines.append(facts))
    client = serve(keys=keys("shop"))
    for key in ("a key for the tests shop", "wrong"):
        client.get("/v1/model", headers={"Authorization": f"Bearer {key}"})
    assert [(one["client"], one["status"]) for one in lines] == [("shop", 200), ("unknown", 401)]
    assert "a key for the tests" not in str(lines)
