"""When the next purchase of each customer will come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array, read_rows

__all__ = ["next_purchase", "next_purchase_curve"]

STEPS = 128


def next_purchase_curve(
    model: PurchaseModel, summary: pd.DataFrame, times: Sequence[float] | Array
) -> pd.DataFrame:
    """Return the probability that the next purchase comes within each time.

    Parameters
    ----------
    model : fitted PurchaseModel
    summary : DataFrame
        Columns `frequency, t_x, T`.
    times : sequence of float
        Times from now, in the model's time unit.

    Returns
    -------
    DataFrame
        One row a customer, one column a time.

    Examples
    --------
    >>> from crm_ml.models.clv.nbd import NBD
    >>> summary = pd.DataFrame({"frequency": [0, 1, 4], "t_x": [0, 30, 80], "T": [90] * 3})
    >>> next_purchase_curve(NBD().fit(summary), summary, [0, 90]).round(1).to_numpy().tolist()
    [[0.0, 0.5], [0.0, 0.7], [0.0, 0.9]]
    """
    rows, inverse = read_rows(summary).grouped()
    columns = {float(time): 1.0 - model.chances_of(rows, float(time))[1, inverse] for time in times}
    return pd.DataFrame(columns, index=summary.index)


def next_purchase(
    model: PurchaseModel, summary: pd.DataFrame, horizon: float, *, share: float = 0.5
) -> pd.DataFrame:
    """Return whether and when the next purchase will come.

    Limits come from :func:`crm_ml.models.clv.intervals.interval`, as in
    ``interval(model, lambda m: next_purchase(m, summary, 90)["expected_time"])``.

    Parameters
    ----------
    model : fitted PurchaseModel
    summary : DataFrame
        Columns `frequency, t_x, T`.
    horizon : float
        How far to look ahead, in the model's time unit.
    share : float
        Probability that `time_quantile` reaches; 0.5 gives the median.

    Returns
    -------
    DataFrame
        `probability` of a purchase within the horizon; `expected_time` until it, given that there is one;
        `time_quantile`, by which it has come with probability `share`: missing when the horizon is too short.
    """
    check_positive(horizon, what="horizon")
    check_fraction(share, what="share")
    # Cubes put the nodes where the curve is steepest, just after now.
    times = horizon * np.linspace(0.0, 1.0, STEPS + 1) ** 3
    came = next_purchase_curve(model, summary, times).to_numpy()
    last = came[:, -1]
    waiting = np.sum((last[:, None] - (came[:, 1:] + came[:, :-1]) / 2.0) * np.diff(times), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(last > 0, waiting / last, np.nan)
    quantile = [
        np.interp(share, one, times) if one[-1] >= share else np.nan
        for one in np.maximum.accumulate(came, axis=1)
    ]
    return pd.DataFrame(
        {"probability": last, "expected_time": expected, "time_quantile": quantile}, index=summary.index
    )
