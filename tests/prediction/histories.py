"""Customers as plain lists of purchases, and the features that reasons use, worked out by hand from them."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class History:
    """Purchases as (days before the reference date, amount), one order each."""

    purchases: tuple[tuple[int, float], ...]

    @property
    def ages(self) -> list[int]:
        return sorted({age for age, _ in self.purchases}, reverse=True)

    @property
    def gaps(self) -> list[int]:
        return [older - newer for older, newer in itertools.pairwise(self.ages)]

    def spent(self, youngest: int, oldest: int) -> float:
        return round(sum(amount for age, amount in self.purchases if youngest <= age <= oldest), 2)

    def orders(self, youngest: int, oldest: int) -> int:
        return sum(youngest <= age <= oldest for age, _ in self.purchases)

    def falling_quarters(self) -> int:
        quarters = [self.spent(1 + 91 * k, 91 * (k + 1)) for k in range(5)]
        falls = [now < before for now, before in itertools.pairwise(quarters)]
        return falls.index(False) if False in falls else len(falls)

    def features(self) -> dict[str, float]:
        gaps = self.gaps or [np.nan]
        return {
            "recency_days": min(self.ages),
            "tenure_days": max(self.ages),
            "purchase_days": len(self.ages),
            "gap_median": statistics.median(gaps),
            "gap_mean": statistics.fmean(gaps),
            "gap_max": max(gaps),
            "gap_last": gaps[-1],
            "revenue_90d": self.spent(1, 90),
            "revenue_180d": self.spent(1, 180),
            "revenue_12m": self.spent(1, 365),
            "revenue_prev_12m": self.spent(366, 730),
            "orders_90d": self.orders(1, 90),
            "orders_180d": self.orders(1, 180),
            "orders_12m": self.orders(1, 365),
            "falling_quarters": self.falling_quarters(),
        }


def feature_table(histories: list[History]) -> pd.DataFrame:
    index = pd.Index([f"c{number:04d}" for number in range(len(histories))], name="customer_id")
    return pd.DataFrame([history.features() for history in histories], index=index, dtype="float64")


def random_history(rng: np.random.Generator) -> History:
    """Return a customer with a rhythm and a level of spending that may both change half-way."""
    gap, level = rng.integers(1, 120), rng.lognormal(3, 1.5)
    change = rng.choice([0.2, 0.5, 1.0, 2.0])
    start, stop = rng.integers(1, 1000), rng.integers(1, 300)
    age, purchases = max(start, stop), []
    while age >= min(start, stop):
        slow = 1.0 if age > 180 else change
        purchases.append((int(age), round(float(level * slow * rng.gamma(2, 0.5)), 2)))
        age -= max(1, int(rng.gamma(2, gap / 2 / slow)))
    return History(tuple(purchases))
