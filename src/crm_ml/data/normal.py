"""What a customer usually spends in a horizon.

Own proposal where the literature is silent (partial defection needs an *own* level to fall from; Buckinx &
Van den Poel 2005, European Journal of Operational Research 164: 252). Nothing here sees the scored horizon.

- *Baseline*: the year before the cutoff, or all history when that is shorter.
- *Own normal*: what the customer bought in the baseline after the own first purchase, per day since then,
  times the horizon. The first purchase is what made somebody a customer: counting it in the rate of a
  customer younger than the baseline makes every newcomer seem to dry up.
- *Market index* (:mod:`crm_ml.data.market`): how the whole base moved, by which the normal is corrected.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_positive
from crm_ml.data.windows import DateLike, as_date, as_day, before, between

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.transactions import Transactions

__all__ = ["NormalSettings", "baseline", "customer_days", "own_normal"]


@dataclass(frozen=True)
class NormalSettings:
    """How the own normal and the market index are measured.

    Parameters
    ----------
    min_purchase_days : int
        Purchase days in the baseline that make an established customer.
    baseline_days : int
        Length of the baseline; all history when that is shorter.
    min_baseline_days : int
        Below this history nobody is established. Two horizons are enough where that is less.
    skip_first_purchase : bool
        Leave the first purchase out of the rate of customers younger than the baseline.
    use_market_index : bool
        Correct the normal by the market index.
    index_prior : float
        How far the index may plausibly lie from 1 (one standard deviation): it is drawn towards 1 when
        few or very unequal customers speak.
    index_limits : tuple of float
        Bounds of the index.
    sector_peers : int
        Established customers that give a sector an index of its own, where the log has a sector column; with
        fewer it follows the base.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    min_purchase_days: int = 3
    baseline_days: int = 365
    min_baseline_days: int = 180
    skip_first_purchase: bool = True
    use_market_index: bool = True
    index_prior: float = 0.3
    index_limits: tuple[float, float] = (0.2, 3.0)
    sector_peers: int = 50

    def __post_init__(self) -> None:
        for name in (
            "min_purchase_days",
            "baseline_days",
            "min_baseline_days",
            "index_prior",
            "sector_peers",
        ):
            check_positive(getattr(self, name), what=name)
        low, high = self.index_limits
        if not 0 < low <= 1 <= high:
            raise InputError("index_limits must hold 1 and start above 0", got=self.index_limits)

    def needed_days(self, horizon_days: int) -> int:
        """Return the days of history without which nobody has an established pattern."""
        return min(self.min_baseline_days, 2 * horizon_days)


def customer_days(tx: Transactions) -> nw.LazyFrame[Any]:
    """Return one row a customer and day: ``customer_id, day, value, purchase``.

    `value` is money in 1/10 000, returns included on their own day, or the number of purchase days where the
    log has no amounts; `purchase` is 1 on a day with a purchase, else 0.
    """
    import narwhals as nw

    bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0)).max()
    purchase = bought.cast(nw.Int64).alias("purchase")
    if not tx.has_money:
        days = tx.log.group_by("customer_id", "day").agg(purchase)
        return days.with_columns(nw.col("purchase").alias("value"))
    money = nw.col("amount").sum().cast(nw.Int64).alias("value")
    return tx.log.group_by("customer_id", "day").agg(money, purchase)


def baseline(tx: Transactions, cutoff: DateLike, settings: NormalSettings) -> tuple[dt.date, int]:
    """Return the first day and the length in days of the baseline before a cutoff."""
    length = min(settings.baseline_days, as_day(cutoff) - as_day(tx.first_day))
    if length <= 0:
        raise InputError("nothing precedes the cutoff", got=as_date(as_day(cutoff)), do="choose a later one")
    return as_date(as_day(cutoff) - length), length


def own_normal(
    tx: Transactions, cutoff: DateLike, horizon_days: int, settings: NormalSettings | None = None
) -> nw.LazyFrame[Any]:
    """Return what every customer of the baseline usually buys in a horizon, before the market index.

    Parameters
    ----------
    tx : Transactions
        The log.
    cutoff : date-like
        Only days before it are used.
    horizon_days : int
        Length of the horizon that the normal stands for.
    settings : NormalSettings, optional
        Defaults when not given.

    Returns
    -------
    narwhals LazyFrame
        One row a customer with a row in the baseline: ``customer_id``, ``established`` (Boolean), ``normal``
        (Float64, money in 1/10 000 or purchase days, never below 0), ``purchase_days`` and ``repeat_days``
        (Int64, days with a purchase in the baseline, the second without the first purchase),
        ``exposure_days`` (Int64, days over which the rate is taken).

    Notes
    -----
    The rate of a young customer is taken over at least one horizon (or half the baseline where that is
    less): three orders in the first week are no reason to expect thirty.
    """
    import narwhals as nw

    chosen = settings or NormalSettings()
    start, length = baseline(tx, cutoff, chosen)
    days = before(customer_days(tx), cutoff)
    firsts = days.filter(nw.col("purchase") == 1).group_by("customer_id").agg(first_day=nw.col("day").min())
    repeat = nw.col("day") != nw.col("first_day") if chosen.skip_first_purchase else nw.col("purchase") >= 0
    sums = (
        between(days, start, cutoff)
        .join(firsts, on="customer_id", how="inner")
        .group_by("customer_id")
        .agg(
            first_day=nw.col("first_day").min(),
            purchase_days=nw.col("purchase").sum().cast(nw.Int64),
            repeat_days=nw.when(repeat).then(nw.col("purchase")).otherwise(nw.lit(0)).sum().cast(nw.Int64),
            bought=nw.when(repeat).then(nw.col("value")).otherwise(nw.lit(0)).sum().cast(nw.Int64),
        )
    )
    age = nw.lit(length) if not chosen.skip_first_purchase else nw.lit(as_day(cutoff)) - nw.col("first_day")
    exposure = nw.max_horizontal(
        nw.min_horizontal(age, nw.lit(length)), nw.lit(min(horizon_days, length // 2))
    )
    enough = length >= chosen.needed_days(horizon_days)
    # A baseline that is too short asks for more purchase days than it has days.
    least = chosen.min_purchase_days if enough else length + 1
    rate = nw.col("bought").cast(nw.Float64) / nw.col("exposure_days").cast(nw.Float64)
    return sums.with_columns(exposure_days=exposure.cast(nw.Int64)).select(
        "customer_id",
        (nw.col("purchase_days") >= least).alias("established"),
        nw.max_horizontal(rate * float(horizon_days), nw.lit(0.0)).alias("normal"),
        "purchase_days",
        "repeat_days",
        "exposure_days",
    )
