"""The same tables from DuckDB, Polars and Spark."""

import pandas as pd
import pytest

from crm_ml.analysis.company import Company
from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.analysis.themes import analyse_themes
from crm_ml.data.engines.make import make_engine
from crm_ml.data.reading import read_transactions

# Every theme that transactions alone can give. Spark plans each query anew, so it runs those whose queries
# the others do not repeat.
THEMES = {
    "polars": [
        "rfm", "segments", "pyramid", "abc", "accounts", "profitability", "growth", "retention", "value",
        "cross_selling", "claims",
    ],
    "spark": ["abc", "profitability", "retention", "cross_selling", "claims"],
}  # fmt: skip
QUICK = AnalysisSettings(period_days=200, cohort_days=60, forecast_days=60)


@pytest.fixture(scope="module")
def lines(data_folder):
    table = pd.read_parquet(data_folder / "superstore.parquet")
    return table[table["order_date"] >= "2019-01-01"]


def analysed(lines, kind, themes):
    tx = read_transactions(
        lines, customer_id="customer_id", timestamp="order_date", amount="sales", order_id="order_id",
        profit="profit", category="category", product_id="sub_category", quantity="quantity",
        engine=make_engine(kind),
    )  # fmt: skip
    found = dict(analyse_themes(Company(tx, settings=QUICK), themes))
    return {result.name: result for results in found.values() for result in results}


# The gateway of Spark leaves a socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize(
    "kind", ["polars", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow])]
)
def test_engines_agree(lines, kind):
    expected, found = analysed(lines, "duckdb", THEMES[kind]), analysed(lines, kind, THEMES[kind])
    assert list(found) == list(expected)
    for name, result in expected.items():
        pd.testing.assert_frame_equal(found[name].table, result.table, check_dtype=False, rtol=1e-9, obj=name)
        for key, table in result.tables.items():
            other = found[name].tables[key]
            pd.testing.assert_frame_equal(other, table, check_dtype=False, rtol=1e-9, obj=f"{name}.{key}")
