"""Optional tables with a schema: checked cell by cell, and without what happened after the reference date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from crm_ml.analysis.tables import plain_table
from crm_ml.analysis.words import Note, note
from crm_ml.data.table_schema import TableSchema, check_table
from crm_ml.data.windows import DateLike, before

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["checked_table", "unknown_note"]


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
    notes = [note("after_as_of", rows=f"{gone:,}", table=table_name)] if gone else []
    return kept, notes


def unknown_note(named: pd.Series[str], known: pd.Index[str], schema: TableSchema) -> list[Note]:
    """Return the note that counts customers of a table who are not among the known ones; none without them.

    Examples
    --------
    >>> from crm_ml.data.optional_tables import SURVEY
    >>> unknown_note(pd.Series(["a", "x", "x"]), pd.Index(["a", "b"]), SURVEY)
    ['1 customers of the survey table are not in the transactions']
    """
    strangers = pd.Index(named.dropna().unique()).difference(known)
    if strangers.empty:
        return []
    table_name = Note(f"analysis_missing.{schema.name}")
    return [note("unknown_in_table", customers=f"{len(strangers):,}", table=table_name)]
