"""The command line answers every mistake with one message and the right exit code."""

import json
import os
import subprocess
import sys
from importlib import import_module

import pytest

from crm_ml.cli.main import VERBS


def crm_ml(*arguments, cwd, **environment):
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "crm_ml", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def orders(tmp_path):
    """A small table in a folder of its own."""
    rows = [
        f"c{number % 7},2024-{1 + number % 9:02d}-{1 + number % 27:02d},{number}.50" for number in range(60)
    ]
    (tmp_path / "orders.csv").write_text("client,day,net\n" + "\n".join(rows) + "\n")
    (tmp_path / "shop.yaml").write_text(
        "data: {path: orders.csv, customer_id: client, timestamp: day, amount: net}\nhorizon_days: 30\n"
    )
    return tmp_path


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    """Each verb is one module with a documented `command`."""
    assert import_module(f"crm_ml.cli.{verb}").command.__doc__


def test_help_and_version(tmp_path):
    """The two things that everybody types first."""
    shown = crm_ml("--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert all(verb in shown.stdout for verb in VERBS)
    assert crm_ml("--version", cwd=tmp_path).stdout.startswith("crm-ml ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "shpo.yaml"], "did you mean shop.yaml"),
        (["check", "ordesr.csv", "--config", "shop.yaml"], "ordesr.csv"),
        (["check", "orders.csv"], "customer_id"),
        (["features", "--config", "shop.yaml", "--cutoff", "soon"], "cutoff: input should be a valid date"),
        (["features", "--config", "shop.yaml", "--cutoff", "1999-01-01"], "1999-01-01"),
        (["features", "--config", "shop.yaml", "--out", "f.doc"], "features go to .parquet or .csv"),
        (["score", "--data", "orders.csv", "--out", "list.csv"], "no bundle is named"),
        (["score", "--bundle", "nowhere", "--data", "orders.csv"], "not a bundle"),
        (["promote", "abc"], "no runs are kept there"),
        (["compare", "nowhere", "champion"], "no runs are kept there"),
        (["schema", "risk-lits"], "risk-lits"),
        (["promote"], "give a RUN or --roll-back"),
    ],
)
def test_mistakes(orders, arguments, says):
    """One message on standard error, exit code 2, no traceback, nothing written."""
    before = sorted(orders.iterdir())
    run = crm_ml(*arguments, cwd=orders)
    assert run.returncode == 2, run.stderr
    assert says in " ".join(run.stderr.split())
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    assert sorted(orders.iterdir()) == before


def test_a_full_or_forbidden_disk_is_the_machine_s_fault(orders):
    """No permission to write is exit code 4, and names the place."""
    (orders / "file").write_text("in the way")
    run = crm_ml("features", "--config", "shop.yaml", "--out", "file/f.csv", cwd=orders)
    assert run.returncode == 4, run.stderr
    assert "file" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_defect_shows_its_traceback(tmp_path):
    """What nobody foresaw is not hidden: exit code 1 with the place where it happened."""
    code = (
        "import sys; sys.argv = ['crm-ml', 'schema', 'bundle']\n"
        "import crm_ml.jobs.schema as job; job.schema = lambda subject: 1 / 0\n"
        "from crm_ml.cli.main import run; run()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "ZeroDivisionError" in run.stderr


def test_json_messages(orders):
    """With --log-format json an error is one JSON line for machines."""
    run = crm_ml("check", "nowhere.csv", "--config", "shop.yaml", "--log-format", "json", cwd=orders)
    assert run.returncode == 2
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    assert lines[-1]["level"] == "error"
    assert "nowhere.csv" in lines[-1]["message"]
    assert set(lines[-1]) == {"time", "level", "logger", "message"}


def test_check(orders):
    """Counts add up on the first line; the rejected rows are in the file that the last line names."""
    with (orders / "orders.csv").open("a") as file:
        file.write("c1,not a day,3\n")
    run = crm_ml("check", "--config", "shop.yaml", cwd=orders)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("61 rows read = 60 accepted + 1 quarantined")
    rejected = orders / run.stdout.splitlines()[-1]
    assert "not a day" in rejected.read_text()


def test_features(orders):
    """The table has a row a customer known before the cutoff, the same bytes twice."""
    run = crm_ml("features", "--config", "shop.yaml", "--cutoff", "2024-06-01", "--out", "f.csv", cwd=orders)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "f.csv\n"
    first = (orders / "f.csv").read_bytes()
    assert first.startswith(b"customer_id,")
    crm_ml("features", "--config", "shop.yaml", "--cutoff", "2024-06-01", "--out", "f.csv", cwd=orders)
    assert (orders / "f.csv").read_bytes() == first
    listed = crm_ml("features", "--list", cwd=orders)
    assert "recency_days" in listed.stdout


@pytest.mark.parametrize("subject", ["config", "bundle", "risk-list"])
def test_schema(subject, tmp_path):
    """Each format is printed as JSON, for programs to check against."""
    run = crm_ml("schema", subject, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)


def test_interrupt(tmp_path):
    """Ctrl-C ends with 130, as shells expect."""
    code = (
        "import sys; sys.argv = ['crm-ml', 'schema', 'bundle']\n"
        "import crm_ml.jobs.schema as job\n"
        "def stop(subject): raise KeyboardInterrupt\n"
        "job.schema = stop\n"
        "from crm_ml.cli.main import run; run()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 130


def test_a_fault_in_one_optional_table_ends_with_a_code_of_its_own(orders):
    """A scheduler must see that a part is missing, a person which table it is; the rest is written."""
    (orders / "complaints.csv").write_text("customer_id,day\nc1,2024-03-01\n")
    config = (orders / "shop.yaml").read_text()
    (orders / "shop.yaml").write_text(
        config + "tables: {complaints: complaints.csv}\nthemes: [abc]\ntracking: {enabled: false}\n"
    )
    done = crm_ml("analyse", "shop.yaml", "--quiet", "--out", "out", cwd=orders)
    assert done.returncode == 5, done.stderr
    assert "warning: the complaints table is not used" in done.stderr
    assert "did you mean" in done.stderr or "opened" in done.stderr
    assert (orders / "out" / "analysis.html").exists()
