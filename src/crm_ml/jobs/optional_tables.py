"""The optional tables beside the transactions, read from CSV or Parquet with the types that they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crm_ml.analysis.company import TABLES
from crm_ml.base.validation import check_choice
from crm_ml.data.optional_tables import SCHEMAS
from crm_ml.data.own_columns import read_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_optional_tables", "typed"]

# Names stay text as written, even when they look like numbers.
_NAMES = frozenset(
    {"customer_id", "product_id", "activity", "employee", "owner", "period", "category"}
).union(column.name for schema in SCHEMAS.values() for column in schema.columns if column.kind != "number")
_FLAGS = {"true": True, "yes": True, "ja": True, "false": False, "no": False, "nee": False}


def read_optional_tables(paths: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Read the tables of a config.

    Parameters
    ----------
    paths : mapping
        Name of the table (one of :data:`~crm_ml.analysis.company.TABLES`) → file.

    Raises
    ------
    InputError
        When a name is unknown or a file is not readable.
    """
    return {
        check_choice(name, TABLES, what="optional table"): typed(read_table(path))
        for name, path in paths.items()
    }


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of texts with flags and numbers where a whole column holds them.

    Empty cells are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> found = typed(pd.DataFrame({"customer_id": ["01"], "minutes": ["12"], "won": ["yes"]}))
    >>> found["customer_id"].tolist(), found["minutes"].tolist(), found["won"].tolist()
    (['01'], [12], [True])
    """
    import pandas as pd

    found = table.copy()
    for name in table.columns:
        column = table[name]
        if name in _NAMES or not (pd.api.types.is_string_dtype(column) or column.dtype == object):
            continue
        written = column.where(column.astype("str").str.strip() != "").dropna().astype("str").str.strip()
        flags = written.str.casefold().map(_FLAGS)
        numbers = pd.to_numeric(written, errors="coerce")
        if len(written) and flags.notna().all():
            found[name] = flags.reindex(table.index)
        elif len(written) and numbers.notna().all():
            found[name] = numbers.reindex(table.index)
    return found
