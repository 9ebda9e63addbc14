"""Who takes our attention, and whether that is in proportion to what they bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.values import share
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["ATTENTION_COLUMNS", "attention_concentration"]

# The best stand-in comes first; the last one adds what remains when nobody wrote contacts down.
ATTENTION_COLUMNS = ("minutes", "contact_cost", "contacts", "complaints_and_returns")


def attention_concentration(customers: IntoFrame | None, *, top: float = 0.2) -> Result:
    """Compare each customer's share of our attention with its share of profit.

    Parameters
    ----------
    customers : table, optional
        ``customer_id, profit`` (or ``revenue``, then the result says so) and one of ``minutes, contact_cost,
        contacts, complaints_and_returns``; the first one present counts.
    top : float
        Share of the customers that is called top.

    Returns
    -------
    Result
        One row a class: ``much_attention_little_profit`` (top by attention, profit at or below the median),
        ``neglected`` (top by profit, attention share below profit share), ``in_proportion``.
        ``tables["customers"]`` with the neutral class and ``proportionality`` = attention share ÷ profit
        share. Figures: ``top_attention_share`` and ``overlap`` (share of the top by attention that is also
        top by profit).

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abcde"), "profit": [50, 9, 8, 7, 6], "minutes": [5, 5,
    ...     5, 5, 80]})
    >>> attention_concentration(table).tables["customers"]["class"].tolist()
    ['neglected', 'in_proportion', 'in_proportion', 'in_proportion', 'much_attention_little_profit']
    """
    check_fraction(top, what="top")
    raw = None if customers is None else customer_table(customers, name="customers")
    measure = None if raw is None else next((name for name in ATTENTION_COLUMNS if name in raw.columns), None)
    worth = (
        None if raw is None else next((name for name in ("profit", "revenue") if name in raw.columns), None)
    )
    if raw is None or measure is None or worth is None:
        return not_computed("attention_concentration", "contacts" if measure is None else "profit")
    table = (
        pd.DataFrame(
            {
                worth: numeric(raw, worth, name="customers"),
                "attention": numeric(raw, measure, name="customers", minimum=0),
            }
        )
        .fillna({"attention": 0.0})
        .dropna()
    )
    _classify(table, worth, top)
    heads = max(1, int(top * len(table) + 1e-9))
    busiest = table["attention"].sort_values(ascending=False, kind="stable").index[:heads]
    best = table[worth].sort_values(ascending=False, kind="stable").index[:heads]
    classes = ["much_attention_little_profit", "neglected", "in_proportion"]
    grouped = table.groupby("class")
    sums = grouped[[worth, "attention", "share_attention"]].sum()
    sums.insert(0, "customers", grouped.size())
    return finished(
        "attention_concentration",
        sums.reindex(classes, fill_value=0).reset_index(),
        source="DOMAIN 25; S4 s3, s16, s28–29",
        parameters={"top": top, "attention": measure, "worth": worth},
        basis=worth,
        n=len(table),
        warnings=(note("attention_stand_in"),) if measure == ATTENTION_COLUMNS[-1] else (),
        tables={"customers": table.reset_index()},
        figures={
            "top_attention_share": float(table.loc[busiest, "share_attention"].sum()),
            "overlap": len(busiest.intersection(best)) / heads,
        },
        plotter=charts.scatter("share_profit", "share_attention", "class", table="customers"),
    )


def _classify(table: pd.DataFrame, worth: str, top: float) -> None:
    heads = max(1, int(top * len(table) + 1e-9))
    table["share_attention"] = share(table["attention"], float(table["attention"].sum()))
    table["share_profit"] = share(table[worth], float(table[worth].sum()))
    table["proportionality"] = (table["share_attention"] / table["share_profit"]).where(
        table["share_profit"] > 0
    )
    attention_rank = table["attention"].rank(method="first", ascending=False)
    worth_rank = table[worth].rank(method="first", ascending=False)
    # Somebody without any contact cannot take much attention, even in a base where few have one.
    much = (attention_rank <= heads) & (table["attention"] > 0) & (table[worth] <= table[worth].median())
    neglected = (worth_rank <= heads) & (table["share_attention"] < table["share_profit"])
    table["class"] = np.select(
        [much, neglected], ["much_attention_little_profit", "neglected"], "in_proportion"
    )
