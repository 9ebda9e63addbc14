"""Who buys less than before, proven by the customer's own past and nothing else.

A model of the coming months is asked who *will* fall below the own normal, and most of who will are customers
that buy irregularly: chance makes the label. The question here is another one: has a change already happened?
Given all repeat purchases of a customer who did not change, those of the recent part are binomial, with the
share of the time that it takes (Przyborowski & Wilenski 1940, Biometrika 31: 313). On simulated bases with
known fates the first tenth by this evidence holds two to three times the share of customers who dry up; the
first tenth by a model that learnt the label holds no more than that share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.base.validation import check_positive
from crm_ml.data.normal import customer_days
from crm_ml.data.windows import DateLike, as_day, before

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["proven_fall"]

_SMALLEST = 1e-12  # a chance below it is no stronger proof


def proven_fall(
    tx: Transactions,
    cutoff: DateLike,
    *,
    recent_days: int = 180,
    min_purchase_days: int = 3,
    days: nw.LazyFrame[Any] | None = None,
) -> pd.DataFrame:
    """Return for each customer with a pattern how surely purchases have become rarer.

    Parameters
    ----------
    tx : Transactions
        The log.
    cutoff : date-like
        Only days before it are seen.
    recent_days : int
        Length of the recent part; at most half of the time since the first purchase.
    min_purchase_days : int
        Customers with fewer purchase days have no pattern to fall from and are left out.
    days : LazyFrame, optional
        ``customer_id, day, purchase`` of the log, where somebody has it already.

    Returns
    -------
    DataFrame
        Index ``customer_id``, sorted; columns ``recent`` (purchase days in the recent part), ``repeats`` (all
        purchase days after the first), ``expected`` (of
        a customer who did not change, moved with the whole base), ``chance`` (probability of so few or fewer
        if nothing changed), ``evidence`` = −ln(chance), and ``still_buying`` (any purchase in the recent
        part): who dries up, not who has stopped.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> falls = proven_fall(load_cdnow(sample=True), "1998-07-01")
    >>> falls[falls["still_buying"]].nlargest(2, "evidence")[["recent", "expected", "chance"]].round(3)
                 recent  expected  chance
    customer_id
    03501             2     7.575   0.009
    01760             6    11.870   0.028
    """
    import numpy as np
    from scipy.stats import binom

    check_positive(recent_days, what="recent_days")
    check_positive(min_purchase_days, what="min_purchase_days")
    table = _counts(tx, customer_days(tx) if days is None else days, as_day(cutoff), recent_days)
    table = table[table["purchase_days"] >= min_purchase_days]
    repeats = table["purchase_days"] - 1  # the first purchase made the customer: it lies outside by design
    share = table["span"] / table["age"]
    plain = (repeats * share).sum()
    market = float(table["recent"].sum() / plain) if plain > 0 else 1.0
    odds = market * share / (1.0 - share)
    share = (odds / (1.0 + odds)).astype(float)
    chance = binom.cdf(table["recent"], repeats, share)
    return table[["recent"]].assign(
        repeats=repeats,
        expected=repeats * share,
        chance=chance,
        evidence=-np.log(np.maximum(chance, _SMALLEST)),
        still_buying=table["recent"] > 0,
    )


def _counts(tx: Transactions, days: nw.LazyFrame[Any], cutoff: int, recent_days: int) -> pd.DataFrame:
    """Return purchase days, age, and length and purchase days of the recent part, by customer."""
    import narwhals as nw

    bought = before(days, cutoff).filter(nw.col("purchase") == 1)
    ages = bought.group_by("customer_id").agg(
        first=nw.col("day").min(), purchase_days=nw.len().cast(nw.Int64)
    )
    age = nw.lit(cutoff) - nw.col("first")
    half = nw.when(age < 2 * recent_days).then(age // 2).otherwise(nw.lit(recent_days))
    spans = ages.with_columns(age=age, span=half)
    late = (nw.lit(cutoff) - nw.col("day") <= nw.col("span")).cast(nw.Int64)
    recent = (
        bought.join(spans.select("customer_id", "span"), on="customer_id", how="inner")
        .group_by("customer_id")
        .agg(recent=late.sum().cast(nw.Int64))
    )
    joined = spans.join(recent, on="customer_id", how="left").drop("first")
    table: pd.DataFrame = tx.engine.to_arrow(joined).to_pandas()
    return table.set_index("customer_id").sort_index()
