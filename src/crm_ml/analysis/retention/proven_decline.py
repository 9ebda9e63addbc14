"""Who provably buys less than before, and how many of those are chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import customer_days, named
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction
from crm_ml.data.windows import DateLike, Window, as_date, as_day
from crm_ml.features.fall import proven_fall

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["proven_decline"]

_NAME = "proven_decline"
_SHOWN = {"recent": "purchases_recent", "expected": "purchases_expected", "chance": "probability_by_chance"}


def proven_decline(
    tx: Transactions,
    *,
    as_of: DateLike | None = None,
    recent_days: int = 180,
    min_purchase_days: int = 3,
    levels: tuple[float, ...] = (0.05, 0.01, 0.001),
    top: int = 50,
) -> Result:
    """Count who still buys but provably less than before, beside how many chance alone would show.

    Drying up as something that *has* happened, asked of each customer's own purchases; the model's
    ``p_drying_up`` is about what *will* happen.

    Parameters
    ----------
    tx : Transactions
        The log.
    as_of : date-like, optional
        First day that is not seen.
    recent_days : int
        Length of the recent part; at most half of a customer's time.
    min_purchase_days : int
        Customers with fewer purchase days have no pattern to fall from.
    levels : tuple of float
        How improbable a fall must be if nothing had changed; one row each.
    top : int
        So many customers are named, the surest first.

    Returns
    -------
    Result
        ``probability_limit, customers_found, customers_by_chance, customers_beyond_chance``;
        ``tables["customers"]``: who still buys and falls below the first level, with purchase days in the
        recent part, those expected, the probability of so few, and ``share_false``: the share of false
        alarms among all who are as sure or surer (Benjamini & Hochberg 1995).

    Raises
    ------
    InputError
        When a level is no probability.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> result = proven_decline(load_cdnow(sample=True))
    >>> result.table[["customers_found", "customers_by_chance"]].round(1)
       customers_found  customers_by_chance
    0                4                  1.2
    1                1                  0.1
    2                0                  0.0
    """
    for level in levels:
        check_fraction(level, what="levels")
    cutoff = as_date(as_day(tx.last_day) + 1 if as_of is None else as_day(as_of))
    ever = Window(tx.first_day, as_day(tx.last_day) - as_day(tx.first_day) + 1)
    options = {"recent_days": recent_days, "min_purchase_days": min_purchase_days}
    falls = proven_fall(tx, cutoff, days=customer_days(tx, ever), **options)
    if falls.empty:
        return empty_result(_NAME, note("no_customers"))
    falls = falls.set_axis(named(tx, falls.index))
    found = [int((falls["still_buying"] & (falls["chance"] <= level)).sum()) for level in levels]
    table = pd.DataFrame({"probability_limit": levels, "customers_found": found})
    table["customers_by_chance"] = [_by_chance(falls, level) for level in levels]
    table["customers_beyond_chance"] = table["customers_found"] - table["customers_by_chance"]
    return finished(
        _NAME,
        table,
        source="DOMAIN §4; Przyborowski & Wilenski (1940); Benjamini & Hochberg (1995)",
        parameters={
            "recent_days": recent_days,
            "min_purchase_days": min_purchase_days,
            "until": cutoff.isoformat(),
        },
        n=len(falls),
        tables={"customers": _named(falls, levels[0], top)},
        plotter=charts.bars("probability_limit", "customers_found", "customers_by_chance"),
    )


def _by_chance(falls: pd.DataFrame, level: float) -> float:
    """Return how many would be found if nobody had changed; counts are whole, so fewer than level × n."""
    from scipy.stats import binom

    repeats, share = falls["repeats"].to_numpy(), (falls["expected"] / falls["repeats"]).to_numpy()
    most = binom.ppf(level, repeats, share)
    most = np.where(binom.cdf(most, repeats, share) > level, most - 1, most)
    none = binom.pmf(0, repeats, share)  # those have stopped, and do not count as still buying
    return float(np.maximum(binom.cdf(most, repeats, share) - none, 0.0).sum())


def _named(falls: pd.DataFrame, level: float, top: int) -> pd.DataFrame:
    ordered = falls.sort_values("chance", kind="stable")
    ranks = np.arange(1, len(ordered) + 1)
    false = (ordered["chance"] * len(ordered) / ranks).clip(upper=1.0)
    ordered["share_false"] = false[::-1].cummin()[::-1]
    wanted = ordered[ordered["still_buying"] & (ordered["chance"] <= level)].head(top)
    return wanted[[*_SHOWN, "share_false"]].rename(columns=_SHOWN).reset_index()
