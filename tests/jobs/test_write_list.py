"""One list in every place: the same rows in CSV, XLSX, Parquet and a database."""

from __future__ import annotations

import json
import os
import sqlite3

import openpyxl
import pandas as pd
import pytest

from crm_ml.base.exceptions import ConfigError, DriftError, InputError
from crm_ml.jobs.config import ScoreConfig
from crm_ml.jobs.score import score
from crm_ml.prediction.bundle import read_bundle, write_bundle


@pytest.fixture
def config(small_training, tmp_path):
    def make(**more):
        values = {
            "bundle": str(small_training.bundle_folder),
            "data": {"dataset": "cdnow_sample"},
            "out": str(tmp_path / "list.csv"),
            **more,
        }
        return ScoreConfig.model_validate(values)

    return make


def read_table(url, query):
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = pd.read_sql(sa.text(query), connection)
    engine.dispose()
    return found


def same_list(found, parquet):
    assert list(found.columns) == list(parquet.columns)
    for name in parquet:
        left, right = (
            frame[name].astype(object).where(frame[name].notna(), None) for frame in (found, parquet)
        )
        if parquet[name].dtype.kind == "b" or name == "may_contact":
            left = left.map(lambda one: None if one is None else bool(one))
        if name in ("as_of", "last_purchase"):
            left, right = left.astype(str), right.astype(str)
        assert left.tolist() == right.tolist(), name


def test_every_place_holds_the_same_list(config, tmp_path):
    """Files and table are one list, and their manifest says so."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    others = [str(tmp_path / f"list.{suffix}") for suffix in ("parquet", "xlsx")]
    result = score(config(also=others, table={"url": url, "name": "lists"}), quiet=True)
    parquet = pd.read_parquet(others[0])
    assert len(parquet) == len(result.risk_list) == 2357
    csv = pd.read_csv(tmp_path / "list.csv", dtype={"customer_id": str, "rfm_score": str})
    assert csv["customer_id"].tolist() == parquet["customer_id"].tolist()
    book = openpyxl.load_workbook(others[1], read_only=True)
    assert book.worksheets[2].max_row == len(parquet) + 1
    book.close()
    same_list(read_table(url, "SELECT * FROM lists ORDER BY rank"), parquet)
    manifest = json.loads((tmp_path / "list.manifest.json").read_text())
    assert set(manifest["files"]) == {"list.csv", "list.parquet", "list.xlsx"}
    assert manifest["customers"] == 2357


def test_the_same_job_again_gives_the_same_bytes(config, tmp_path):
    """Idempotent for one bundle and one date, table included."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    chosen = config(also=[str(tmp_path / "list.parquet")], table={"url": url})
    score(chosen, quiet=True)
    first = {path.name: path.read_bytes() for path in tmp_path.glob("list.*")}
    rows = read_table(url, "SELECT * FROM risk_list")
    score(chosen, quiet=True)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("list.*")} == first
    pd.testing.assert_frame_equal(read_table(url, "SELECT * FROM risk_list"), rows)


def test_a_table_of_somebody_else_is_not_touched(config, tmp_path):
    """A slip in the name must not cost the customers table; and no file is written either."""
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE customers (id TEXT, name TEXT)")
        connection.execute("INSERT INTO customers VALUES ('1', 'Els')")
    connection.close()
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    with pytest.raises(InputError, match="is no risk list"):
        score(config(table={"url": url, "name": "customers"}), quiet=True)
    assert len(read_table(url, "SELECT * FROM customers")) == 1
    assert not (tmp_path / "list.csv").exists()


def test_a_password_is_never_shown(config):
    """The address of a database that does not answer stays out of the message."""
    url = "postgresql+psycopg://user:s3cret@127.0.0.1:1/none"
    with pytest.raises(InputError, match="refused the list") as told:
        score(config(table={"url": url}), quiet=True)
    assert "s3cret" not in str(told.value)
    with pytest.raises(InputError, match="only as a file"):
        score(config(table={"url": "mssql+pyodbc://user:s3cret@host/db"}), quiet=True)


@pytest.mark.postgres
def test_postgresql_takes_the_list(config, tmp_path, postgres_url):
    """Types survive; readers see the old rows until the new ones are committed; grants and views stay."""
    import sqlalchemy as sa

    name = f"risk_list_{os.getpid()}"
    engine = sa.create_engine(postgres_url)
    try:
        chosen = config(out=str(tmp_path / "list.parquet"), table={"url": postgres_url, "name": name})
        score(chosen, quiet=True)
        with engine.begin() as connection:
            connection.execute(sa.text(f"CREATE VIEW {name}_top AS SELECT * FROM {name} WHERE rank <= 10"))
        score(chosen, quiet=True)
        found = read_table(postgres_url, f"SELECT * FROM {name} ORDER BY rank")
        same_list(found, pd.read_parquet(tmp_path / "list.parquet"))
        assert len(read_table(postgres_url, f"SELECT * FROM {name}_top")) == 10
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP VIEW IF EXISTS {name}_top"))
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
        engine.dispose()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"also": ["list.doc"]}, "unknown kind of output"),
        ({"also": ["LAST/list.csv"], "out": "LAST/list.csv"}, "named twice"),
        ({"last_list": "LAST/list.parquet", "out": "LAST/list.parquet"}, "would be overwritten"),
    ],
)
def test_outputs_that_cannot_work_are_refused_before_any_work(config, tmp_path, more, said):
    """Nobody waits an hour to hear of a typing error."""
    values = json.loads(json.dumps(more).replace("LAST", str(tmp_path)))
    with pytest.raises(ConfigError, match=said):
        score(config(**values), quiet=True)


def test_a_list_in_dutch_notation(config, tmp_path):
    """The locale reaches the file: semicolons and decimal commas in every batch."""
    score(config(list={"locale": "nl"}), quiet=True)
    lines = (tmp_path / "list.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("rank;customer_id")
    assert sum(line.startswith("rank;") for line in lines) == 1


def _with_facts(small_training, tmp_path, **facts):
    """Write a bundle that says something else of its training."""
    import dataclasses

    bundle = read_bundle(small_training.bundle_folder)
    return str(
        write_bundle(dataclasses.replace(bundle, facts={**bundle.facts, **facts}), tmp_path / "models")
    )


def shifted(small_training):
    """A reference in which every feature lay elsewhere."""
    reference = read_bundle(small_training.bundle_folder).facts["reference"]
    return {name: {**one, "edges": [edge + 1e9 for edge in one["edges"]]} for name, one in reference.items()}


def test_another_base_is_refused(config, small_training, tmp_path):
    """Nothing is written when most features have shifted; with a wider limit it is told and goes on."""
    folder = _with_facts(small_training, tmp_path, reference=shifted(small_training))
    with pytest.raises(DriftError, match="no longer those"):
        score(config(bundle=folder), quiet=True)
    assert not (tmp_path / "list.csv").exists()
    result = score(config(bundle=folder, drift={"refuse_share": 1.0}), quiet=True)
    assert any("those of the training" in one for one in result.risk_list.warnings)
    silent = score(config(bundle=folder, drift={"check": False}), quiet=True)
    assert not any("those of the training" in one for one in silent.risk_list.warnings)


def test_the_base_of_the_training_has_not_drifted(config):
    """The day after the training there is nothing to say."""
    result = score(config(), quiet=True)
    said = " ".join(result.risk_list.warnings)
    assert "those of the training" not in said
    assert "earlier version" not in said


def test_a_bundle_without_a_reference_says_so(config, small_training, tmp_path):
    """Bundles of earlier versions are not compared, and the list tells."""
    bundle = read_bundle(small_training.bundle_folder)
    facts = {name: one for name, one in bundle.facts.items() if name not in ("reference", "categories")}
    import dataclasses

    folder = write_bundle(dataclasses.replace(bundle, facts=facts), tmp_path / "models")
    result = score(config(bundle=str(folder)), quiet=True)
    assert any("of an earlier version" in one for one in result.risk_list.warnings)
