"""A query on a database as a source, through SQLAlchemy, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.base.optional import require

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

__all__ = ["SqlSource"]


@dataclass(frozen=True)
class SqlSource:
    """A query whose rows are the transactions.

    Parameters
    ----------
    url : str
        SQLAlchemy URL such as ``"sqlite:///shop.db"`` or ``"postgresql+psycopg://user@host/shop"``. A
        password belongs in the environment or a password file; it is never shown or stored.
    query : str
        A SELECT statement.
    batch_rows : int
        Rows fetched at once; memory stays at one batch.

    Examples
    --------
    >>> SqlSource("sqlite:///shop.db", "SELECT * FROM orders").query
    'SELECT * FROM orders'
    """

    url: str = field(repr=False)
    query: str
    batch_rows: int = 50_000

    def spool(self, target: Path) -> list[str]:
        """Write the rows to a Parquet file, batch after batch; return the column names.

        Raises
        ------
        InputError
            When the database refuses, or the query gives no rows.
        MissingPackageError
            When SQLAlchemy is not installed.
        """
        import pyarrow.parquet as pq

        writer: pq.ParquetWriter | None = None
        names: list[str] = []
        try:
            for names, batch in self._batches():
                writer = writer or pq.ParquetWriter(target, _wide(batch.schema))
                writer.write_table(_fitted(batch, writer.schema, names))
        finally:
            if writer is not None:
                writer.close()
        if writer is None:
            raise InputError("no rows in the answer to the query", got=self.query[:200], do="check the query")
        return names

    def _batches(self) -> Iterator[tuple[list[str], pa.Table]]:
        sqlalchemy: Any = require("sqlalchemy", extra="sql")
        try:
            engine = sqlalchemy.create_engine(self.url)
            with engine.connect().execution_options(stream_results=True) as connection:
                result = connection.execute(sqlalchemy.text(self.query))
                names = list(result.keys())
                while rows := result.fetchmany(self.batch_rows):
                    yield names, _table(rows, len(names))
        except sqlalchemy.exc.SQLAlchemyError as error:
            first = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise InputError("the database refused the query", got=first, do="check url and query") from error
        finally:
            if "engine" in locals():
                engine.dispose()


def _table(rows: list[Any], width: int) -> pa.Table:
    import pyarrow as pa

    columns = []
    for number in range(width):
        values = [
            float(cell) if isinstance(cell, Decimal) else cell for cell in (row[number] for row in rows)
        ]
        try:
            columns.append(pa.array(values, from_pandas=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # SQLite lets one column hold several types
            columns.append(pa.array([None if cell is None else str(cell) for cell in values], pa.string()))
    return pa.table(columns, names=[f"c{number}" for number in range(width)])


def _fitted(batch: pa.Table, schema: pa.Schema, names: list[str]) -> pa.Table:
    import pyarrow as pa

    for number, (have, want) in enumerate(zip(batch.schema, schema, strict=True)):
        try:
            batch = batch.set_column(number, want, batch.column(number).cast(want.type))
        except pa.ArrowInvalid as error:
            raise InputError(
                f"the column {names[number]!r} changes its type halfway",
                got=f"{want.type}, then {have.type}",
                do="CAST it in the query",
            ) from error
    return batch


def _wide(schema: pa.Schema) -> pa.Schema:
    """Return a schema that later batches fit too: an empty column or an integer may turn out otherwise."""
    import pyarrow as pa

    def widened(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_null(kind):
            return pa.string()
        return pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else kind

    return pa.schema([pa.field(one.name, widened(one.type)) for one in schema])
