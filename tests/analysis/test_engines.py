"""The same tables from DuckDB, Polars and Spark: every analysis there is, found by discovery.

One run of all themes on a company with every optional table computes all of them; a test below proves that
none is left out, so a new analysis is compared on every engine without anybody thinking of it.
"""

from functools import cache

import pandas as pd
import pytest

from crm_ml.analysis.class_history import classes_as_known
from crm_ml.analysis.company import Company
from crm_ml.analysis.next_class import NEXT_CLASSES, label_next_class
from crm_ml.analysis.reference import analyses
from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.analysis.themes import analyse_themes
from crm_ml.data.company.make import make_company
from crm_ml.data.engines.make import make_engine
from crm_ml.data.reading import read_transactions
from crm_ml.data.windows import Window

SETTINGS = AnalysisSettings(
    hours=1400, order_cost=3.0, acquisition_cost=120.0, programme_cost=10.0, margin_gains=(4000.0, 3000.0),
    wanted="large_buyer", attributes=("sector", "employees"),
)  # fmt: skip
QUICK = AnalysisSettings(period_days=200, cohort_days=60, forecast_days=60, margin_rate=0.3)
MADE = cache(lambda: make_company(160, seed=1))
# Hundreds of queries on a few thousand rows: compiling them would take longer than running them.
PLAIN = {"spark.sql.codegen.wholeStage": "false", "spark.sql.adaptive.enabled": "false"}
SPARK = pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow])
# The gateway of Spark leaves a socket to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


@cache
def company(kind):
    """The same company on each engine; one engine a kind, so one Spark session for all tests here."""
    engine = make_engine(kind, threads=2)
    for name, value in PLAIN.items() if kind == "spark" else ():
        engine.session.conf.set(name, value)
    return Company(MADE().log(engine), MADE().tables, MADE().as_of, SETTINGS)


@pytest.fixture(autouse=True, scope="module")
def spark_as_it_was():
    """Other tests may go on with the session."""
    yield
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    for name in PLAIN if session is not None else ():
        session.conf.unset(name)


@cache
def analysed(kind):
    found = dict(analyse_themes(company(kind)))
    return {(theme, result.name): result for theme, results in found.items() for result in results}


def same(found, expected):
    """Compare results in all that a reader sees: tables to 1e-9, figures, notes, parameters."""
    assert list(found) == list(expected)
    for name, result in expected.items():
        other = found[name]
        for key, table in {"": result.table, **result.tables}.items():
            compared = other.tables[key] if key else other.table
            pd.testing.assert_frame_equal(compared, table, check_dtype=False, rtol=1e-9, obj=f"{name} {key}")
        assert dict(other.figures) == pytest.approx(dict(result.figures), rel=1e-9, nan_ok=True), name
        assert other.warnings == result.warnings, name
        assert other.parameters == result.parameters, name


def test_every_analysis_is_computed_here():
    """Discovery: what the reference lists has rows in the run that the engines are compared on."""
    computed = {result.name for result in analysed("duckdb").values() if len(result.table)}
    assert {function.__name__ for _, function in analyses()} - computed == set()


@pytest.mark.parametrize("kind", ["polars", SPARK])
def test_engines_agree_on_every_analysis(kind):
    same(analysed(kind), analysed("duckdb"))


@pytest.mark.parametrize("kind", ["polars", SPARK])
def test_engines_agree_on_classes_as_features_and_targets(kind):
    def classes(engine):
        known = Company(company(engine).tx)
        labels = [label_next_class(known, Window("2024-07-01", 180), one).rename(one) for one in NEXT_CLASSES]
        return pd.concat(labels, axis=1), classes_as_known(known, "2024-07-01")

    for found, expected in zip(classes(kind), classes("duckdb"), strict=True):
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.parametrize("columns", [{"profit": "profit"}, {}], ids=["profit", "amount only"])
def test_logs_with_fewer_columns_agree_too(data_folder, columns):
    """A stated profit instead of costs, and an amount alone, take other paths through the same analyses."""
    lines = pd.read_parquet(data_folder / "superstore.parquet")
    lines = lines[lines["order_date"] >= "2019-01-01"]
    more = {"order_id": "order_id", "product_id": "sub_category", "quantity": "quantity"} if columns else {}

    def run(kind):
        tx = read_transactions(
            lines, customer_id="customer_id", timestamp="order_date", amount="sales", **columns, **more,
            engine=make_engine(kind),
        )  # fmt: skip
        found = dict(analyse_themes(Company(tx, settings=QUICK)))
        return {(theme, result.name): result for theme, results in found.items() for result in results}

    same(run("polars"), run("duckdb"))
