"""How the whole base moved just before the cutoff, or in the same season a year ago; and each sector of it.

Nothing here sees the scored horizon: the index is Σ actual ÷ Σ own normal of the last closed period before
the cutoff, or, with two years of data, of the same season a year earlier (own proposal). Where the log says
to which sector a customer belongs, a sector with enough customers has an index of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.data.normal import NormalSettings, customer_days, own_normal
from crm_ml.data.windows import DateLike, Window, as_day, before, within

if TYPE_CHECKING:
    import narwhals as nw
    import numpy.typing as npt
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

    Floats = npt.NDArray[np.float64]

__all__ = ["MarketIndex", "measure_market", "with_market"]

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
    sectors : mapping of str to float
        Index of every sector with enough customers; the others follow `value`.
    """

    value: float
    raw: float = float("nan")
    error: float = float("nan")
    customers: int = 0
    period: tuple[dt.date, dt.date] | None = None
    reason: str = ""
    sectors: Mapping[str, float] = field(default_factory=dict)


def with_market(
    customers: nw.LazyFrame[Any], tx: Transactions, cutoff: DateLike, index: MarketIndex
) -> nw.LazyFrame[Any]:
    """Return rows of customers with the column ``market``: the index that corrects each one's own normal.

    Parameters
    ----------
    customers : narwhals LazyFrame
        Column ``customer_id``, on the engine of the log.
    tx : Transactions
        The log.
    cutoff : date-like
        A customer belongs to the sector that was last told before it.
    index : MarketIndex
        From :func:`measure_market`.
    """
    import narwhals as nw

    market = nw.lit(index.value)
    if not index.sectors:
        return customers.with_columns(market=market)
    for sector, value in index.sectors.items():
        market = nw.when(nw.col("sector") == sector).then(nw.lit(value)).otherwise(market)
    joined = customers.join(_sectors(tx, cutoff), on="customer_id", how="left")
    return joined.with_columns(market=market).drop("sector")


def measure_market(
    tx: Transactions, cutoff: DateLike, horizon_days: int, settings: NormalSettings | None = None
) -> MarketIndex:
    """Measure the market index on the last closed period before the cutoff.

    The period is as long as the horizon, and shorter (down to four weeks) where the history leaves no more;
    with two years before the cutoff it is the coming season of a year ago. Peers are the customers who were
    established when that period began. The ratio is drawn towards 1 by its own standard error, so that a
    handful of customers, or one giant, moves nobody's normal. A sector with ``sector_peers`` of them or more
    is measured alike and drawn towards the index of the base.

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
    actual, normal, sector = _peers(tx, period, cutoff, chosen)
    span = (period.cutoff, period.end)
    if len(actual) < 2 or normal.sum() <= 0:
        return MarketIndex(1.0, customers=len(actual), period=span, reason="too few established customers")
    value, raw, error = _index(actual, normal, 1.0, chosen)
    sectors = _by_sector(actual, normal, sector, value, chosen)
    return MarketIndex(value, raw, error, len(actual), span, reason, sectors)


def _index(
    actual: Floats, normal: Floats, usual: float, settings: NormalSettings
) -> tuple[float, float, float]:
    """Return Σ actual ÷ Σ normal drawn towards what is usual, the plain ratio and its error."""
    raw = float(actual.sum() / normal.sum())
    error = _jackknife(actual, normal)
    trust = settings.index_prior**2 / (settings.index_prior**2 + error**2)
    low, high = settings.index_limits
    return min(max(usual + trust * (raw - usual), low), high), raw, error


def _by_sector(
    actual: Floats, normal: Floats, sector: npt.NDArray[Any], base: float, settings: NormalSettings
) -> dict[str, float]:
    """Return the index of every sector with enough peers, drawn towards that of the base."""
    found = {}
    for name in sorted({str(one) for one in sector if one is not None}):
        own = sector == name
        if own.sum() >= settings.sector_peers and normal[own].sum() > 0:
            found[name] = _index(actual[own], normal[own], base, settings)[0]
    return found


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
    tx: Transactions, period: Window, cutoff: DateLike, settings: NormalSettings
) -> tuple[Floats, Floats, npt.NDArray[Any]]:
    """Return what the peers spent in the period, their normal and sectors (none without the column)."""
    import narwhals as nw

    peers = own_normal(tx, period.cutoff, period.horizon_days, settings).filter(nw.col("established"))
    spent = within(customer_days(tx), period).group_by("customer_id").agg(actual=nw.col("value").sum())
    both = peers.join(spent, on="customer_id", how="left")
    both = both.with_columns(nw.col("actual").fill_null(0).cast(nw.Float64))
    both = both.join(_sectors(tx, cutoff), on="customer_id", how="left") if tx.has("sector") else both
    names = ("actual", "normal", *(("sector",) if tx.has("sector") else ()))
    # Floats are summed in the order of the ids: the same index on every engine and every run.
    ordered = both.select("customer_id", *names).sort("customer_id")
    # Only what is summed by stays here: ids would take more room than all of it.
    parts = [_columns(batch, names) for batch in tx.engine.to_batches(ordered)]
    none = np.empty(0)
    found = {name: np.concatenate([none, *(part[name] for part in parts)]) for name in names}
    return found["actual"], found["normal"], found.get("sector", none)


def _columns(batch: pa.RecordBatch, names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    return {name: batch.column(name).to_numpy(zero_copy_only=False) for name in names}


def _sectors(tx: Transactions, cutoff: DateLike) -> nw.LazyFrame[Any]:
    """Return customer and sector as last told before the cutoff; of several on that day the last by name."""
    import narwhals as nw

    told = before(tx.log, cutoff).filter(~nw.col("sector").is_null()).select("customer_id", "day", "sector")
    last = told.group_by("customer_id").agg(day=nw.col("day").max())
    latest = told.join(last, on=["customer_id", "day"], how="inner")
    return latest.group_by("customer_id").agg(nw.col("sector").max())


def _jackknife(actual: Floats, normal: Floats) -> float:
    """Return the standard error of Σ actual ÷ Σ normal, leaving out each customer in turn (Tukey 1958).

    Unlike the usual linearised error it sees that one giant is the whole ratio.
    """
    rest = normal.sum() - normal
    if (rest <= 0).any():
        return float("inf")
    without = (actual.sum() - actual) / rest
    n = len(actual)
    return float(((n - 1) / n * ((without - without.mean()) ** 2).sum()) ** 0.5)
