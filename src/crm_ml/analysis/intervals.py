"""Intervals of 95 % for the small samples of surveys and complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from crm_ml.evaluation.calibration import wilson
from crm_ml.evaluation.metrics import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEW", "mean_limits", "share_limits"]

FEW = 30  # below this an interval is wide and rests on its assumptions


def mean_limits(values: pd.Series[float]) -> tuple[float, float]:
    """Return the interval of a mean (Student's t); missing for fewer than two values.

    Examples
    --------
    >>> import pandas as pd
    >>> low, high = mean_limits(pd.Series([1.0, 2.0, 3.0]))
    >>> round(low, 2), round(high, 2)
    (-0.48, 4.48)
    """
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return float("nan"), float("nan")
    half = float(t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n))
    middle = float(values.mean())
    return middle - half, middle + half


def share_limits(hits: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the intervals of shares (Wilson); missing without cases.

    Examples
    --------
    >>> low, high = share_limits([8, 0], [10, 0])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.49, nan], [0.943, nan])
    """
    size = np.asarray(n, dtype="float64")
    known = np.where(size > 0, size, np.nan)
    low, high = wilson(np.asarray(hits) / known, known)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)
