"""How the whole base moved just before the cutoff, or in the same season a year ago.

Nothing here sees the scored horizon: the index is Σ actual ÷ Σ own normal of the last closed period before
the cutoff, or, with two years of data, of the same season a year earlier (own proposal).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crm_ml.data.normal import NormalSettings, customer_days, own_normal
from crm_ml.data.windows import DateLike, Window, as_day, within

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["MarketIndex", "market_index", "measure_market"]

_YEAR = 365
_LEAST_DAYS = 28


@dataclass(frozen=True)
class MarketIndex:
    """The market index and what it rests on.

    Parameters
    ----------
    value : float
        Multiplies every own normal; 1 when nothing could be measured.
    raw : float
        Σ actual ÷ Σ normal before it was drawn towards 1; NaN when nothing could be measured.
    error : float
        Standard error of `raw`.
    customers : int
        Established customers behind it.
    period : tuple of date, optional
        First day and the day after the last one of the measured period.
    reason : str
        How it was measured, or why not.
    """

    value: float
    raw: float = float("nan")
    error: float = float("nan")
    customers: int = 0
    period: tuple[dt.date, dt.date] | None = None
    reason: str = ""


def market_index(
    tx: Transactions, cutoff: DateLike, horizon_days: int, settings: NormalSettings | None = None
) -> float:
    """Return the factor by which the market index corrects every own normal.

    See :func:`measure_market` for what it rests on.
    """
    return measure_market(tx, cutoff, horizon_days, settings).value


def measure_market(
    tx: Transactions, cutoff: DateLike, horizon_days: int, settings: NormalSettings | None = None
) -> MarketIndex:
    """Measure the market index on the last closed period before the cutoff.

    The period is as long as the horizon, and shorter (down to four weeks) where the history leaves no more;
    with two years before the cutoff it is the coming season of a year ago. Peers are the customers who were
    established when that period began. The ratio is drawn towards 1 by its own standard error, so that a
    handful of customers, or one giant, moves nobody's normal.

    Parameters
    ----------
    tx : Transactions
        The log.
    cutoff : date-like
        Only days before it are used.
    horizon_days : int
        Length of the horizon to be scored.
    settings : NormalSettings, optional
        Defaults when not given.

    Returns
    -------
    MarketIndex
    """
    chosen = settings or NormalSettings()
    if not chosen.use_market_index:
        return MarketIndex(1.0, reason="switched off")
    period, reason = _reference(tx, cutoff, horizon_days, chosen)
    if period is None:
        return MarketIndex(1.0, reason=reason)
    actual, normal = _peers(tx, period, chosen)
    span = (period.cutoff, period.end)
    if len(actual) < 2 or normal.sum() <= 0:
        return MarketIndex(1.0, customers=len(actual), period=span, reason="too few established customers")
    raw = float(actual.sum() / normal.sum())
    error = _jackknife(actual, normal)
    trust = chosen.index_prior**2 / (chosen.index_prior**2 + error**2)
    low, high = chosen.index_limits
    value = min(max(1.0 + trust * (raw - 1.0), low), high)
    return MarketIndex(value, raw, error, len(actual), span, reason)


def _reference(
    tx: Transactions, cutoff: DateLike, horizon_days: int, settings: NormalSettings
) -> tuple[Window | None, str]:
    day, first = as_day(cutoff), as_day(tx.first_day)
    years = -(-horizon_days // _YEAR)
    last_year = day - years * _YEAR
    if last_year - first >= max(_YEAR, settings.needed_days(horizon_days)):
        return Window(last_year, horizon_days), "same season a year earlier"
    room = day - first - settings.needed_days(horizon_days)
    length = min(horizon_days, room)
    if length < min(horizon_days, _LEAST_DAYS):
        return None, "the history before the cutoff is too short to measure it"
    shorter = "" if length == horizon_days else f", {length} days for want of history"
    return Window(day - length, length), f"the period just before the cutoff{shorter}"


def _peers(
    tx: Transactions, period: Window, settings: NormalSettings
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    import narwhals as nw

    peers = own_normal(tx, period.cutoff, period.horizon_days, settings).filter(nw.col("established"))
    spent = within(customer_days(tx), period).group_by("customer_id").agg(actual=nw.col("value").sum())
    both = peers.join(spent, on="customer_id", how="left")
    actual = nw.col("actual").fill_null(0).cast(nw.Float64)
    # Floats are summed in the order of the ids: the same index on every engine and every run.
    ordered = both.select("customer_id", "normal", actual.alias("actual")).sort("customer_id")
    # Only the numbers stay here: ids would take more room than both together.
    parts = [_numbers(batch) for batch in tx.engine.to_batches(ordered)]
    found = np.concatenate([np.empty((2, 0)), *parts], axis=1)
    return found[0], found[1]


def _numbers(batch: pa.RecordBatch) -> npt.NDArray[np.float64]:
    columns = (batch.column(name).to_numpy(zero_copy_only=False) for name in ("actual", "normal"))
    return np.stack(list(columns))


def _jackknife(actual: npt.NDArray[np.float64], normal: npt.NDArray[np.float64]) -> float:
    """Return the standard error of Σ actual ÷ Σ normal, leaving out each customer in turn (Tukey 1958).

    Unlike the usual linearised error it sees that one giant is the whole ratio.
    """
    rest = normal.sum() - normal
    if (rest <= 0).any():
        return float("inf")
    without = (actual.sum() - actual) / rest
    n = len(actual)
    return float(((n - 1) / n * ((without - without.mean()) ** 2).sum()) ** 0.5)
