"""The list in batches is the list in memory: same rows, same bytes, on every engine."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from crm_ml.data.datasets import load_cdnow
from crm_ml.data.engines.make import make_engine
from crm_ml.prediction import streaming
from crm_ml.prediction.contact import ContactSettings
from crm_ml.prediction.list_options import ListOptions
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.risk_list import worth_calling
from crm_ml.prediction.stored_list import ids_in_groups
from crm_ml.prediction.streaming import ScoreBatches, score_stream, stored_snapshot
from crm_ml.reporting.tables import write_parquet

OLD = sorted((Path(__file__).parent / "old_bundles").glob("crm-*/"))
QUIET = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load(OLD[-1])


@pytest.fixture(scope="module")
def tx():
    return load_cdnow(sample=True)


def streamed(predictor, tx, options=None, last=None, **more):
    moment = predictor.moment(tx, None)
    rows = stored_snapshot(predictor, tx, moment, last)
    return score_stream(predictor, tx, rows, moment, options=options, **more)


def options(tx, **more):
    ids = tx.engine.to_arrow(tx.log.select("customer_id").unique()).column(0).to_pylist()
    chosen = sorted(ids)[:40]
    accounts = pd.DataFrame({"owner": "Els", "may_contact": [True, False] * 20}, index=chosen)
    accounts["key_account"] = [index % 5 == 0 for index in range(40)]
    contact = ContactSettings(exempt_top=7, holdout_share=0.4, key="secret")
    return ListOptions(accounts=accounts, suppressed=chosen[::3], contact=contact, language="nl", **more)


@pytest.mark.parametrize("reasons", ["threatened", "everybody", "nobody"])
def test_the_stream_gives_the_bytes_of_the_list_in_memory(predictor, tx, reasons, tmp_path):
    """Accounts, suppression, exemption, language and reasons come out the same both ways."""
    chosen = options(tx, reasons=reasons)
    memory, disk = predictor.score(tx, options=chosen), streamed(predictor, tx, chosen)
    pd.testing.assert_frame_equal(disk.table, memory.table)
    assert disk.totals == memory.totals
    assert (disk.meta, disk.warnings, len(disk)) == (memory.meta, memory.warnings, len(memory))
    written = write_parquet(memory.table, tmp_path / "memory.parquet")
    assert disk.path.read_bytes() == written.read_bytes()


@pytest.mark.skipif(not ids_in_groups(1), reason="this PyArrow writes no Bloom filters: needs 24")
def test_a_reader_may_skip_the_groups_without_a_customer(predictor, tx):
    """The Parquet list tells which ids are not in a group of rows."""
    made = streamed(predictor, tx)
    probe = f"SELECT bloom_filter_excludes FROM parquet_bloom_probe('{made.path}', 'customer_id', ?)"
    known = made.head(1)["customer_id"].item()
    answers = [duckdb.execute(probe, [one]).fetchall() for one in (known, "nobody")]
    assert answers == [[(False,)], [(True,)]]


def test_the_size_of_a_batch_changes_nothing(predictor, tx, monkeypatch):
    """A customer's row does not depend on who else passes in the same batch."""
    from crm_ml.data.engines import duckdb

    whole = streamed(predictor, tx)
    cut = duckdb.of_one_size
    monkeypatch.setattr(duckdb, "of_one_size", lambda batches: cut(batches, rows=500))
    parts = streamed(predictor, tx)
    pd.testing.assert_frame_equal(parts.table, whole.table, rtol=1e-12)
    assert parts.totals == whole.totals


def test_reasons_are_written_for_who_may_be_called(predictor, tx):
    """The costly sentences go to the customers above the contact threshold, and to nobody else."""
    table = streamed(predictor, tx).table
    assert ((table["reason_1"] != "") == worth_calling(table)).all()
    assert 0 < worth_calling(table).sum() < len(table)
    everybody = streamed(predictor, tx, ListOptions(reasons="everybody")).table
    assert (everybody["reason_1"] != "").all()
    threatened = everybody["reason_1"].where(worth_calling(everybody), "")
    assert threatened.tolist() == table["reason_1"].tolist()


def test_the_last_list_is_joined_by_the_engine(predictor, tx, tmp_path):
    """New, risen and fallen are told without the previous list in memory."""
    first = streamed(predictor, tx).table
    last = first.drop(index=1).assign(risk_band=first["risk_band"].mask(first.index == 0, "low"))
    path = tmp_path / "last.parquet"
    last.to_parquet(path)
    frame = tx.engine.read_parquet([str(path)]).select("customer_id", "risk_band")
    table = streamed(predictor, tx, last=frame).table
    memory = predictor.score(tx, options=ListOptions(last_list=last)).table
    assert table["since_last_list"].tolist() == memory["since_last_list"].tolist()
    assert table.loc[1, "since_last_list"] == "new"


def test_progress_counts_customers(predictor, tx):
    """Who waits sees how far it is."""
    seen = []
    streamed(predictor, tx, done=seen.append)
    assert seen[-1] == tx.counts["customers"]
    assert seen == sorted(seen)


def test_a_stored_list_goes_with_its_last_user(predictor, tx):
    """The temporary file does not outlive the list."""
    made = streamed(predictor, tx)
    path = made.path
    assert pq.read_metadata(path).num_rows == len(made)
    del made
    assert not path.exists()


def test_polars_gives_the_same_list(predictor, tx):
    """The engine is a matter of size, not of numbers."""
    other = load_cdnow(sample=True, engine=make_engine("polars"))
    there, here = streamed(predictor, other).table, streamed(predictor, tx).table
    assert there["customer_id"].tolist() == here["customer_id"].tolist()
    numbers = here.select_dtypes("number").columns
    pd.testing.assert_frame_equal(there[numbers], here[numbers], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("cores", [pytest.param(2, marks=QUIET)])
def test_spark_scores_on_its_workers_with_the_same_numbers(predictor, tx, cores):
    """mapInArrow over the same Predictor: within 1e-9 of the local list."""
    engine = make_engine("spark", threads=cores)
    other = load_cdnow(sample=True, engine=engine)
    rows = stored_snapshot(predictor, other, predictor.moment(other, None))
    assert rows.to_native().rdd.getNumPartitions() >= 1
    there, here = streamed(predictor, other, options(tx)), streamed(predictor, tx, options(tx))
    left, right = (one.table.sort_values("customer_id", ignore_index=True) for one in (there, here))
    pd.testing.assert_frame_equal(left.drop(columns="rank"), right.drop(columns="rank"), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(there.table["expected_loss"], here.table["expected_loss"], atol=1e-9)
    for name, value in here.totals.items():
        assert there.totals[name] == pytest.approx(value, abs=1e-3), name


def test_the_work_for_a_worker_is_plain_data(predictor, tx):
    """What is sent to a cluster survives the way there."""
    import pickle

    plan = streaming.make_plan(predictor, predictor.moment(tx, None), options(tx))
    there = pickle.loads(pickle.dumps(ScoreBatches(predictor.bundle, plan)))
    frame = stored_snapshot(predictor, tx, predictor.moment(tx, None))
    batch = next(iter(tx.engine.to_batches(frame)))
    assert next(there(iter([batch]))).equals(next(ScoreBatches(predictor.bundle, plan)(iter([batch]))))


@pytest.mark.parametrize("folder", OLD, ids=lambda one: one.name)
def test_a_bundle_of_an_earlier_version_still_says_the_same(folder):
    """Bundles outlive versions: those made by ``old_bundles/make.py`` load, and give their numbers."""
    stored = json.loads(folder.with_suffix(".json").read_text("utf-8"))
    rows = pd.DataFrame(stored["rows"])
    found = Predictor.load(folder).predict(rows)
    expected = pd.DataFrame(stored["scores"])
    pd.testing.assert_frame_equal(found, expected[list(found)].astype(found.dtypes), rtol=1e-6)
