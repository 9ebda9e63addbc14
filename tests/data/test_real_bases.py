"""The real bases are read as they are known to be."""

from __future__ import annotations

import narwhals as nw

from crm_ml.data.quality import completeness
from crm_ml.data.reading import read_transactions
from crm_ml.data.rules import DataRules
from crm_ml.data.schema import MONEY_SCALE

from .conftest import balanced, found

RETAIL = {
    "customer_id": "customer_id",
    "timestamp": "invoice_ts",
    "amount": "quantity * unit_price",
    "order_id": "invoice",
    "product_id": "stock_code",
    "quantity": "quantity",
}
RETAIL_RULES = DataRules(
    cancellation_prefix="C",
    adjustment_prefix="A",
    non_products=("POST", "DOT", "M", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "C2", "PADS"),
)


def total(tx, column="amount"):
    """Return the sum of a money column in currency units."""
    return (
        tx.engine.to_arrow(tx.log.select(nw.col(column).sum().cast(nw.Int64))).column(0)[0].as_py()
        / MONEY_SCALE
    )


def test_cdnow_parquet(data_folder):
    """80 zero amounts are purchases, 255 twins are legitimate, the money ties to the file."""
    tx = read_transactions(
        data_folder / "cdnow.parquet",
        customer_id="customer_id",
        timestamp="date",
        amount="amount_usd",
        quantity="cds",
    )
    assert (tx.counts["accepted"], tx.counts["customers"], tx.counts["zero"]) == (69_659, 23_570, 80)
    assert completeness(tx).table.set_index("finding").loc["exact duplicate rows", "rows"] == 255
    import pandas as pd

    assert round(total(tx), 2) == round(pd.read_parquet(data_folder / "cdnow.parquet")["amount_usd"].sum(), 2)


def test_online_retail(data_folder):
    """Rows without customer, cancellations, codes that are no products: counted, and the money ties."""
    import pandas as pd

    tx = read_transactions(data_folder / "online_retail.parquet", **RETAIL, rules=RETAIL_RULES)
    assert balanced(tx)
    assert found(tx)["customer id missing"] == 88_652
    assert tx.counts["read"] == 320_705
    raw = pd.read_parquet(data_folder / "online_retail.parquet")
    kept = raw[raw["customer_id"].notna() & ~raw["stock_code"].isin(RETAIL_RULES.non_products)]
    assert tx.counts["accepted"] == len(kept)
    assert tx.counts["customers"] == kept["customer_id"].nunique()
    assert abs(total(tx) - (kept["quantity"] * kept["unit_price"]).sum()) < 0.01
    bought = tx.engine.to_arrow(tx.log.filter(nw.col("is_purchase"))).num_rows
    assert bought == int((~kept["invoice"].str.startswith("C") & (kept["quantity"] > 0)).sum())
    assert len(tx.quality().table) >= 3


def test_superstore(data_folder):
    """Profit and discount are read beside sales: 155 of 793 customers lose money."""
    tx = read_transactions(
        data_folder / "superstore.parquet",
        customer_id="customer_id",
        timestamp="order_date",
        amount="sales",
        order_id="order_id",
        quantity="quantity",
        product_id="product_id",
        category="category",
        profit="profit",
        discount="discount",
        delivered="ship_date",
        currency="USD",
    )
    assert (tx.counts["accepted"], tx.counts["customers"]) == (9_994, 793)
    assert (str(tx.first_day)[:4], str(tx.last_day)[:4]) == ("2016", "2019")
    table = tx.engine.to_arrow(tx.log.group_by("customer_id").agg(nw.col("profit").sum().cast(nw.Int64)))
    assert sum(value.as_py() < 0 for value in table["profit"]) == 155
    limits = tx.engine.to_arrow(
        tx.log.select(a=nw.col("discount").min(), b=nw.col("discount").max())
    ).to_pylist()
    assert limits == [{"a": 0.0, "b": 0.8}]


def test_csv_and_parquet_and_frame_are_the_same_log(data_folder, tmp_path):
    """The way in does not change what comes in, to the last bit."""
    import pandas as pd

    frame = pd.read_parquet(data_folder / "superstore.parquet")
    frame.to_csv(tmp_path / "s.csv.gz", index=False)
    frame.to_csv(
        tmp_path / "s.csv", index=False, sep=";", decimal=",", encoding="utf-16", date_format="%d-%m-%Y"
    )
    roles = {
        "customer_id": "customer_id",
        "timestamp": "order_date",
        "amount": "sales",
        "profit": "profit",
        "category": "category",
    }
    sources = (frame, data_folder / "superstore.parquet", tmp_path / "s.csv.gz", tmp_path / "s.csv")
    assert len({read_transactions(source, **roles).fingerprint for source in sources}) == 1
