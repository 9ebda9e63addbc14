"""Tables as files: CSV that opens well in a Dutch or English spreadsheet, and Parquet for programs.

A spreadsheet runs a CSV cell that looks like a formula; text from data must never do anything. Parquet is
the exchange format and stays untouched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.base.files import atomic_path
from crm_ml.base.validation import check_choice
from crm_ml.prediction.columns import RISK_LIST

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LOCALES", "guard", "write_csv", "write_parquet"]


@dataclass(frozen=True)
class _Convention:
    separator: str
    decimal: str
    encoding: str


# A Dutch spreadsheet splits on semicolons, and takes UTF-8 for UTF-8 only behind a byte order mark.
_CONVENTIONS = {"en": _Convention(",", ".", "utf-8"), "nl": _Convention(";", ",", "utf-8-sig")}
LOCALES = tuple(_CONVENTIONS)

_DECIMALS = {"money": 2, "probability": 4, "number": 4}
# Also behind quotes or spaces, and in the full-width forms that some spreadsheets normalise.
_LIKE_A_FORMULA = r"""^(?:[\t\r\n]|[\s"'\u3000\ufeff]*[=+\-@＝＋－﹣−＠])"""
_NUMBER_OR_PHONE = r"^[+-]?(?:\d+(?:[.,]\d+)*(?:[eE][+-]?\d{1,3})?|\d[\d ()./-]{4,20}\d)$"


def guard(cells: pd.Series) -> pd.Series:
    """Return text cells with a ``'`` before those that a spreadsheet would run as a formula.

    Plain numbers and phone numbers stay as they are, so that ids such as ``-12`` or ``+31612345678`` survive.

    Examples
    --------
    >>> import pandas as pd
    >>> list(guard(pd.Series(["=1+1", "-12", "+31 6 1234 5678", "O'Neill"])))
    ["'=1+1", '-12', '+31 6 1234 5678', "O'Neill"]
    """
    texts = cells.astype("str")
    formula = texts.str.match(_LIKE_A_FORMULA) & ~texts.str.match(_NUMBER_OR_PHONE)
    formula = formula.fillna(False).astype(bool)
    return texts.mask(formula, "'" + texts) if formula.any() else texts


def write_csv(
    table: pd.DataFrame | Iterable[pd.DataFrame], path: str | PathLike[str], *, locale: str = "en"
) -> Path:
    """Write a table as CSV, atomically and the same bytes every time.

    Parameters
    ----------
    table : DataFrame or iterable of DataFrame
        A named index becomes the first columns. Columns of the risk list are rounded by their kind (money to
        cents, chances to four decimals). A table that comes in parts is never in memory as a whole.
    path : path
        The file to write.
    locale : {"en", "nl"}
        nl: semicolon, decimal comma, byte order mark.

    Raises
    ------
    InputError
        When the locale is unknown.
    """
    import pandas as pd

    convention = _CONVENTIONS[check_choice(locale, LOCALES, what="locale")]
    parts = [table] if isinstance(table, pd.DataFrame) else table
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding=convention.encoding, newline="") as file,
    ):
        for number, part in enumerate(parts):
            _for_csv(_flat(part)).to_csv(
                file,
                index=False,
                header=number == 0,
                sep=convention.separator,
                decimal=convention.decimal,
                lineterminator="\n",
                date_format="%Y-%m-%d",
            )
    return Path(path)


def write_parquet(table: pd.DataFrame, path: str | PathLike[str]) -> Path:
    """Write a table as Parquet, atomically; text stays exactly as it is.

    Rows lie in groups as in the list that ``crm-ml score`` writes, so that ``crm-ml serve`` finds a page or a
    customer without reading the rest.

    Parameters
    ----------
    table : DataFrame
        A named index becomes the first columns.
    path : path
        The file to write.
    """
    from crm_ml.prediction.stored_list import GROUP_ROWS, ids_in_groups

    flat = _flat(table)
    options = ids_in_groups(len(flat)) if "customer_id" in flat else {}
    with atomic_path(path) as temporary:
        flat.to_parquet(temporary, index=False, engine="pyarrow", row_group_size=GROUP_ROWS, **options)
    return Path(path)


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    return table.reset_index() if any(name is not None for name in table.index.names) else table


def _for_csv(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    decimals = {column.name: _DECIMALS[column.kind] for column in RISK_LIST if column.kind in _DECIMALS}
    shown = {}
    for name, column in table.items():
        if pd.api.types.is_bool_dtype(column.dtype):
            shown[name] = column.map({True: "true", False: "false"}, na_action="ignore")
        elif pd.api.types.is_float_dtype(column.dtype):
            # Adding zero turns a rounded −0.0 into 0.0.
            shown[name] = column.round(decimals[str(name)]) + 0.0 if name in decimals else column
        elif pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype):
            shown[name] = guard(column)
        elif isinstance(column.dtype, pd.CategoricalDtype):
            shown[name] = guard(column.astype("str"))
        else:
            shown[name] = column
    flat = pd.DataFrame(shown, index=table.index)
    flat.columns = pd.Index(guard(pd.Series(list(map(str, table.columns)), dtype="str")))
    return flat
