"""A headline claim, what was measured of it, and the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from crm_ml.analysis.claims.draws import Draws
from crm_ml.evaluation.bootstrap import interval
from crm_ml.evaluation.metrics import Floats

if TYPE_CHECKING:
    from crm_ml.analysis.claims.data import ClaimData

__all__ = ["VERDICTS", "Claim", "Evidence", "drawn", "group_difference", "lacking", "verdict"]

VERDICTS = ("holds", "does_not_hold", "undecided", "no_data")
_ROUNDING = 1e-9  # a sum of floats that should be .8 may be a hair below


@dataclass(frozen=True)
class Evidence:
    """What was measured: value, its 95 % interval, the number of cases, and what money means.

    Without data `missing` names the table or column (a key of the texts ``analysis_missing``).
    """

    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    basis: str = ""
    missing: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim with its border.

    Parameters
    ----------
    name : str
        Key of its texts in ``claims``; ``name_how`` says what is measured.
    threshold : float
        Value from which (or up to which) it holds.
    unit : {"share", "points", "number"}
        Of the measured value; points are percentage points.
    measure : callable
        Measures it.
    side : {"at_least", "at_most"}
        On which side of the threshold it holds.
    source : str
        Where the claim is made.
    """

    name: str
    threshold: float
    unit: Literal["share", "points", "number"]
    measure: Callable[[ClaimData], Evidence]
    source: str
    side: Literal["at_least", "at_most"] = "at_least"


def verdict(claim: Claim, found: Evidence) -> str:
    """Return holds or does_not_hold when the whole interval says so; undecided when it lies on both sides.

    Examples
    --------
    >>> claim = Claim("pareto_revenue", 0.80, "share", lambda data: Evidence(), "S2 s7")
    >>> [verdict(claim, Evidence(one, one - 0.03, one + 0.03, 100)) for one in (0.65, 0.79, 0.85)]
    ['does_not_hold', 'undecided', 'holds']
    >>> verdict(claim, Evidence(missing="costs"))
    'no_data'
    """
    if found.n == 0 or not np.isfinite(found.value):
        return "no_data"
    if not (np.isfinite(found.low) and np.isfinite(found.high)):
        return "undecided"
    low, high = found.low, found.high
    if claim.side == "at_most":
        low, high = -found.high, -found.low
    border = (claim.threshold if claim.side == "at_least" else -claim.threshold) - _ROUNDING
    return "holds" if low >= border else "does_not_hold" if high < border else "undecided"


def lacking(missing: str) -> Evidence:
    """Return the evidence of a claim whose data are missing."""
    return Evidence(missing=missing)


def drawn(metric: Callable[[Floats], Floats], n: int, draws: Draws, *, basis: str = "") -> Evidence:
    """Measure with an interval from drawing the cases with replacement.

    Parameters
    ----------
    metric : callable
        Takes weights of shape (draws, n), returns (draws,).
    n : int
        Cases (customers).
    draws : Draws
        What is drawn.
    basis : str
        What money means.

    Examples
    --------
    >>> stays = np.array([1.0, 0.0] * 200)
    >>> found = drawn(lambda w: 100 * (w @ stays) / w.sum(axis=1), 400, Draws(seed=0))
    >>> found.value, 44 < found.low < 50 < found.high < 56
    (50.0, True)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(metric(np.ones((1, n)))[0])
        low, high = interval(draws.figures(metric, n))
    # A ratio without anything below it, such as nobody who still buys, is no figure.
    return Evidence(value, low, high, n, basis) if np.isfinite(value) else lacking("usable")


def group_difference(weights: Floats, values: npt.ArrayLike, group: npt.ArrayLike) -> Floats:
    """Return the weighted mean of the values in a group − outside it, for every draw.

    Examples
    --------
    >>> group_difference(np.ones((1, 4)), [1, 1, 0, 1], [1, 1, 0, 0]).tolist()
    [0.5]
    """
    numbers, member = np.asarray(values, dtype="float64"), np.asarray(group, dtype="float64")
    inside, outside = ((weights @ (numbers * part)) / (weights @ part) for part in (member, 1 - member))
    return np.asarray(inside - outside)
