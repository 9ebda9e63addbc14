"""The sheet of the largest customers: revenue, profit, both ranks, attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.values import share
from crm_ml.analysis.words import note

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["top_sheet"]


def top_sheet(customers: IntoFrame, *, most: int = 10, attention: str = "attention") -> Result:
    """Set the largest customers by revenue beside their rank in profit and the attention they get.

    Parameters
    ----------
    customers : table
        ``customer_id, revenue``, and where known ``profit`` and the column of attention.
    most : int
        How many customers.
    attention : str
        Column with minutes, cost or contacts.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "revenue": [9, 8], "profit": [1, 4]})
    >>> top_sheet(table).table[["customer_id", "rank_revenue", "rank_profit"]]
      customer_id  rank_revenue  rank_profit
    0           a             1            2
    1           b             2            1
    """
    raw = customer_table(customers, "revenue", name="customers")
    present = [name for name in ("revenue", "profit", attention) if name in raw.columns]
    table = pd.DataFrame({name: numeric(raw, name, name="customers") for name in present}, index=raw.index)
    for name in present[:2] if "profit" in present else present[:1]:
        # Ties take the order of customer_id, so that no two customers share a rank.
        table[f"rank_{name}"] = table[name].rank(method="first", ascending=False).astype("Int64")
    for name in present:
        table[f"share_{name}"] = share(table[name], float(table[name].sum()))
    found = table.sort_values("rank_revenue").head(most).reset_index()
    missing = [name for name in ("profit", attention) if name not in raw.columns]
    return finished(
        "top_sheet",
        found,
        source="DOMAIN 119; S4 s16",
        parameters={"most": most, "attention": attention},
        basis="revenue and profit" if "profit" in present else "revenue",
        n=len(table),
        warnings=tuple(note("without_column", column=name) for name in missing),
        figures={f"share_{name}": float(found[f"share_{name}"].sum()) for name in present},
        plotter=charts.bars("customer_id", *(f"share_{name}" for name in present), share=True),
    )
