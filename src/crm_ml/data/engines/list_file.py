"""Pages and single rows of a Parquet list, straight from the file: nothing is loaded, values are never SQL.

Names of columns are checked against the file and quoted; every value from outside travels as a parameter. The
connection may read one folder and nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import duckdb

from crm_ml.base.exceptions import ColumnError, FileError
from crm_ml.base.validation import nearest
from crm_ml.data.engines.sql_text import identifier, literal, path_literal
from crm_ml.data.pseudonyms import PSEUDONYM_LENGTH

__all__ = ["Condition", "ListFile", "Position", "Value"]

Value: TypeAlias = str | int | float | bool | dt.date
_BLOCK = 64  # bytes that SHA-256 works on at a time


@dataclass(frozen=True)
class Condition:
    """A column against a value."""

    column: str
    test: Literal["=", ">=", "<="]
    value: Value


@dataclass(frozen=True)
class Position:
    """The last row of a page: its value of the sorted column, and its unique rank."""

    value: Value | None
    rank: int


class ListFile:
    """A Parquet file with a unique column ``rank``; many threads may ask at a time.

    Parameters
    ----------
    path : path
        The file. It may be replaced while it is served; the next question meets the new one.
    memory_limit : str
        What one connection may use.
    threads : int
        What one question may use.

    Raises
    ------
    FileError
        When it cannot be read as Parquet.
    """

    def __init__(self, path: str | Path, *, memory_limit: str = "512MB", threads: int = 2) -> None:
        self.path = Path(path).resolve()
        self._connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
        settings = {"TimeZone": "UTC", "memory_limit": memory_limit, "threads": threads}
        for name, value in settings.items():
            self._connection.execute(f"SET {name} = {literal(str(value))}")
        self._connection.execute(f"SET allowed_directories = [{literal(str(self.path.parent))}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")
        self._table = f"read_parquet({path_literal(str(self.path))})"
        self.columns = self._columns()

    def page(
        self,
        columns: Sequence[str],
        *,
        conditions: Sequence[Condition] = (),
        sort: str = "rank",
        descending: bool = False,
        after: Position | None = None,
        limit: int = 50,
    ) -> list[dict[str, Any]]:
        """Return the rows that meet all conditions, in order, from a position on; missing values come last.

        Parameters
        ----------
        columns : sequence of str
            What to return; `rank` and the sorted column come with them.
        conditions : sequence of Condition
        sort : str
            Column to sort by; ties come by rank.
        descending : bool
        after : Position, optional
            The last row of the page before.
        limit : int
            Rows at most.
        """
        self._check([*columns, sort, *(one.column for one in conditions)])
        texts = [f"{identifier(one.column)} {one.test} ?" for one in conditions]
        values: list[Any] = [one.value for one in conditions]
        if after is not None:
            text, more = _later(sort, descending, after)
            texts.append(text)
            values.extend(more)
        order = f"{identifier(sort)} {'DESC' if descending else 'ASC'} NULLS LAST, rank"
        where = f"WHERE {' AND '.join(texts)}" if texts else ""
        # First which rows, from the few columns that decide; then all columns of those rows only.
        query = f"FROM {self._table} SELECT rank {where} ORDER BY {order} LIMIT ?"
        ranks = self._rows(query, [*values, limit])
        chosen = [row["rank"] for row in ranks]
        rows = {row["rank"]: row for row in self._of_ranks([*columns, sort, "rank"], chosen)}
        return [rows[rank] for rank in chosen if rank in rows]

    def row(self, columns: Sequence[str], customer_id: str, *, key: str = "") -> dict[str, Any] | None:
        """Return the row of a customer, None when there is none.

        Parameters
        ----------
        columns : sequence of str
        customer_id : str
            The id, or the pseudonym when there is a key.
        key : str
            Key of the pseudonyms; every id is hashed on the way, which takes a second a million.
        """
        self._check(columns)
        column, values = ("customer_id", []) if not key else _keyed(key)
        shown = ", ".join(map(identifier, columns))
        query = f"FROM {self._table} SELECT {shown} WHERE {column} = ? LIMIT 1"
        return next(iter(self._rows(query, [*values, customer_id])), None)

    def first(self, columns: Sequence[str]) -> dict[str, Any] | None:
        """Return one row, None of an empty list: what is the same in all rows can be read from it."""
        self._check(columns)
        shown = ", ".join(map(identifier, columns))
        return next(iter(self._rows(f"FROM {self._table} SELECT {shown} LIMIT 1", [])), None)

    def __len__(self) -> int:
        return int(self._rows(f"FROM {self._table} SELECT count(*) AS n", [])[0]["n"])

    def _of_ranks(self, columns: Sequence[str], ranks: Sequence[int]) -> list[dict[str, Any]]:
        if not ranks:
            return []
        shown = ", ".join(map(identifier, dict.fromkeys(columns)))
        # The range lets the reader skip all other groups of rows.
        places = ", ".join("?" * len(ranks))
        where = f"rank BETWEEN ? AND ? AND rank IN ({places})"
        query = f"FROM {self._table} SELECT {shown} WHERE {where}"
        return self._rows(query, [min(ranks), max(ranks), *ranks])

    def _rows(self, query: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        cursor = self._connection.cursor()  # each question on its own, so that threads do not wait
        try:
            found = cursor.execute(query, list(values))
            names = [one[0] for one in found.description or ()]
            return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]
        except duckdb.IOException as error:
            raise FileError("the list cannot be read", got=self.path.name) from error
        finally:
            cursor.close()

    def _columns(self) -> tuple[str, ...]:
        try:
            found = self._connection.execute(f"DESCRIBE FROM {self._table}").fetchall()
        except duckdb.Error as error:
            raise FileError(
                "not a Parquet file", got=str(self.path), do="score with --out list.parquet"
            ) from error
        return tuple(str(row[0]) for row in found)

    def _check(self, columns: Sequence[str]) -> None:
        unknown = [name for name in columns if name not in self.columns]
        if unknown:
            near = nearest(unknown[0], self.columns, most=1)
            do = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(self.columns)}"
            raise ColumnError("the list has no such column", got=unknown[0][:100], do=do)


def _later(sort: str, descending: bool, after: Position) -> tuple[str, list[Any]]:
    """Return the condition of what comes after a position, where missing values come last."""
    if sort == "rank":
        return ("rank < ?" if descending else "rank > ?"), [after.rank]
    column = identifier(sort)
    if after.value is None:
        return f"({column} IS NULL AND rank > ?)", [after.rank]
    further = "<" if descending else ">"
    text = f"({column} {further} ? OR ({column} = ? AND rank > ?) OR {column} IS NULL)"
    return text, [after.value, after.value, after.rank]


def _keyed(key: str) -> tuple[str, list[bytes]]:
    """Return HMAC-SHA-256 of the id in SQL, with the two padded keys as parameters (RFC 2104)."""
    secret = key.encode()
    block = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    outer, inner = (bytes(byte ^ pad for byte in block) for pad in (0x5C, 0x36))
    made = "sha256(?::BLOB || unhex(sha256(?::BLOB || encode(customer_id))))"
    return f"left({made}, {PSEUDONYM_LENGTH})", [outer, inner]


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it; NaN is missing."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, dt.date) else value
