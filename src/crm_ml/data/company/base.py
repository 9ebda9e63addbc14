"""What all tables of the simulated company share: order lines, customers, days, planted facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.data.simulation import make_transactions
from crm_ml.data.windows import as_date, as_day

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

__all__ = ["YEAR", "Base", "dates", "day_of", "make_base"]

START, YEAR = "2022-01-01", 365
_LIFT = 0.15  # orders that the loyalty programme adds, as a share of a member's orders after joining
# Satisfaction 1–5: how many give it, and which part of those who give it stay. Only the very satisfied are
# loyal (S4 s92): the last step is the largest.
_LEVELS, _STAY = (0.05, 0.12, 0.28, 0.33, 0.22), (0.20, 0.30, 0.42, 0.55, 0.95)


@dataclass(frozen=True)
class Base:
    """The shared ground of all tables.

    Parameters
    ----------
    lines : DataFrame
        Order lines.
    customers : DataFrame
        Index ``customer_id``; fate, onset, satisfaction, member, and what each bought in the last two years.
    start, end : int
        First day, and first day that is not seen.
    planted : dict
        What the tables hold on purpose; each maker adds its own facts.
    """

    lines: pd.DataFrame
    customers: pd.DataFrame
    start: int
    end: int
    planted: dict[str, Any] = field(default_factory=dict)

    @property
    def as_of(self) -> dt.date:
        """The day after the data."""
        return as_date(self.end)

    @property
    def ids(self) -> npt.NDArray[np.str_]:
        """All customers, sorted."""
        return self.customers.index.to_numpy(dtype=str)

    def last_year(self) -> pd.DataFrame:
        """Return the lines of the last 365 days."""
        found: pd.DataFrame = self.lines[self.lines["date"] >= dates(self.end - YEAR)]
        return found


def dates(days: Any) -> Any:
    """Return integer days, one or many, as datetime64."""
    return np.asarray(days, dtype="int64").astype("datetime64[D]").astype("datetime64[s]")[()]


def day_of(moments: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Return dates as days since 1970-01-01, infinitely far where there is none."""
    days = moments.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), np.inf, days.astype("float64"))


def make_base(n_customers: int, *, days: int, seed: int) -> Base:
    """Make order lines and customers: a programme that adds orders, a satisfaction that goes with staying."""
    lines, truth = make_transactions(n_customers, start=START, days=days, seed=seed)
    start = as_day(START)
    end = start + days
    rng = np.random.default_rng([seed, 2])
    customers = truth.set_index("customer_id").sort_index()
    before = _spent(lines, end - 2 * YEAR, end - YEAR).reindex(customers.index, fill_value=0.0)
    # Who buys more joins sooner: the self-selection that an analysis must see through.
    chance = 0.1 + 0.7 * before.rank(pct=True) ** 2
    customers["member"] = (rng.random(len(customers)) < chance) & (before > 0)
    lines = _with_programme(rng, lines, customers.index[customers["member"]], end)
    customers["satisfaction"] = _satisfaction(rng, customers["fate"].isin(["stays", "unlucky"]).to_numpy())
    customers["spent_before"] = before
    customers["spent"] = _spent(lines, end - YEAR, end).reindex(customers.index, fill_value=0.0)
    planted = {"programme_lift": _LIFT, "on_time_share": 0.7, "members": int(customers["member"].sum())}
    return Base(lines, customers, start, end, planted)


def _spent(lines: pd.DataFrame, start: int, end: int) -> pd.Series[float]:
    period = (lines["date"] >= dates(start)) & (lines["date"] < dates(end))
    spent: pd.Series[float] = lines[period].groupby("customer_id")["amount"].sum()
    return spent


def _satisfaction(rng: np.random.Generator, stays: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    level, stay = np.asarray(_LEVELS), np.asarray(_STAY)
    loyal, leaving = level * stay, level * (1 - stay)
    drawn = np.where(
        stays,
        rng.choice(5, len(stays), p=loyal / loyal.sum()),
        rng.choice(5, len(stays), p=leaving / leaving.sum()),
    )
    return (drawn + 1).astype(np.int64)


def _with_programme(
    rng: np.random.Generator, lines: pd.DataFrame, members: pd.Index[str], end: int
) -> pd.DataFrame:
    """Repeat a share of the members' orders of the last year some days later: what the programme adds."""
    import pandas as pd

    recent = lines["date"] >= dates(end - YEAR)
    own = lines["customer_id"].isin(members) & recent & (lines["quantity"] > 0)
    orders = np.unique(lines.loc[own, "order_id"].to_numpy(dtype=str))
    drawn = orders[rng.random(len(orders)) < _LIFT]
    later = dict(zip(drawn, rng.integers(1, 6, len(drawn)), strict=True))
    extra = lines[own & lines["order_id"].isin(drawn)].copy()
    wait = pd.to_timedelta(extra["order_id"].map(later), unit="D")
    for column in ("date", "promised", "delivered"):
        extra[column] = (extra[column] + wait).astype(lines[column].dtype)
    extra["order_id"] = "P" + extra["order_id"].str[1:]
    every: pd.DataFrame = pd.concat([lines, extra[extra["date"] < dates(end)]])
    return every.sort_values(["date", "order_id"], kind="stable", ignore_index=True)
