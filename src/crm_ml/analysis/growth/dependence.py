"""Mutual dependence of us and a customer, and the payback of what we invested in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.base.validation import check_positive

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["mutual_dependence", "payback"]


def mutual_dependence(
    customers: IntoFrame | None, *, our_cut: float = 0.05, their_cut: float = 0.30
) -> Result:
    """Set our dependence on a customer beside its dependence on us.

    Parameters
    ----------
    customers : table, optional
        ``customer_id, revenue, wallet``: what it spends with us, and in our categories in all.
    our_cut : float
        Share of our revenue from which we depend on the customer (own default).
    their_cut : float
        Share of its purchases from which it depends on us (own default).

    Returns
    -------
    Result
        A row a customer: ``share_of_our_revenue, share_of_wallet, class`` (``mutual, we_depend,
        they_depend, loose``).

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "revenue": [90.0, 10.0], "wallet": [900.0, 10.0]})
    >>> mutual_dependence(table, our_cut=0.5).table[["customer_id", "class"]].to_numpy().tolist()
    [['a', 'we_depend'], ['b', 'they_depend']]
    """
    if customers is None:
        return not_computed("mutual_dependence", "wallets")
    raw = customer_table(customers, "revenue", "wallet", name="customers")
    columns = {name: numeric(raw, name, name="customers") for name in ("revenue", "wallet")}
    table = pd.DataFrame(columns, index=raw.index).dropna()
    total = float(table["revenue"].sum())
    table["share_of_our_revenue"] = table["revenue"] / total if total > 0 else np.nan
    possible = (table["wallet"] > 0) & (table["revenue"] <= table["wallet"])
    table["share_of_wallet"] = (table["revenue"] / table["wallet"]).where(possible)
    ours, theirs = table["share_of_our_revenue"] >= our_cut, table["share_of_wallet"] >= their_cut
    table["class"] = np.select([ours & theirs, ours, theirs], ["mutual", "we_depend", "they_depend"], "loose")
    return finished(
        "mutual_dependence",
        table.sort_values("revenue", ascending=False, kind="stable").reset_index(),
        source="DOMAIN 120 (cuts: own); S4 s39",
        parameters={"our_cut": our_cut, "their_cut": their_cut},
        basis="revenue",
        n=len(table),
        figures={
            name: float((table["class"] == name).sum())
            for name in ("mutual", "we_depend", "they_depend", "loose")
        },
        plotter=charts.scatter("share_of_our_revenue", "share_of_wallet", "class"),
    )


def payback(
    investments: IntoFrame | None, *, discount_rate: float = 0.0, longest_years: float = 20.0
) -> Result:
    """Say after how many years an up-front investment in a customer is earned back.

    Parameters
    ----------
    investments : table, optional
        ``customer_id, investment, yearly_margin`` (money a year) and where known ``retention`` (probability
        that the customer stays another year; 1 otherwise).
    discount_rate : float
        Yearly.
    longest_years : float
        Beyond this the payback is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "investment": [100.0, 100.0],
    ...     "yearly_margin": [40.0, 0.0]})
    >>> payback(table).table["payback_years"].tolist()
    [2.5, nan]
    """
    if investments is None:
        return not_computed("payback", "investments")
    check_positive(longest_years, what="longest_years")
    raw = customer_table(investments, "investment", "yearly_margin", name="investments")
    table = pd.DataFrame(
        {name: numeric(raw, name, name="investments") for name in ("investment", "yearly_margin")}
    )
    kept = numeric(raw, "retention", name="investments") if "retention" in raw.columns else 1.0
    table["retention"] = kept
    factor = table["retention"].fillna(1.0) / (1 + discount_rate)
    left, waited = table["investment"].clip(lower=0).to_numpy(dtype="float64"), np.full(len(table), np.nan)
    yearly = table["yearly_margin"].to_numpy(dtype="float64").copy()
    for year in range(int(np.ceil(longest_years))):
        # The margin of year t counts with the chance that the customer is still there, discounted to today.
        earned = np.isnan(waited) & (yearly > 0) & (yearly >= left)
        waited[earned] = year + left[earned] / yearly[earned]
        left = left - yearly
        yearly = yearly * factor.to_numpy()
    table["payback_years"] = np.where(waited <= longest_years, waited, np.nan)
    return finished(
        "payback",
        table.sort_values("payback_years", kind="stable").reset_index(),
        source="DOMAIN 120; S4 s39",
        parameters={"discount_rate": discount_rate, "longest_years": longest_years},
        basis="margin",
        n=len(table),
        figures={"never": float(table["payback_years"].isna().sum())},
        plotter=charts.bars("customer_id", "payback_years"),
    )
