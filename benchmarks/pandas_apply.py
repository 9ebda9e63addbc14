"""The narrow features in pandas as most people write them: named aggregates, and a function a customer.

The second pandas peer of `benchmarks/features.py`, beside the one that is vectorised by hand; checked there
against crm_ml too. It needs tens of seconds for a million rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def pandas_apply(log: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Compute the features of a log of purchases with customer_id, day (datetime64) and amount."""
    log = log[log["day"] < cutoff]
    days = log.groupby(["customer_id", "day"], as_index=False).agg(
        spend=("amount", "sum"), lines=("amount", "size")
    )
    days["age"] = (cutoff - days["day"]).dt.days
    X = days.groupby("customer_id").agg(
        recency_days=("age", "min"), purchase_days=("age", "size"), tenure_days=("age", "max"),
        revenue=("spend", "sum"), spend_median=("spend", "median"), spend_max=("spend", "max"),
        first_value=("spend", "first"), multi_item_share=("lines", lambda lines: (lines > 1).mean()),
        weekend_share=("day", lambda day: (day.dt.dayofweek >= 5).mean()),
    )  # fmt: skip
    for last, name in ((30, "30d"), (90, "90d"), (180, "180d"), (365, "12m")):
        X[f"orders_{name}"], X[f"revenue_{name}"] = _between(days, X, 1, last)
    X["revenue_prev_12m"] = _between(days, X, 366, 730)[1]
    X = _quarterly(X, days)
    n, first = X["purchase_days"], X["tenure_days"]
    X["orders"], X["order_value_mean"] = n, X["revenue"] / n
    X["frequency"], X["t_x"], X["T"] = n - 1, first - X["recency_days"], first
    X["monetary_value"] = ((X["revenue"] - X["first_value"]) / (n - 1)).where(n > 1, 0.0)
    X["repeat_rate"] = 365 * (n - 1) / first
    X["return_money_share"], X["return_line_share"], X["days_since_return"] = 0.0, 0.0, np.nan
    X = X.join(days.groupby("customer_id")[["age", "spend"]].apply(_of_customer))
    X["overdue_ratio"] = X["recency_days"] / X["gap_median"]
    return X


def _between(days: pd.DataFrame, X: pd.DataFrame, youngest: int, oldest: int) -> tuple[pd.Series, pd.Series]:
    """Return orders and money of the days of those ages."""
    spend = days[days["age"].between(youngest, oldest)].groupby("customer_id")["spend"]
    return spend.size().reindex(X.index, fill_value=0), spend.sum().reindex(X.index, fill_value=0.0)


def _quarterly(X: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    counts, money = zip(*(_between(days, X, 91 * k + 1, 91 * k + 91) for k in range(5)), strict=True)
    year = sum(money[:4])
    X["orders_change_quarter"] = _change(counts[0], counts[1])
    X["spend_change_quarter"] = _change(money[0], money[1])
    X["spend_yoy_quarter"] = _change(money[0], money[4]).where(X["tenure_days"] >= 455)
    X["last_quarter_share"] = (money[0] / year).where(year != 0)
    X["season_ahead_share"] = (money[3] / year).where((X["tenure_days"] >= 364) & (year != 0))
    falls = [(money[k].round(6) < money[k + 1].round(6)).astype(int) for k in range(4)]
    X["falling_quarters"] = falls[0] * (1 + falls[1] * (1 + falls[2] * (1 + falls[3])))
    orders_now, orders_then = counts[0] + counts[1], X["purchase_days"] - counts[0] - counts[1]
    now, then = money[0] + money[1], X["revenue"] - money[0] - money[1]
    X["order_value_trend"] = _change(now / orders_now, (then / orders_then).where(orders_then > 0))
    return X


def _of_customer(days: pd.DataFrame) -> pd.Series:
    """Return what needs the order of one customer's days, oldest first."""
    age, spend = days["age"].to_numpy(), days["spend"].to_numpy()
    n, first = len(age), age[0]
    gap = age[:-1] - age[1:]
    local = ((gap[1:] - gap[:-1]) / (gap[1:] + gap[:-1])) ** 2
    seasons = np.bincount((age - 1) % 364 // 91, minlength=4)
    std = np.std(gap, ddof=1) if n > 2 else np.nan
    pace = np.mean(first - age[1:]) / first - 0.5 if n > 1 else np.nan
    return pd.Series({
        "gap_mean": np.mean(gap) if n > 1 else np.nan,
        "gap_median": np.median(gap) if n > 1 else np.nan,
        "gap_std": std,
        "gap_cv": std / np.mean(gap) if n > 2 else np.nan,
        "gap_max": gap.max() if n > 1 else np.nan,
        "gap_last": gap[-1] if n > 1 else np.nan,
        "days_to_second": gap[0] if n > 1 else np.nan,
        "regularity": 1 - 3 * local.mean() if n > 2 else np.nan,
        "spend_slope": -365 * np.polyfit(age, spend, 1)[0] if n > 1 else np.nan,
        "activity_trend": pace * np.sqrt(12 * (n - 1)),
        "season_peak_share": seasons.max() / n if first >= 364 else np.nan,
        "active_quarter_share": len(np.unique((age - 1) // 91)) / ((first - 1) // 91 + 1),
    })  # fmt: skip


def _change(now: pd.Series, before: pd.Series) -> pd.Series:
    return ((now - before) / (now + before)).where(now + before != 0)
