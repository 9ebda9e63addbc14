"""Optional tables with a schema: checked cell by cell, and without what happened after the reference date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from crm_ml.analysis.tables import plain_table
from crm_ml.analysis.words import Note, note
from crm_ml.data.table_schema import TableSchema, check_table
from crm_ml.data.windows import DateLike, as_date, before

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["checked_table", "outside_notes", "period_of"]


def checked_table(
    table: IntoFrame, schema: TableSchema, *, as_of: DateLike | None = None, date: str = "date"
) -> tuple[pd.DataFrame, list[Note]]:
    """Return the rows known at the reference date, with typed cells, and what a reader must know of the rest.

    Parameters
    ----------
    table : table of any engine
        The optional table.
    schema : TableSchema
        What it must hold.
    as_of : date-like, optional
        First day that is not seen; rows without a date count as known.
    date : str
        Column with the day of a row.

    Returns
    -------
    tuple of (DataFrame, list of Note)
        The index is the place of a row in the table, from 0.

    Raises
    ------
    ColumnError
        When a required column is missing.
    InputError
        When cells are wrong; the message names their rows.

    Examples
    --------
    >>> from crm_ml.data.optional_tables import COMPLAINTS
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "opened": ["2024-01-05", "2024-03-01"]})
    >>> rows, notes = checked_table(table, COMPLAINTS, as_of="2024-02-01", date="opened")
    >>> len(rows), notes
    (1, ['1 rows of the complaints table lie on or after the reference date and are left out'])
    """
    found = check_table(plain_table(table, *schema.needs, name=schema.name), schema).reset_index(drop=True)
    if as_of is None or date not in found:
        return found, []
    dated = found[[date]].rename(columns={date: "day"}).dropna()
    known: Any = before(nw.from_native(dated).lazy(), as_of).collect().to_native()
    kept = found[found[date].isna() | found.index.isin(known.index)]
    gone = len(found) - len(kept)
    table_name = Note(f"analysis_missing.{schema.name}")
    notes = [note("after_as_of", rows=gone, table=table_name)] if gone else []
    return kept, notes


def outside_notes(
    named: pd.Series[str], base: pd.Index[str], schema: TableSchema, known: pd.Index[str] | None = None
) -> list[Note]:
    """Return the notes that count customers of a table outside the base; none without them.

    Parameters
    ----------
    named : Series
        ``customer_id`` of the rows.
    base : Index
        The customers of the period that is analysed.
    schema : TableSchema
        Of the table.
    known : Index, optional
        Everybody in the transactions; by default the base.

    Examples
    --------
    >>> from crm_ml.data.optional_tables import SURVEY
    >>> who = pd.Series(["a", "old", "x", "x"])
    >>> for said in outside_notes(who, pd.Index(["a", "b"]), SURVEY, pd.Index(["a", "b", "old"])): print(said)
    1 customers of the survey table bought nothing in the last period
    1 customers of the survey table are not in the transactions
    """
    outside = pd.Index(named.dropna().unique()).difference(base)
    strangers = outside if known is None else outside.difference(known)
    counts = {"past_in_table": len(outside) - len(strangers), "unknown_in_table": len(strangers)}
    table_name = Note(f"analysis_missing.{schema.name}")
    return [note(name, customers=n, table=table_name) for name, n in counts.items() if n]


def period_of(days: pd.Series[int]) -> dict[str, str]:
    """Return the first day and the day after the last one, for the parameters of a result.

    Examples
    --------
    >>> period_of(pd.Series([0, 9], dtype="Int64"))
    {'from': '1970-01-01', 'until': '1970-01-11'}
    """
    known = days.dropna()
    if known.empty:
        return {}
    return {"from": str(as_date(int(known.min()))), "until": str(as_date(int(known.max()) + 1))}
