"""One log on three engines: the same rows to the last bit, from the same messy input."""

from __future__ import annotations

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.data.engines.base import DayFrom
from crm_ml.data.engines.duckdb import DuckDBEngine
from crm_ml.data.engines.make import EngineSettings, make_engine
from crm_ml.data.population import known
from crm_ml.data.quality import completeness
from crm_ml.data.reading import read_transactions
from crm_ml.data.rules import DataRules

from .conftest import rows_of

# py4j leaves its sockets to the garbage collector.
QUIET = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ENGINES = ["polars", pytest.param("spark", marks=QUIET)]
DIRTY = pd.DataFrame(
    {
        "id": [" a", "b ", "b", "NULL", "Guest", None, "é", "001", "1", "a", "a"],
        "day": [
            "2024-01-31",
            "2024-02-30",
            "x",
            "2024-03-01",
            "2024-03-01",
            "2024-03-01",
            "2024-03-01 12:30",
            "2024-03-01T23:00:00",
            "9999-12-31",
            "2024-02-01",
            "2024-03-31",
        ],
        "net": ["1,234.50", "(12.50)", "$ 3", "4-", "5", "6", "n/a", "8.12345", "9", "(1.00005)", "0"],
        "n": ["1", "-2", "n/a", "3", "4", "5", "6", "", "8", "-1", "1"],
        "line": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "1", None],
    }
)
ROLES = {"customer_id": "id", "timestamp": "day", "amount": "net", "quantity": "n"}
RULES = DataRules(duplicates="drop", line_id="line")


@pytest.fixture(scope="module")
def engine(request):
    """An engine by name; Spark starts once a module."""
    return make_engine(request.param, threads=2)


def read_all(engine, data_folder, folder):
    """Read a messy frame, text files and two real bases."""
    DIRTY.to_csv(folder / "dirty.csv", index=False)
    retail = {
        "customer_id": "customer_id",
        "timestamp": "invoice_ts",
        "amount": "quantity * unit_price",
        "order_id": "invoice",
        "product_id": "stock_code",
        "quantity": "quantity",
    }
    rules = DataRules(cancellation_prefix="C", adjustment_prefix="A", non_products=("POST", "DOT", "M"))
    path = data_folder / "online_retail.parquet"
    return {
        "frame": read_transactions(DIRTY, **ROLES, rules=RULES, engine=engine, id_map={"001": "a"}),
        "csv": read_transactions(folder / "dirty.csv", **ROLES, engine=engine, quarantine=folder / "q.csv"),
        "parquet": read_transactions(path, **retail, rules=rules, engine=engine),
    }


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_the_same_log_on_every_engine(engine, data_folder, tmp_path):
    """Rows, counts, findings, quarantine and report do not depend on where they are computed."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours = read_all(make_engine("duckdb"), data_folder, tmp_path / "ours")
    theirs = read_all(engine, data_folder, tmp_path / "theirs")
    for name, tx in ours.items():
        assert theirs[name].counts == tx.counts, name
        pd.testing.assert_frame_equal(theirs[name].quality().table, tx.quality().table)
        assert sorted(map(str, rows_of(theirs[name]))) == sorted(map(str, rows_of(tx))), name
    pd.testing.assert_frame_equal(completeness(theirs["frame"]).table, completeness(ours["frame"]).table)
    assert (tmp_path / "theirs/q.csv").read_bytes() == (tmp_path / "ours/q.csv").read_bytes()
    people = [
        sorted(map(str, tx.engine.to_arrow(known(tx, "2011-05-01")).to_pylist()))
        for tx in (ours["parquet"], theirs["parquet"])
    ]
    assert people[0] == people[1]


@pytest.mark.parametrize("engine", ["duckdb", *ENGINES], indirect=True)
def test_the_verbs_of_an_engine(engine, tmp_path):
    """Every verb of the protocol, on every engine: in, out, in batches, to a file and back."""
    table = pa.table({"x": pa.array(range(1_000)), "s": [f"é{number}" for number in range(1_000)]})
    frame = engine.from_arrow(table)
    stored = engine.materialise(frame.with_columns(y=nw.col("x") * 2))
    assert engine.to_arrow(stored.select(nw.col("y").sum())).column(0)[0].as_py() == 999_000
    assert sum(batch.num_rows for batch in engine.to_batches(stored, rows=64)) == 1_000
    path = tmp_path / "a [b] 'c'.parquet"
    engine.write_parquet(stored, path)
    back = engine.read_parquet([str(path)])
    assert engine.to_arrow(back.select(nw.col("__row__").max())).column(0)[0].as_py() == 1_000
    assert engine.fingerprint(back.select("x", "s")) == engine.fingerprint(frame.select("x", "s"))
    assert engine.fingerprint(frame.filter(nw.col("x") > 0)) != engine.fingerprint(frame)
    assert engine.spilled_bytes() == 0
    engine.release(stored)


@pytest.mark.parametrize("theirs", [False, True], ids=["own connection", "connection of a relation"])
def test_duckdb_gives_tables_back(theirs):
    """A panel of many snapshots must not fill the memory; only tables of the engine itself are dropped."""
    connection = duckdb.connect()
    engine = DuckDBEngine(relation=connection.sql("SELECT 1 AS x") if theirs else None)
    frame = (
        engine.from_native(connection.sql("SELECT 1 AS x"))
        if theirs
        else engine.from_arrow(pa.table({"x": [1]}))
    )
    stored = engine.materialise(frame)
    assert engine.to_arrow(stored).num_rows == 1
    engine.release(stored)
    with pytest.raises(Exception, match="does not exist"):
        engine.to_arrow(engine.materialise(stored))
    with pytest.raises(InputError, match="no frame from materialise"):
        engine.release(frame)


@pytest.mark.parametrize("engine", ["duckdb", *ENGINES], indirect=True)
def test_days_of_every_kind(engine):
    """Calendar arithmetic is what every engine does for itself, so it is compared value by value."""
    moments = pd.to_datetime(["2024-07-01T23:30:00Z", "1969-12-31T23:59:59Z", None])
    frame = engine.from_arrow(
        pa.table(
            {
                "typed": pa.array(moments.tz_localize(None), pa.timestamp("us"), from_pandas=True),
                "aware": pa.array(moments.tz_localize(None), pa.timestamp("us"), from_pandas=True).cast(
                    pa.timestamp("us", "UTC")
                ),
                "date": pa.array([19905, -1, None], pa.int32()).cast(pa.date32()),
                "excel": ["45474.98", "25568", "x"],
                "epoch_s": pa.array([1_719_876_600, -1, None], pa.int64()),
                "epoch_ms": [1_719_876_600_000.0, -1.0, 1e300],
                "text": ["1-7-2024", "31-12-1969", "30-02-2024"],
                "own": ["July 01 2024 at 23:59", "December 31 1969 at 23:59", ""],
                "instant": ["2024-07-01T23:30Z", "1970-01-01 00:59:59+01:00", "soon"],
            }
        )
    )
    ways = {
        "typed": "",
        "aware": "",
        "date": "",
        "excel": "excel",
        "epoch_s": "epoch_s",
        "epoch_ms": "epoch_ms",
        "text": "%d-%m-%Y",
        "own": "%B %d %Y at %H:%M",
        "instant": "instant",
    }
    made = engine.days(frame, [DayFrom(f"d_{name}", name, format_) for name, format_ in ways.items()])
    rows = engine.to_arrow(made.select(*(f"d_{name}" for name in ways))).to_pylist()
    assert [set(row.values()) for row in rows] == [{19905}, {-1}, {None}]
    zoned = [
        DayFrom(f"z_{name}", name, ways[name], "Asia/Tokyo")
        for name in ("aware", "epoch_s", "epoch_ms", "instant", "typed")
    ]
    rows = engine.to_arrow(engine.days(frame, zoned).select(*(one.name for one in zoned))).to_pylist()
    assert [set(row.values()) for row in rows] == [{19905, 19906}, {-1, 0}, {None}]
    assert rows[0]["z_typed"] == 19905


def test_a_duckdb_relation_is_used_where_it_is(data_folder):
    """The rows stay on the connection of their owner, views and all."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW orders AS SELECT * FROM '{data_folder}/cdnow.parquet'")
    tx = read_transactions(
        connection.table("orders"), timestamp="date", amount="amount_usd", id_map={"1": "2"}
    )
    assert (tx.engine.name, tx.counts["customers"], tx.counts["merged"]) == ("duckdb", 23_569, 1)
    assert tx.engine.to_arrow(tx.engine.materialise(tx.log)).num_rows == 69_659


def test_a_polars_frame_is_used_where_it_is(data_folder):
    """A lazy frame is not collected to be read."""
    import polars as pl

    lazy = pl.scan_parquet(data_folder / "cdnow.parquet")
    for frame in (lazy, lazy.collect()):
        tx = read_transactions(frame, timestamp="date", amount="amount_usd")
        assert (tx.engine.name, tx.counts["customers"]) == ("polars", 23_570)
    assert "cdnow.parquet" in read_transactions(lazy, timestamp="date").log.to_native().explain()


@pytest.mark.parametrize("engine", [pytest.param("spark", marks=QUIET)], indirect=True)
def test_a_spark_frame_is_used_where_it_is(engine, data_folder):
    """The session of the frame is the engine, and names with dots are names."""
    frame = engine.session.read.parquet(str(data_folder / "cdnow.parquet")).withColumnRenamed(
        "amount_usd", "amount.usd"
    )
    tx = read_transactions(frame, timestamp="date", amount="amount.usd")
    assert (tx.engine.name, tx.counts["customers"]) == ("spark", 23_570)
    assert tx.engine.session is engine.session


def test_engine_names_are_checked():
    """A typing error in a config is named."""
    with pytest.raises(InputError, match="did you mean 'duckdb'"):
        EngineSettings(kind="duckbd")


def test_memory_limit_spills_and_says_so(tmp_path):
    """A limit below the data works, by spilling to the folder that was named."""
    engine = make_engine("duckdb", memory_limit="60MB", temp_directory=str(tmp_path), threads=1)
    numbers = engine.from_arrow(pa.table({"x": pa.array(range(2_000_000))}))
    wide = numbers.with_columns(**{f"x{number}": nw.col("x") * (number + 7) for number in range(8)})
    stored = engine.materialise(wide)
    assert engine.spilled_bytes() > 0
    assert engine.to_arrow(stored.select(nw.len())).column(0)[0].as_py() == 2_000_000


@pytest.mark.parametrize(("limit", "threads"), [("256MB", 1), ("100MB", 1), ("400MB", 2), ("1GB", 3)])
def test_every_thread_has_memory_to_work_with(limit, threads):
    """A thread holds blocks of every column that it reads: too many of them ran out of a small limit."""
    assert make_engine("duckdb", memory_limit=limit, threads=3).threads == threads
