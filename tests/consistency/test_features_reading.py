"""From a file to features: how the rows are stored, ordered and split never matters, to the last bit."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from crm_ml.data.datasets import cdnow_table
from crm_ml.data.reading import read_transactions
from crm_ml.features.build import build_feature_panel, build_features

CUTOFF = "1997-10-01"
ROLES = {"customer_id": "customer_id", "timestamp": "date", "amount": "amount_usd", "quantity": "cds"}


def features_of(source, **options):
    return build_features(read_transactions(source, **ROLES, **options), CUTOFF)


@pytest.fixture(scope="module")
def lines():
    return cdnow_table(sample=True)


@pytest.fixture(scope="module")
def expected(lines):
    return features_of(lines)


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    return pa.Table.from_pandas(
        table.to_pandas().sample(frac=1.0, random_state=seed), table.schema, preserve_index=False
    )


def test_one_file_and_three_shuffled_files_give_the_same(lines, expected, tmp_path):
    mixed = shuffled(lines, 1)
    for part in range(3):
        pq.write_table(mixed.slice(part * 2500, 2500), tmp_path / f"part-{part}.parquet")
    found = features_of(str(tmp_path / "*.parquet"))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_csv_gives_the_same_as_parquet(lines, expected, tmp_path):
    pa_csv.write_csv(shuffled(lines, 2), tmp_path / "log.csv")
    pd.testing.assert_frame_equal(features_of(str(tmp_path / "log.csv")), expected, check_exact=True)


@pytest.mark.parametrize(
    "make", [lambda table: table, lambda table: table.to_pandas()], ids=["arrow", "pandas"]
)
def test_a_frame_gives_the_same_as_a_file(lines, expected, make):
    pd.testing.assert_frame_equal(features_of(make(shuffled(lines, 3))), expected, check_exact=True)


def test_a_polars_lazy_frame_is_used_where_it_is(lines, expected):
    import polars as pl

    tx = read_transactions(pl.from_arrow(lines).lazy(), **ROLES)
    assert tx.engine.name == "polars"
    assert isinstance(build_features(tx, CUTOFF, output="native"), pl.LazyFrame)
    pd.testing.assert_frame_equal(build_features(tx, CUTOFF), expected, rtol=1e-9)


def test_rows_on_or_after_the_cutoff_in_the_file_never_matter(lines, expected):
    after = lines.to_pandas()
    after["date"] = pd.to_datetime(CUTOFF).date()
    more = pa.concat_tables([lines, pa.Table.from_pandas(after, lines.schema, preserve_index=False)])
    pd.testing.assert_frame_equal(features_of(more), expected, check_exact=True)


def test_the_same_twice_is_the_same_to_the_last_bit(lines):
    runs = [features_of(lines).to_numpy().tobytes() for _ in range(3)]
    assert len(set(runs)) == 1


@pytest.fixture(scope="module")
def retail(data_folder):
    roles = {"customer_id": "customer_id", "timestamp": "invoice_ts", "order_id": "invoice"}
    roles |= {"product_id": "stock_code", "quantity": "quantity", "amount": "quantity * unit_price"}
    return read_transactions(str(data_folder / "online_retail.parquet"), **roles)


def test_money_of_the_features_ties_to_the_ledger(retail):
    # Real data with returns: the revenue of all known customers is that of their rows before the cutoff.
    cutoff = "2011-06-01"
    X = build_features(retail, cutoff)
    rows = retail.engine.to_arrow(retail.log).to_pandas()
    known = rows[
        (rows["day"] < (pd.Timestamp(cutoff) - pd.Timestamp(0)).days) & rows["customer_id"].isin(X.index)
    ]
    assert round(X["revenue"].sum(), 4) == round(known["amount"].sum() / 10_000, 4)
    assert (X["return_line_share"] > 0).sum() > 100


def test_a_panel_of_real_data_equals_its_snapshots(retail):
    cutoffs = ["2011-03-01", "2011-06-01", "2011-08-31"]
    panel = build_feature_panel(retail, cutoffs)
    for cutoff in cutoffs:
        one = panel.xs(pd.Timestamp(cutoff).date(), level="cutoff")
        pd.testing.assert_frame_equal(one, build_features(retail, cutoff), check_exact=True)
