"""When money may be modelled on the log scale, although a few customers got more back than they spent."""

from __future__ import annotations

import numpy as np

from crm_ml.models.matrix import Floats

__all__ = ["amounts_for_log_link"]

_MOST_NEGATIVE = 0.1  # beyond this share of the money, returns are not a detail


def amounts_for_log_link(y: Floats, weight: Floats) -> Floats | None:
    """Return amounts that are never negative and add up to the same total; None where that would distort.

    Spending is multiplicative: twice the orders at twice the price. A model on the log scale follows that and
    cannot hold a negative amount. Where returns exceed purchases for a few customers (2 % of the customers
    and 0.5 % of the money on Online Retail) those count as 0 and the others a little less.

    Parameters
    ----------
    y, weight : ndarray of shape (n,)

    Examples
    --------
    >>> amounts_for_log_link(np.array([50.0, 52.0, -2.0]), np.ones(3)).round(2)
    array([49.02, 50.98,  0.  ])
    >>> amounts_for_log_link(np.array([5.0, -4.0]), np.ones(2)) is None
    True
    """
    kept = np.maximum(y, 0.0)
    total, spent = float(weight @ y), float(weight @ kept)
    if spent <= 0 or spent - total > _MOST_NEGATIVE * spent:
        return None
    return np.asarray(kept * (total / spent))
