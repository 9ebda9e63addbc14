"""An empty costs table to fill in, with the usual cost pools."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.analysis.words import word
from crm_ml.base.files import atomic_path
from crm_ml.base.texts import keys, text

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["usual_cost_pools", "write_costs_template"]

_COLUMNS = ("activity", "customer_id", "driver_quantity", "pool_cost")


def usual_cost_pools(language: str = "en") -> list[tuple[str, str]]:
    """Return the usual activities with the driver of their cost.

    Examples
    --------
    >>> usual_cost_pools("nl")[0]
    ('bezoeken door accountmanagers', 'minuten')
    """
    pairs = [text(key, language).partition("|") for key in keys("analysis_cost_pools")]
    return [(activity, driver) for activity, _, driver in pairs]


def write_costs_template(path: str | PathLike[str], language: str = "en") -> Path:
    """Write a workbook with the columns of the costs table and the usual pools; the same bytes each time.

    Parameters
    ----------
    path : path
        Where to write the .xlsx file.
    language : {"nl", "en"}
        Language of pools and explanation; the column names stay as the costs table needs them.

    Returns
    -------
    Path
        The file: sheet ``costs`` to fill in (one row a customer and activity), sheet ``pools`` with the usual
        activities and drivers.

    Examples
    --------
    >>> import tempfile
    >>> write_costs_template(Path(tempfile.mkdtemp()) / "costs.xlsx").name
    'costs.xlsx'
    """
    import xlsxwriter

    with atomic_path(path) as temporary, xlsxwriter.Workbook(str(temporary)) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        bold = book.add_format({"bold": True})
        costs = book.add_worksheet("costs")
        _write_row(costs, 0, _COLUMNS, bold)
        costs.freeze_panes(1, 0)
        costs.set_column(0, 3, 24)
        pools = book.add_worksheet("pools")
        _write_row(pools, 0, [word(name, language) for name in ("activity", "driver")], bold)
        for row, pair in enumerate(usual_cost_pools(language), start=1):
            _write_row(pools, row, pair)
        pools.set_column(0, 1, 40)
    return Path(path)


def _write_row(sheet: Any, row: int, cells: tuple[str, ...] | list[str], style: Any = None) -> None:
    for column, cell in enumerate(cells):
        sheet.write_string(row, column, cell, style)
