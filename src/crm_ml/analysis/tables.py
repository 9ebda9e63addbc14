"""Optional tables, of any engine that Narwhals knows, checked and brought to pandas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.base.validation import nearest

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["customer_table", "numeric", "plain_table"]


def plain_table(table: IntoFrame, *needs: str, name: str) -> pd.DataFrame:
    """Return a table of any engine as pandas, after checking that it has the columns.

    Parameters
    ----------
    table : pandas, Polars, Arrow, DuckDB or Spark table
        The table.
    *needs : str
        Columns that it must have.
    name : str
        What the message calls it.

    Raises
    ------
    ColumnError
        When columns are missing; the message holds near-miss names.
    """
    if isinstance(table, pd.DataFrame):
        found = table.reset_index(drop=table.index.name is None or table.index.name in table.columns)
    else:
        frame: Any = nw.from_native(table)
        found = (frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame).to_pandas()
    _check_columns(found.columns, needs, name)
    return found


def _check_columns(columns: Iterable[str], needs: Iterable[str], name: str) -> None:
    known = [str(column) for column in columns]
    missing = [need for need in needs if need not in known]
    if missing:
        near = [f"{need!r} (nearest: {', '.join(nearest(need, known)) or 'none'})" for need in missing]
        raise ColumnError(
            f"the {name} table lacks a column", got=f"columns {', '.join(known)}", do=f"add {'; '.join(near)}"
        )


def customer_table(table: IntoFrame, *needs: str, name: str) -> pd.DataFrame:
    """Return a table of one row a customer, indexed by ``customer_id`` as text and sorted.

    Raises
    ------
    InputError
        When a customer is missing or stands on two rows.

    Examples
    --------
    >>> customer_table(pd.DataFrame({"customer_id": [2, 1], "profit": [5.0, 7.0]}), "profit",
    ...     name="customers")
                 profit
    customer_id
    1               7.0
    2               5.0
    """
    if isinstance(table, pd.DataFrame) and table.index.name == "customer_id" and "customer_id" not in table:
        # The index of a table of ours stays the same object, so that it is checked only once.
        _check_columns(table.columns, needs, name)
        found = table
    else:
        found = plain_table(table, "customer_id", *needs, name=name).set_index("customer_id")
    ids = found.index
    if ids.hasnans:
        rows = np.flatnonzero(ids.isna())[:5].tolist()
        raise InputError(
            f"the {name} table has rows without customer_id", got=f"rows {rows}", do="fill or remove them"
        )
    found = found if ids.dtype == "str" else found.set_axis(ids.astype("str"))
    if not found.index.is_unique:
        twice = found.index[found.index.duplicated()]
        got = f"{len(twice)} repeated, such as {', '.join(twice[:3])}"
        raise InputError(
            f"the {name} table has customers on more than one row", got=got, do="give one row a customer"
        )
    return found.sort_index()


def numeric(table: pd.DataFrame, column: str, *, name: str, minimum: float | None = None) -> pd.Series[float]:
    """Return a column as floats.

    Raises
    ------
    InputError
        When a cell is no finite number, or lies below `minimum`; the message names rows.
    """
    numbers = pd.to_numeric(table[column], errors="coerce").astype("float64")
    wrong = numbers.isna() & table[column].notna() | numbers.isin([float("inf"), float("-inf")])
    if minimum is not None:
        wrong |= numbers < minimum
    if wrong.any():
        where = ", ".join(str(row) for row in table.index[wrong][:5])
        limit = "" if minimum is None else f" of at least {minimum:g}"
        raise InputError(
            f"the column {column!r} of the {name} table must hold numbers{limit}",
            got=f"{int(wrong.sum())} others, at {where}",
            do="correct these cells",
        )
    return numbers
