"""What established customers did in the horizon against their own normal: stays, dries up, stops.

Drying up is partial defection: still buying, yet far below the own level (Buckinx & Van den Poel 2005,
European Journal of Operational Research 164: 252). Own proposal for the rest: the level is corrected by a
market index that knows nothing of the horizon, and a falling trend is a trigger of its own, because the
practice speaks of customers who buy "less and less".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.data.market import measure_market, with_market
from crm_ml.data.normal import customer_days, own_normal
from crm_ml.data.windows import Window, as_date, as_day, between
from crm_ml.labels.outcome import by_customer, outcome
from crm_ml.labels.settings import LabelSettings

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from crm_ml.data.transactions import Transactions

__all__ = ["STATES", "behaviour", "falling", "levels", "states"]

STATES = ("stays", "dries_up", "stops")


def behaviour(tx: Transactions, window: Window, settings: LabelSettings | None = None) -> pd.DataFrame:
    """Return every known customer's horizon beside the own normal, and what that is called.

    Parameters
    ----------
    tx : Transactions
        The log.
    window : Window
        Cutoff and horizon, fully observed.
    settings : LabelSettings, optional
        Thresholds; defaults when not given.

    Returns
    -------
    DataFrame
        Index ``customer_id``, sorted. ``established``; ``normal`` (with market index) and ``actual``, money
        in 1/10 000 or purchase days; ``purchase_days``, ``repeat_days``, ``exposure_days`` of the baseline;
        ``purchases`` in the horizon; ``level`` = 1 − delta of this customer; ``level_drop``,
        ``falling_trend``, ``significant_drop`` (boolean); ``state``: one of :data:`STATES`, missing for
        customers who are not established.

    Raises
    ------
    WindowError
        When the horizon is not fully observed.
    """
    chosen = settings or LabelSettings()
    table = outcome(tx, window).rename(columns={"value": "actual"})
    place = (tx, window.cutoff, window.horizon_days, chosen.normal)
    normal = with_market(own_normal(*place), tx, window.cutoff, measure_market(*place))
    table = table.join(by_customer(tx, normal))
    table["established"] = table["established"].fillna(False).astype(bool)
    counts = ["purchase_days", "repeat_days", "exposure_days"]
    table[counts] = table[counts].fillna(0).astype("int64")
    table["normal"] = (table["normal"] * table.pop("market")).fillna(0.0)
    table["level"] = levels(table, chosen)
    table["falling_trend"] = _trends(tx, window, chosen).reindex(table.index, fill_value=False)
    table["significant_drop"] = _significant(table, window.horizon_days, chosen.significance)
    table["level_drop"] = table["actual"] < table["level"] * table["normal"]
    return table.assign(state=states(table))


def states(table: pd.DataFrame) -> pd.Series:
    """Return stays, dries_up or stops for the established, missing for the others.

    Parameters
    ----------
    table : DataFrame
        Columns ``established, purchases, actual, normal, level_drop, falling_trend``.
    """
    import pandas as pd

    below = table["actual"] < table["normal"]
    dries = table["level_drop"] | (table["falling_trend"] & below)
    state = pd.Series("stays", index=table.index, dtype=object)
    state = state.mask(dries, "dries_up").mask(table["purchases"] == 0, "stops")
    return state.where(table["established"]).astype(pd.CategoricalDtype(list(STATES)))


def levels(table: pd.DataFrame, settings: LabelSettings) -> pd.Series:
    """Return the part of the normal below which a customer dries up; higher for key accounts.

    Parameters
    ----------
    table : DataFrame
        Columns ``established, normal``.
    settings : LabelSettings
        The two deltas, and how many customers are key accounts.
    """
    import math

    import pandas as pd

    level = pd.Series(1.0 - settings.delta, index=table.index)
    peers = table.loc[table["established"], "normal"]
    keys = math.ceil(settings.key_account_share * len(peers))
    # Sorting is stable on an index sorted by id: equal normals always give the same key accounts.
    level[peers.sort_values(ascending=False, kind="stable").index[:keys]] = 1.0 - settings.key_account_delta
    return level


def _trends(tx: Transactions, window: Window, settings: LabelSettings) -> pd.Series:
    import narwhals as nw
    import pandas as pd

    periods = settings.trend_periods
    length = 2 * window.horizon_days // periods if periods else 0
    start = window.cutoff_day - length * periods // 2
    if length == 0 or start < as_day(tx.first_day):
        return pd.Series(dtype=bool)
    days = between(customer_days(tx), as_date(start), window.end)
    # Days left over by the division belong to the last period.
    period = nw.min_horizontal((nw.col("day") - start) // length, nw.lit(periods - 1))
    firsts = between(customer_days(tx), tx.first_day, window.cutoff).filter(nw.col("purchase") == 1)
    first = firsts.group_by("customer_id").agg(first_day=nw.col("day").min())
    counted = days.join(first, on="customer_id", how="inner").filter(nw.col("day") != nw.col("first_day"))
    sums = counted.with_columns(period=period).group_by("customer_id").agg(*_sums(periods))
    table = by_customer(tx, sums)
    return pd.Series(falling(table.to_numpy(dtype=float), settings.delta), index=table.index)


def _sums(periods: int) -> list[nw.Expr]:
    import narwhals as nw

    return [
        nw.when(nw.col("period") == one)
        .then(nw.col("value"))
        .otherwise(nw.lit(0))
        .sum()
        .cast(nw.Int64)
        .alias(f"p{one}")
        for one in range(periods)
    ]


def falling(periods: npt.NDArray[Any], delta: float) -> npt.NDArray[np.bool_]:
    """Return where money falls strictly from period to period and ends below (1 − delta) of the start.

    Parameters
    ----------
    periods : ndarray of shape (..., n_periods)
        Money of successive periods of the same length.
    delta : float
        Smallest fall from the first to the last period.

    Examples
    --------
    >>> import numpy as np
    >>> falling(np.array([[90, 60, 40, 20], [90, 89, 88, 87]]), 0.5)
    array([ True, False])
    """
    steps = (periods[..., 1:] < periods[..., :-1]).all(axis=-1)
    result: npt.NDArray[np.bool_] = steps & (periods[..., -1] <= (1.0 - delta) * periods[..., 0])
    return result


def _significant(table: pd.DataFrame, horizon_days: int, significance: float) -> npt.NDArray[np.bool_]:
    from scipy.stats import binom

    # Given the total of both periods, a customer who did not change spreads it by their lengths.
    peers = table[table["established"]]
    share = horizon_days / (horizon_days + peers["exposure_days"])
    chance = binom.cdf(peers["purchases"], peers["repeat_days"] + peers["purchases"], share)
    result: npt.NDArray[np.bool_] = table["established"].to_numpy(copy=True)
    result[result] = chance < significance
    return result
