"""How a column of a table is shown to a reader: its header, its kind, and its cells as text.

The kinds are those of the risk list. Tables of the analyses do not state kinds; they are read off the name
and the type of the column.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_ml.base.formats import format_date, format_money, format_number, format_share
from crm_ml.base.texts import text
from crm_ml.prediction.columns import Kind, value_label

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NUMERIC", "ShownColumn", "ShownTable", "decimals_of", "kind_of", "shown_table"]

NUMERIC = frozenset({"int", "number", "money", "probability"})
_SHARES = (
    "share",
    "rate",
    "probability",
    "percentage",
    "distribution",
    "penetration",
    "loyalty",
    "retention",
    "decay",
    "churn",
    "coverage",
    "growth",
    "error",
    "peak",
    "kept",
    "never",
    "stopped",
    "shrunk",
    "confidence",
    "support",
)
_ALSO_SHARES = frozenset({"customers_for_80", "margin_percent", "price_buyers"})
_LONG, _MIDDLING, _TIGHT = 30, 20, 10
_TOO_FAR_APART = 1e5
_SMALL = 10  # numbers below it show two decimals more than large ones


@dataclass(frozen=True)
class ShownColumn:
    """A column as a reader sees it.

    Parameters
    ----------
    name : str
        Column of the table.
    header : str
        What stands above it.
    kind : str
        Kind of :class:`crm_ml.prediction.columns.ListColumn`.
    width : float
        Width in characters.
    hidden : bool
        Whether it is folded away on a sheet; a reader can unfold it.
    right : bool
        Whether text stands right-aligned, since it holds written numbers.
    decimals : int, optional
        Of every number or share of the column; each cell decides when not given.
    """

    name: str
    header: str
    kind: Kind
    width: float = 12
    hidden: bool = False
    right: bool = False
    decimals: int | None = None

    @property
    def is_number(self) -> bool:
        """Whether it stands right-aligned."""
        return self.kind in NUMERIC or self.right

    @property
    def room(self) -> str:
        """How much room it needs on a page: tight never breaks, middling holds names, long sentences."""
        if self.width >= _LONG:
            return "long"
        return "middling" if self.width >= _MIDDLING else "tight" if self.width <= _TIGHT else ""


@dataclass(frozen=True)
class ShownTable:
    """A table of plain text, ready for a page.

    Parameters
    ----------
    columns : tuple of ShownColumn
        Headers and alignment.
    rows : tuple of tuple of str
        Cells; empty text where a value is missing.
    note : str
        How many further rows there are, if any.
    """

    columns: tuple[ShownColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def shown_table(
    table: pd.DataFrame,
    columns: Sequence[ShownColumn],
    language: str,
    *,
    currency: str = "",
    most: int | None = None,
) -> ShownTable:
    """Write the cells of a table as a Dutch or English reader expects them.

    Parameters
    ----------
    table : DataFrame
        The table.
    columns : sequence of ShownColumn
        Which columns, in which order.
    language : {"nl", "en"}
        Language of marks and coded values.
    currency : str
        Currency of money columns.
    most : int, optional
        Show so many rows at most; the rest is counted.
    """
    head = table if most is None else table.head(most)
    written = [_written(head[column.name], column, language, currency) for column in columns]
    rows = tuple(zip(*written, strict=True))
    more = len(table) - len(head)
    note = text("report.more_rows", language, n=format_number(more, language)) if more else ""
    return ShownTable(tuple(columns), rows, note)


def kind_of(name: str, values: pd.Series) -> Kind:
    """Return the kind of a column that does not state it.

    Examples
    --------
    >>> import pandas as pd
    >>> kind_of("share_revenue", pd.Series([0.2])), kind_of("customers", pd.Series([3]))
    ('probability', 'int')
    """
    import pandas as pd

    dtype = values.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "bool"
    if pd.api.types.is_integer_dtype(dtype):
        return "int"
    if pd.api.types.is_float_dtype(dtype):
        return "probability" if _is_share(name, values) else "number"
    known = values.dropna()
    dates = pd.api.types.is_datetime64_any_dtype(dtype) or (
        len(known) > 0 and all(isinstance(value, dt.date) for value in known.head(20))
    )
    return "date" if dates else "text"


def decimals_of(kind: Kind, values: pd.Series) -> int | None:
    """Return how many decimals suit all numbers of a column; None where they differ too much to say.

    Examples
    --------
    >>> import pandas as pd
    >>> decimals_of("number", pd.Series([13990.9, 4968.0]))
    1
    """
    known = values.dropna().abs() if kind in ("number", "probability") else values.head(0)
    used = known[(known > 0) & (known < float("inf"))].astype("float64")
    if used.empty:
        return None
    typical, least, most = float(used.median()), float(used.min()), float(used.max())
    if kind == "probability":
        return 2 if typical < 0.001 else 1 if typical < 0.01 or least < 0.005 else 0
    if most / least > _TOO_FAR_APART:
        return None
    return 0 if bool((used % 1 == 0).all()) else _decimals(typical + 1e-9)


def _is_share(name: str, values: pd.Series) -> bool:
    words = name.split("_")
    named = any(share in words for share in _SHARES) or words[0] == "p" or name in _ALSO_SHARES
    return named and bool((values.dropna().abs() <= 1.5).all())


def _written(values: pd.Series, column: ShownColumn, language: str, currency: str) -> list[str]:
    missing = values.isna()
    write = _writer(column, language, currency)
    return ["" if gone else write(value) for gone, value in zip(missing, values, strict=True)]


def _writer(column: ShownColumn, language: str, currency: str) -> Callable[[Any], str]:
    writers: dict[str, Callable[[Any], str]] = {
        "int": lambda value: format_number(value, language),
        "number": lambda value: format_number(
            value, language, decimals=_decimals(value) if column.decimals is None else column.decimals
        ),
        "money": lambda value: format_money(value, currency, language),
        "probability": lambda value: format_share(value, language, decimals=column.decimals or 0),
        "date": lambda value: format_date(value, language),
        "bool": lambda value: text(f"values.boolean.{'yes' if value else 'no'}", language),
        "code": lambda value: value_label(column.name, value, language),
    }
    return writers.get(column.kind, str)


def _decimals(value: float) -> int:
    if float(value).is_integer():
        return 0
    return 3 if abs(value) < 1 else 2 if abs(value) < _SMALL else 1
