"""The class of each account: key, future key, large, small, loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.values import first_rule, share
from crm_ml.analysis.words import note
from crm_ml.classes.ranking import largest_first

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["ACCOUNT_CLASSES", "account_classes", "by_rule", "most_key_accounts"]

ACCOUNT_CLASSES = ("key_account", "future_key_account", "large", "small", "loss")


def account_classes(
    customers: IntoFrame | None,
    *,
    key_cut: float = 8.0,
    max_key_accounts: int | None = None,
    significant_share: float = 0.8,
) -> Result:
    """Classify accounts by rating, profit, significance and expected value.

    Parameters
    ----------
    customers : table, optional
        ``customer_id, revenue, rating`` and where known ``profit`` and ``clv`` (or another forecast).
    key_cut : float
        Rating from which an account can be a key account.
    max_key_accounts : int, optional
        Most key accounts; by default the smaller of 20 and 5 % of the customers, at least one.
    significant_share : float
        Large are the customers of the smallest set that makes this share of revenue.

    Returns
    -------
    Result
        ``account_class, customers, revenue, share_revenue, profit``; ``tables["customers"]``. The first rule
        that holds decides: loss (profit below 0), key (rating reaches the cut and ranks high enough), future
        key (expected value ranks at key level, the rating does not), large (significant), small.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "revenue": [80, 5, 10, 5], "profit": [9, 3,
    ...     -1, 1],
    ...                           "rating": [9.0, 5.0, 6.0, 4.0], "clv": [50, 90, 5, 1]})
    >>> account_classes(customers).tables["customers"]["account_class"].tolist()
    ['key_account', 'future_key_account', 'loss', 'small']
    """
    if customers is None:
        return not_computed("account_classes", "accounts")
    raw = customer_table(customers, "revenue", "rating", name="customers")
    names = [name for name in ("revenue", "rating", "profit", "clv") if name in raw.columns]
    table = pd.DataFrame({name: numeric(raw, name, name="customers") for name in names})
    most = most_key_accounts(len(table)) if max_key_accounts is None else max_key_accounts
    rating_rank = table["rating"].rank(method="first", ascending=False)
    key = (table["rating"] >= key_cut) & (rating_rank <= most)
    future = (
        table["clv"].rank(method="first", ascending=False) <= most
        if "clv" in table
        else table["rating"].isna() & False
    )
    loss = table["profit"] < 0 if "profit" in table else key & False
    large = _makes_up(table["revenue"].fillna(0.0), significant_share)
    table["account_class"] = by_rule(loss=loss, key=key, future=future, large=large)
    money = [name for name in ("revenue", "profit") if name in table]
    grouped = table.groupby("account_class")
    sums = grouped[money].sum()
    sums.insert(0, "customers", grouped.size())
    sums = sums.reindex(list(ACCOUNT_CLASSES), fill_value=0)
    sums.insert(2, "share_revenue", share(sums["revenue"], float(sums["revenue"].sum())))
    return finished(
        "account_classes",
        sums.reset_index(),
        source="DOMAIN 7; S4 s22, s37, s39; S3 l.61–64; numbers: own default",
        parameters={"key_cut": key_cut, "max_key_accounts": most, "significant_share": significant_share},
        basis="revenue",
        n=len(table),
        warnings=tuple(
            note("without_column", column=name) for name in ("profit", "clv") if name not in table
        ),
        tables={"customers": table.reset_index()},
        plotter=charts.bars("account_class", "share_revenue", share=True),
    )


def _makes_up(revenue: pd.Series[float], part: float) -> pd.Series[bool]:
    """Return who is among the largest customers that together make a part of the revenue."""
    order = largest_first(revenue)
    ordered = revenue.to_numpy()[order]
    before = share(ordered.cumsum() - ordered, float(ordered.sum()))
    chosen = np.empty(len(order), dtype=bool)
    chosen[order] = (before < part - 1e-12) & (ordered > 0)
    return pd.Series(chosen, index=revenue.index, dtype="bool")


def most_key_accounts(customers: int) -> int:
    """Return how many key accounts there can be by default: the smaller of 20 and 5 %, at least one."""
    return max(1, min(20, int(0.05 * customers)))


def by_rule(
    *, loss: pd.Series[bool], key: pd.Series[bool], future: pd.Series[bool], large: pd.Series[bool]
) -> pd.Series[str]:
    """Return the class by the first rule that holds: loss, key, future key, large, else small."""
    rules = {"loss": loss, "key_account": key, "future_key_account": future, "large": large}
    return pd.Series(first_rule(rules, "small"), index=loss.index)
