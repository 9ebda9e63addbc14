"""A list under pseudonyms: written in every kind of file, with no id and no name in any byte of them."""

import re
import zipfile

import pandas as pd
import pytest

from crm_ml.base.exceptions import ConfigError
from crm_ml.data.pseudonyms import pseudonyms
from crm_ml.jobs.config import ScoreConfig
from crm_ml.jobs.score import score

KEY = "a secret of a fair length"


@pytest.fixture
def orders(tmp_path):
    """Orders whose ids can be searched for."""
    rows = [
        {
            "customer_id": f"ID-{n % 60:04d}-X",
            "date": f"199{7 + (n * 7) % 2}-0{1 + n % 6}-{1 + n % 27:02d}",
            "amount_usd": 5.0 + n % 9,
            "cds": 1,
        }
        for n in range(900)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "orders.csv", index=False)
    names = pd.DataFrame({"customer_id": [f"ID-{n:04d}-X" for n in range(60)]})
    names.assign(label="Forget-Me Ltd").to_csv(tmp_path / "accounts.csv", index=False)
    return tmp_path


def config(small_training, folder, **options):
    return ScoreConfig.model_validate(
        {
            "bundle": str(small_training.bundle_folder),
            "data": {
                "path": str(folder / "orders.csv"),
                "accounts": {"path": str(folder / "accounts.csv"), "name": "label"},
            },
            "as_of": "1998-08-01",
            "drift": {"check": False},  # made-up customers
            **options,
        }
    )


def test_no_id_is_in_any_file(small_training, orders):
    """Text, workbook, Parquet and report; the pseudonyms are those that the holder of the key can make."""
    (orders / "key").write_text(KEY)
    plain = score(config(small_training, orders, out=str(orders / "plain.parquet")), quiet=True)
    files = [orders / "out" / f"list.{kind}" for kind in ("csv", "xlsx", "parquet", "html")]
    options = {
        "out": str(files[0]),
        "also": [str(one) for one in files[1:]],
        "pseudonyms": {"key_file": str(orders / "key")},
    }
    score(config(small_training, orders, **options), quiet=True)
    shown, hidden = pd.read_parquet(plain.path), pd.read_parquet(files[2])
    assert hidden["customer_id"].tolist() == pseudonyms(shown["customer_id"], KEY)
    pd.testing.assert_frame_equal(
        hidden.drop(columns=["customer_id", "name"]), shown.drop(columns=["customer_id", "name"])
    )
    for path in files:
        contents = [
            path.read_bytes(),
            pd.read_parquet(path).to_csv().encode() if path.suffix == ".parquet" else b"",
        ]
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                contents += [book.read(name) for name in book.namelist()]
        for content in contents:
            assert not re.search(rb"ID-\d{4}-X", content)
            assert b"Forget-Me" not in content


def test_a_missing_key_stops_before_any_work(small_training, orders, monkeypatch):
    """A list with ids by mistake cannot be taken back."""
    monkeypatch.delenv("CRM_ML_NO_SUCH_KEY", raising=False)
    wrong = config(
        small_training, orders, out=str(orders / "list.csv"), pseudonyms={"environment": "CRM_ML_NO_SUCH_KEY"}
    )
    with pytest.raises(ConfigError, match="too short"):
        score(wrong, quiet=True)
    assert not (orders / "list.csv").exists()
