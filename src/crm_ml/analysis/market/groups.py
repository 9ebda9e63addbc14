"""The market table: the last period of each product group, completed with our own sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from crm_ml.analysis.checked import checked_table
from crm_ml.analysis.day_table import collect, distinct
from crm_ml.analysis.totals import units
from crm_ml.analysis.words import Note, note
from crm_ml.base.exceptions import InputError
from crm_ml.data.optional_tables import MARKET
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import Window, within

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["own_sales", "read_market"]

# A part that cannot exceed its whole.
_PARTS = (
    ("own_revenue", "group_revenue"),
    ("own_revenue", "own_outlets_revenue"),
    ("own_outlets_revenue", "group_revenue"),
    ("own_outlets", "outlets"),
    ("own_buyers", "buyers"),
    ("own_buyers_revenue", "group_revenue"),
    ("own_revenue", "own_buyers_revenue"),
)
_SHOWN_ROWS = 5


def read_market(
    market: IntoFrame, own: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, list[Note]]:
    """Return the last period of each group, all periods, and what a reader must know.

    Parameters
    ----------
    market : table
        See :data:`~crm_ml.data.optional_tables.MARKET`.
    own : DataFrame, optional
        Our ``own_revenue`` and ``own_buyers`` by product group (see :func:`own_sales`), for cells of the last
        period that the table leaves empty.

    Raises
    ------
    InputError
        When a part exceeds its whole, or a group has two rows in one period; the message names rows.
    """
    table, _ = checked_table(market, MARKET)
    for name in (column.name for column in MARKET.columns if column.kind == "number"):
        if name not in table:
            table[name] = float("nan")
    table["period"] = table["period"].fillna("") if "period" in table else ""
    _refuse(table, table.duplicated(["product_group", "period"]), "a group twice in one period")
    last = table["period"] == table.groupby("product_group")["period"].transform("max")
    taken = last & table["own_revenue"].isna()
    if own is not None:
        for name in ("own_revenue", "own_buyers"):
            ours = table["product_group"].map(own[name])
            table[name] = table[name].where(table[name].notna() | ~last, ours)
    for part, whole in _PARTS:
        _refuse(table, table[part] > table[whole] * (1 + 1e-9), f"{part} above {whole}")
    groups = int((taken & table["own_revenue"].notna()).sum())
    notes = [note("own_from_transactions", groups=groups)] if groups else []
    ordered = table.sort_values(["product_group", "period"])
    return ordered[last.reindex(ordered.index)].reset_index(drop=True), ordered.reset_index(drop=True), notes


def own_sales(tx: Transactions, window: Window) -> pd.DataFrame | None:
    """Return our revenue and number of buyers by category of the transactions; None without categories."""
    if not tx.has("category", "amount"):
        return None
    bought = within(tx.log, window)
    sums = bought.group_by("category").agg(nw.col("amount").sum().alias("own_revenue"))
    pairs = distinct(bought.filter(nw.col("is_purchase")), "category", "customer_id")
    buyers = pairs.group_by("category").agg(nw.len().alias("own_buyers"))
    revenue = collect(tx, sums, "category").set_index("category")["own_revenue"] / units("revenue")
    counts = collect(tx, buyers, "category").set_index("category")["own_buyers"]
    return pd.DataFrame({"own_revenue": revenue, "own_buyers": counts}).astype("float64")


def _refuse(table: pd.DataFrame, wrong: pd.Series[bool], what: str) -> None:
    if wrong.any():
        places = ", ".join(str(place + 1) for place in table.index[wrong][:_SHOWN_ROWS])
        got = f"{int(wrong.sum())} rows, such as {places}"
        raise InputError(f"the market table has {what}", got=got, do="correct these rows")
