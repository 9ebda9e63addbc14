"""A query as a source: SQLite and PostgreSQL for real, in batches."""

from __future__ import annotations

import sqlite3

import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.data.reading import read_transactions
from crm_ml.data.sql_source import SqlSource

from .conftest import balanced, rows_of

ROLES = {"customer_id": "client", "timestamp": "day", "amount": "net"}
ROWS = [(f"c{number % 50:03}", f"2024-01-{1 + number % 28:02}", number / 4) for number in range(1_000)]


@pytest.fixture
def shop(tmp_path):
    """An SQLite shop with a thousand orders and two faulty ones."""
    path = tmp_path / "a shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (client TEXT, day TEXT, net REAL)")
        connection.executemany(
            "INSERT INTO orders VALUES (?, ?, ?)", [*ROWS, (None, "2024-01-01", 1.0), ("x", "soon", 1.0)]
        )
    connection.close()
    return f"sqlite:///{path}"


@pytest.mark.parametrize("batch_rows", [7, 50_000])
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_sqlite(shop, batch_rows, engine):
    """What the database holds is what the log holds, however it is fetched."""
    tx = read_transactions(SqlSource(shop, "SELECT * FROM orders", batch_rows), **ROLES, engine=engine)
    assert tx.counts == {"read": 1_002, "accepted": 1_000, "quarantined": 2, "customers": 50, "zero": 1}
    assert balanced(tx)
    assert rows_of(tx, "customer_id", "amount") == sorted(
        (client, round(net * 10_000)) for client, _, net in ROWS
    )


def test_the_address_is_never_shown(shop):
    """A password stands in the address."""
    source = SqlSource("postgresql://me:hunter2@nowhere/db", "SELECT 1")
    assert "hunter2" not in repr(source)
    with pytest.raises(InputError) as caught:
        read_transactions(SqlSource(shop, "SELECT * FROM orderz"), **ROLES)
    assert "no such table: orderz" in str(caught.value)
    assert "sqlite" not in str(caught.value)


def test_an_empty_answer_stops(shop):
    """No rows are no base."""
    with pytest.raises(InputError, match="no rows in the answer"):
        read_transactions(SqlSource(shop, "SELECT * FROM orders WHERE client = 'nobody'"), **ROLES)


def test_a_column_that_changes_its_type_is_named(tmp_path):
    """SQLite lets a column hold numbers first and text later; the message says which one."""
    path = tmp_path / "odd.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (client, day, net)")
        connection.executemany(
            "INSERT INTO orders VALUES (?, ?, ?)", [("a", "2024-01-01", 1), ("b", "2024-01-01", "x")]
        )
    connection.close()
    with pytest.raises(InputError, match="'net' changes its type halfway"):
        read_transactions(SqlSource(f"sqlite:///{path}", "SELECT * FROM orders", 1), **ROLES)


@pytest.mark.postgres
def test_postgresql(postgres_url):
    """Dates, moments with a zone, exact decimals and accents come over as they are."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE IF EXISTS crm_ml_orders"))
        connection.execute(
            sqlalchemy.text(
                "CREATE TABLE crm_ml_orders (client text, day date, at timestamptz, net numeric(12, 4))"
            )
        )
        connection.execute(
            sqlalchemy.text("INSERT INTO crm_ml_orders VALUES (:client, :day, :at, :net)"),
            [{"client": "é", "day": "2024-07-01", "at": "2024-07-01T23:30:00Z", "net": "12.3456"},
             {"client": "b", "day": "2024-07-02", "at": "2024-07-02T12:00:00Z", "net": "-0.0001"}],
        )  # fmt: skip
    query = "SELECT * FROM crm_ml_orders"
    try:
        tx = read_transactions(SqlSource(postgres_url, query, 1), **ROLES)
        assert rows_of(tx, "customer_id", "amount") == [("b", -1), ("é", 123_456)]
        assert str(tx.first_day) == "2024-07-01"
        from crm_ml.data.rules import DataRules

        zoned = read_transactions(
            SqlSource(postgres_url, query),
            **{**ROLES, "timestamp": "at"},
            rules=DataRules(time_zone="Europe/Amsterdam"),
        )
        assert str(zoned.first_day) == "2024-07-02"
    finally:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("DROP TABLE crm_ml_orders"))
        engine.dispose()
