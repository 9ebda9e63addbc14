"""``crm-ml uplift`` as a user runs it: a list and a proof, or one message and nothing written."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

CONFIG = """
campaign:
  path: mail.csv
  customer_id: client
  arm: cell
  contacted: [mail]
  control: [none]
  randomised: true
  outcome: bought
  features: [loyal, orders]
as_of: 2024-05-01
uplift: {folds: 2, replicates: 50}
list: {language: nl, locale: nl}
"""


@pytest.fixture
def shop(tmp_path):
    """A folder with a campaign that changes the loyal only."""
    random = np.random.default_rng(0)
    loyal, mailed = random.integers(0, 2, 2000), random.random(2000) < 0.5
    table = pd.DataFrame(
        {"client": [f"k{one}" for one in range(2000)], "cell": np.where(mailed, "mail", "none")}
    )
    table["loyal"], table["orders"] = loyal, random.poisson(3, 2000)
    table["bought"] = (random.random(2000) < 0.1 + 0.4 * mailed * loyal).astype(int)
    table.to_csv(tmp_path / "mail.csv", index=False)
    (tmp_path / "mail.yaml").write_text(CONFIG)
    return tmp_path


def run(shop, *options):
    command = [sys.executable, "-m", "crm_ml", "uplift", "mail.yaml", "--out", "spring", *options]
    return subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)


def test_list_report_and_run(shop):
    """Files where the command says, the verdict on the screen, a Dutch CSV."""
    done = run(shop, "--budget", "0.3", "--capacity", "100")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("spring")
    assert "Use the ranking of the uplift model" in done.stdout
    names = {path.name for path in (shop / "spring").iterdir()}
    assert {"uplift.html", "uplift.xlsx", "uplift_list.csv", "uplift_list.parquet", "mlflow.db"} <= names
    assert (shop / "spring" / "uplift_list.csv").read_text("utf-8-sig").startswith("rank;customer_id;")
    table = pd.read_parquet(shop / "spring" / "uplift_list.parquet")
    assert (table["contact_group"] == "contact").sum() == 100


def test_chosen_customers_stop_the_command(shop):
    """Exit code 2, one message with what to do, no folder."""
    table = pd.read_csv(shop / "mail.csv")
    table.loc[table["orders"] > 3, "cell"] = "mail"
    table.to_csv(shop / "mail.csv", index=False)
    refused = run(shop, "--quiet")
    assert refused.returncode == 2
    assert "not assigned at random" in refused.stderr
    assert "orders" in refused.stderr
    assert "campaign.insist" in refused.stderr
    assert not (shop / "spring").exists()
