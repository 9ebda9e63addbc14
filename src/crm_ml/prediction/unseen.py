"""Categories of own columns that training never saw, and empty cells: counted, never silently scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm_ml.base.notes import Note

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["category_sets", "unseen_notes"]

_MOST = 1_000  # a column with more different texts names things (streets, remarks), not categories


def category_sets(known: pd.DataFrame) -> dict[str, list[str]]:
    """Return the categories of every text column at training, sorted.

    Parameters
    ----------
    known : DataFrame
        From :meth:`crm_ml.data.own_columns.OwnColumns.known_at`.
    """
    texts = {str(name): known[name] for name in known if known[name].dtype.kind != "f"}
    sets = {name: sorted({str(one) for one in column if one}) for name, column in texts.items()}
    return {name: found for name, found in sets.items() if len(found) <= _MOST}


def unseen_notes(
    sets: Mapping[str, Sequence[str]] | None, known: pd.DataFrame | None, most: int = 3
) -> list[Note]:
    """Say how many customers have a category that training never saw, or an empty cell.

    Examples
    --------
    >>> import pandas as pd
    >>> unseen_notes({"region": ["north"]}, pd.DataFrame({"region": ["north", "west", ""]}))
    ["own column 'region': 1 value was never seen in training ('west') and counts as other; 1 is empty"]
    """
    if sets is None or known is None:
        return []
    return [note for name in sets if name in known for note in _notes(name, sets[name], known[name], most)]


def _notes(name: str, seen: Sequence[str], column: Any, most: int) -> list[Note]:
    texts = column.astype("str").fillna("")
    strange, empty = texts[~texts.isin([*seen, ""])], int((texts == "").sum())
    if strange.empty:
        return []  # empty cells alone are a category of their own, as in training
    values = ", ".join(repr(one) for one in sorted(strange.unique())[:most])
    rest = _counted("empty", empty) if empty else ""
    return [_counted("unseen", len(strange), column=repr(name), values=values, empty=rest)]


def _counted(name: str, n: int, **values: str) -> Note:
    return Note(f"list_notes.{name}" if n > 1 else f"list_notes.{name}_one", {"n": n, **values})
