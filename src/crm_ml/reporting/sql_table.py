"""The risk list as a table of a database, replaced in one transaction.

Readers see the old list until the new one is complete; a job that stops leaves the old one. Rows are replaced
in the table that is there, so that permissions, indexes and views on it stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.base.optional import require
from crm_ml.prediction.columns import RISK_LIST, Kind, column_names
from crm_ml.prediction.list_schema import list_schema

if TYPE_CHECKING:
    import pandas as pd
    import sqlalchemy as sa

__all__ = ["check_table", "write_table"]

_DIALECTS = ("postgresql", "sqlite")  # those that take back a CREATE TABLE with the rest of a transaction
_ROWS_AT_ONCE = 2_000


def check_table(url: str, name: str) -> None:
    """Refuse a table that cannot take the list, before any work is done.

    Parameters
    ----------
    url : str
        SQLAlchemy address.
    name : str
        Table, or ``schema.table``.

    Raises
    ------
    InputError
        When the database cannot be reached or is of another kind, or a table of that name holds other
        columns: it is somebody else's, and nothing in it is touched.
    """
    with _Database(url) as database, database.engine.connect() as connection:
        _check_columns(connection, _table(name))


def write_table(parts: Iterable[pd.DataFrame], url: str, name: str) -> int:
    """Replace the rows of a table by the list, in one transaction; return how many rows there are.

    Parameters
    ----------
    parts : iterable of DataFrame
        The list in its order.
    url, name
        As for :func:`check_table`; the table is made where there is none.
    """
    table, rows = _table(name), 0
    with _Database(url) as database, database.engine.begin() as connection:
        _check_columns(connection, table)
        table.create(connection, checkfirst=True)
        if database.engine.dialect.name == "postgresql":
            # Two jobs at once would both delete the old rows and both leave theirs; readers are not held up.
            quoted = database.engine.dialect.identifier_preparer.format_table(table)
            connection.exec_driver_sql(f"LOCK TABLE {quoted} IN SHARE ROW EXCLUSIVE MODE")
        connection.execute(table.delete())
        for part in parts:
            records = _records(part)
            for start in range(0, len(records), _ROWS_AT_ONCE):
                connection.execute(table.insert(), records[start : start + _ROWS_AT_ONCE])
            rows += len(records)
    return rows


class _Database:
    """An engine that is closed at the end, with errors that do not show the address: it holds a password."""

    def __init__(self, url: str) -> None:
        require("sqlalchemy", extra="sql")
        import sqlalchemy as sa

        try:
            kind = sa.make_url(url).get_backend_name()
            if kind not in _DIALECTS:
                raise InputError(
                    "a list can be written to this kind of database only as a file",
                    got=kind,
                    do=f"use {' or '.join(_DIALECTS)}, or load the Parquet file",
                )
            self.engine = sa.create_engine(url)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
            raise InputError(
                "the address of the database is not usable",
                got=type(error).__name__,
                do="write it as postgresql+psycopg://user:password@host/database or sqlite:///file.db",
            ) from None
        if self.engine.dialect.name == "sqlite":
            _begin_explicitly(self.engine)

    def __enter__(self) -> _Database:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        import sqlalchemy as sa

        self.engine.dispose()
        if isinstance(error, sa.exc.SQLAlchemyError):
            found = str(getattr(error, "orig", error)).strip().splitlines()
            raise InputError(
                "the database refused the list",
                got=found[0][:300] if found else type(error).__name__,
                do="check address, permissions and space; the old rows are still there",
            ) from None


def _begin_explicitly(engine: sa.Engine) -> None:
    """Let SQLite take a CREATE TABLE back too: Python's driver begins no transaction before one by itself."""
    import sqlalchemy as sa

    @sa.event.listens_for(engine, "connect")
    def _no_hidden_begin(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_columns(connection: sa.Connection, table: sa.Table) -> None:
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    if inspector.has_table(table.name, schema=table.schema):
        found = [str(one["name"]) for one in inspector.get_columns(table.name, schema=table.schema)]
        if set(found) != set(column_names()):
            strange = sorted(set(found) ^ set(column_names()))
            raise InputError(
                f"the table {table.name!r} exists and is no risk list",
                got=f"other columns: {', '.join(strange[:5])}",
                do="choose another name, or drop the table yourself",
            )


def _table(name: str) -> sa.Table:
    import sqlalchemy as sa

    schema, _, plain = name.rpartition(".")
    columns = [
        sa.Column(one.name, _type(one.kind), primary_key=one.name == "customer_id") for one in RISK_LIST
    ]
    return sa.Table(plain, sa.MetaData(), *columns, schema=schema or None)


def _type(kind: Kind) -> Any:
    import sqlalchemy as sa

    types = {"int": sa.BigInteger(), "date": sa.Date(), "bool": sa.Boolean()}
    return types.get(kind, sa.Text() if kind in ("text", "code") else sa.Double())


def _records(part: pd.DataFrame) -> list[dict[str, Any]]:
    import pyarrow as pa

    records: list[dict[str, Any]] = pa.RecordBatch.from_pandas(part, schema=list_schema()).to_pylist()
    return records
