"""The features of the catalogue in plain, vectorised pandas: what a good analyst would write by hand.

The peer of `benchmarks/features.py`, and checked there against crm_ml before anything is timed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def pandas_features(log: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Compute the features of a log of purchases without returns.

    `log` has customer_id, day (datetime64), amount; with order_id, product_id, category, quantity, cost,
    discount the features that need them are added.
    """
    log = log[log["day"] < cutoff].copy()
    log["age"] = (cutoff - log["day"]).dt.days
    log["lines"] = 1
    wide = "order_id" in log
    if wide:
        log["discounted"] = (log["discount"] > 0).astype("int64")
    sums = ["lines", "amount", *(["quantity", "cost", "discount", "discounted"] if wide else [])]
    days = log.groupby(["customer_id", "age"], as_index=False, sort=False)[sums].sum()
    days["orders"] = 1
    if wide:
        first = log.groupby(["customer_id", "order_id"], as_index=False, sort=False)["age"].max()
        counts = first.groupby(["customer_id", "age"], as_index=False).size()
        days = days.drop(columns="orders").merge(counts.rename(columns={"size": "orders"}), how="left")
        days["orders"] = days["orders"].fillna(0)
    X = _of_days(days, cutoff, wide)
    return X.join(_of_products(log)) if wide else X


def _of_days(days: pd.DataFrame, cutoff: pd.Timestamp, wide: bool) -> pd.DataFrame:
    days = days.sort_values(["customer_id", "age"], ascending=[True, False])
    by = days.groupby("customer_id")
    age, spend, orders = days["age"], days["amount"], days["orders"]
    days["gap"] = by["age"].shift(1) - age
    days["previous"] = days.groupby("customer_id")["gap"].shift(1)

    def total(values: pd.Series, last: int | None = None) -> pd.Series:
        kept = values if last is None else values.where(age <= last, 0)
        return kept.groupby(days["customer_id"]).sum()

    n, first, recency = by.size(), by["age"].max(), by["age"].min()
    gaps = days.groupby("customer_id")["gap"]
    money = {k: total(spend, 91 * k) for k in range(1, 6)}
    quarter = {1: money[1], **{k: money[k] - money[k - 1] for k in range(2, 6)}}
    order_quarter = {k: total(orders, 91 * k) for k in (1, 2)}
    X = pd.DataFrame({"recency_days": recency, "purchase_days": n, "tenure_days": first})
    X["orders"], X["revenue"] = total(orders), total(spend)
    for last, name in ((30, "30d"), (90, "90d"), (180, "180d"), (365, "12m")):
        X[f"orders_{name}"], X[f"revenue_{name}"] = total(orders, last), total(spend, last)
    X["revenue_prev_12m"] = total(spend, 730) - X["revenue_12m"]
    X["order_value_mean"] = X["revenue"] / X["orders"]
    X["spend_median"], X["spend_max"] = by["amount"].median(), by["amount"].max()
    X["frequency"], X["t_x"], X["T"] = n - 1, first - recency, first
    initial = total(spend.where(days["gap"].isna(), 0))
    X["monetary_value"] = ((X["revenue"] - initial) / (n - 1)).where(n > 1, 0.0)
    X["first_value"] = initial
    X["gap_mean"], X["gap_median"], X["gap_max"] = gaps.mean(), gaps.median(), gaps.max()
    X["gap_std"], X["gap_last"] = gaps.std(), by["gap"].last()
    X["gap_cv"], X["overdue_ratio"] = X["gap_std"] / X["gap_mean"], recency / X["gap_median"]
    local = ((days["gap"] - days["previous"]) / (days["gap"] + days["previous"])) ** 2
    X["regularity"] = 1 - 3 * local.groupby(days["customer_id"]).mean()
    X["orders_change_quarter"] = _change(order_quarter[1], order_quarter[2] - order_quarter[1])
    X["spend_change_quarter"] = _change(quarter[1], quarter[2])
    X["last_quarter_share"] = (quarter[1] / money[4]).where(money[4] != 0)
    ages, squares, products = total(age), total(age * age), total(age * spend)
    X["spend_slope"] = -365 * (n * products - ages * X["revenue"]) / (n * squares - ages**2).where(n > 1)
    X["activity_trend"] = ((n * first - ages) / (n - 1) / first - 0.5).where(n > 1) * np.sqrt(12 * (n - 1))
    falls = [(quarter[k].round(6) < quarter[k + 1].round(6)).astype(int) for k in range(1, 5)]
    X["falling_quarters"] = falls[0] * (1 + falls[1] * (1 + falls[2] * (1 + falls[3])))
    before = (X["revenue"] - money[2]) / (X["orders"] - order_quarter[2])
    X["order_value_trend"] = _change(money[2] / order_quarter[2], before)
    X["multi_item_share"] = total((days["lines"] > 1).astype(int)) / n
    X["return_money_share"] = 0.0
    X["return_line_share"] = 0.0
    X["days_since_return"] = np.nan
    weekend = (cutoff - pd.to_timedelta(age, unit="D")).dt.dayofweek >= 5
    X["weekend_share"] = weekend.groupby(days["customer_id"]).mean()
    season = (age - 1) % 364 // 91
    counts = pd.concat([total((season == k).astype(int)) for k in range(4)], axis=1)
    X["season_peak_share"] = (counts.max(axis=1) / n).where(first >= 364)
    X["season_ahead_share"] = (quarter[4] / money[4]).where((first >= 364) & (money[4] != 0))
    X["spend_yoy_quarter"] = _change(quarter[1], quarter[5]).where(first >= 455)
    X["repeat_rate"] = 365 * (n - 1) / first
    X["days_to_second"] = gaps.first()
    another = days["gap"].isna() | ((age - 1) // 91 != (age + days["gap"] - 1) // 91)
    X["active_quarter_share"] = total(another.astype(int)) / ((first - 1) // 91 + 1)
    return _priced(X, days, total, money[2]) if wide else X


def _priced(X: pd.DataFrame, days: pd.DataFrame, total, half_spend: pd.Series) -> pd.DataFrame:
    units, lines, off = total(days["quantity"]), total(days["lines"]), total(days["discount"])
    half_units, half_lines, half_off = (total(days[name], 182) for name in ("quantity", "lines", "discount"))
    X["margin"] = X["revenue"] - total(days["cost"])
    X["margin_rate"] = X["margin"] / X["revenue"]
    X["units_per_order"] = units / X["orders"]
    X["discount_mean"], X["discounted_share"] = off / lines, total(days["discounted"]) / lines
    X["discount_trend"] = half_off / half_lines - (off - half_off) / (lines - half_lines)
    X["unit_price_trend"] = _change(
        half_spend / half_units, (X["revenue"] - half_spend) / (units - half_units)
    )
    return X


def _of_products(log: pd.DataFrame) -> pd.DataFrame:
    first = log.groupby(["customer_id", "product_id"])["age"].max()
    by = first.groupby(level="customer_id")
    X = pd.DataFrame({"distinct_products": by.size()})
    X["new_product_share"] = (first <= 180).groupby(level="customer_id").sum() / X["distinct_products"]
    worth = log.groupby(["customer_id", "category"])["amount"].sum().groupby(level="customer_id")
    X["distinct_categories"], X["favourite_category_share"] = worth.size(), worth.max() / worth.sum()
    return X


def _change(now: pd.Series, before: pd.Series) -> pd.Series:
    return ((now - before) / (now + before)).where(now + before != 0)
