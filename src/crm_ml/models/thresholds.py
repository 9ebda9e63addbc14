"""Thresholds that a person would choose."""

from __future__ import annotations

import math

import numpy as np

from crm_ml.base.formats import format_number
from crm_ml.models.matrix import Floats

__all__ = ["gap", "roundest", "written"]


def roundest(low: float, high: float) -> float:
    """Return the roundest number t with low ≤ t < high.

    When no customer lies between, splitting at ``x <= t`` separates the same customers for every such t, so
    the shortest number costs nothing.

    Parameters
    ----------
    low, high : float
        Largest value on the left and smallest value on the right; low < high.

    Examples
    --------
    >>> roundest(87.0, 93.0), roundest(0.4871, 0.5204), roundest(3, 4)
    (90.0, 0.5, 3.0)
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return low
    middle = low + (high - low) / 2
    magnitude = math.floor(math.log10(max(abs(low), abs(high), high - low))) + 1
    for power in range(magnitude, magnitude - 18, -1):
        for multiple in (1.0, 0.5):
            step = multiple * 10.0**power
            # The repr of a float is its shortest form: it takes away the 3.0000000000000004 of the product.
            found = float(f"{math.floor(middle / step + 0.5) * step:.15g}")
            for near in (found, float(f"{found - step:.15g}"), float(f"{found + step:.15g}")):
                if low <= near < high:
                    return near
    return low


def gap(values: Floats, threshold: float, *, slack: float = 0.01) -> tuple[float, float]:
    """Return the range in which a threshold may move while few rows change sides.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN is ignored.
    threshold : float
        ``x <= threshold`` goes left.
    slack : float
        Largest share of the rows that changes sides; 0 gives the neighbours of the threshold.

    Examples
    --------
    >>> import numpy as np
    >>> gap(np.array([1.0, 2.0, 7.0, 9.0]), 4.5, slack=0)
    (2.0, 7.0)
    """
    ordered = np.sort(values[~np.isnan(values)])
    left = int(np.searchsorted(ordered, threshold, side="right"))
    if not 0 < left < len(ordered):
        return threshold, threshold
    few = int(slack * len(ordered))
    return float(ordered[max(left - 1 - few, 0)]), float(ordered[min(left + few, len(ordered) - 1)])


def written(number: float, language: str = "en") -> str:
    """Return a number as people write it: no decimals that say nothing, at most six digits.

    Examples
    --------
    >>> written(90.0), written(0.25), written(12500.0), written(12500.5, "nl")
    ('90', '0.25', '12,500', '12.500,5')
    """
    shortest = f"{number:.6g}" if abs(number) < 1e6 else f"{number:.0f}"
    decimals = len(f"{float(shortest):f}".rstrip("0").partition(".")[2])
    return format_number(number, language, decimals=decimals)
