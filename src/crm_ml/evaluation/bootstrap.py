"""Intervals by drawing customers with replacement, the same draws for every model.

A customer brings all own rows of every window along, because two rows of one person are not two
witnesses (cluster bootstrap; Field & Welsh 2007, JRSS B 69: 369). As each model is judged on the same
draws, the difference of two models has an interval of its own that is far narrower than their overlap
suggests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.validation import check_positive
from crm_ml.evaluation.metrics import Floats

__all__ = ["CustomerBootstrap", "interval", "share_above"]

_KEPT = 4_000_000  # weights kept for the next metric: 32 MB
_AT_ONCE = 130_000  # weights worked on at once: a processor's cache holds them, which halves the time


class CustomerBootstrap:
    """Bootstrap weights of rows that are drawn a customer at a time.

    Parameters
    ----------
    customers : array-like of shape (n,)
        Customer of every row.
    replicates : int
        Number of draws.
    seed : int
        Same seed, same draws.

    Examples
    --------
    >>> from crm_ml.evaluation.metrics import auc
    >>> y, score = np.array([0, 0, 1, 1] * 50), np.array([1, 2, 2, 3] * 50)
    >>> draws = CustomerBootstrap(np.arange(200), replicates=100)
    >>> low, high = interval(draws.figures(lambda w: auc(y, score, w)))
    >>> bool(low < 0.875 < high)
    True
    """

    def __init__(self, customers: npt.ArrayLike, replicates: int = 400, seed: int = 0) -> None:
        self.codes, names = pd.factorize(np.asarray(customers))
        self.customers = len(names)
        self.replicates = int(check_positive(replicates, what="replicates"))
        self.seed = seed
        self._one_row_each = len(self.codes) == self.customers
        self._block = max(1, min(self.replicates, _AT_ONCE // max(len(self.codes), 1)))
        self._drawn: list[Floats] = []

    def weights(self) -> Iterator[Floats]:
        """Yield the weights of all draws in blocks of shape (draws, rows)."""
        if self.replicates * len(self.codes) > _KEPT:
            yield from self._blocks()
            return
        # Drawn once for all metrics and models.
        self._drawn = self._drawn or list(self._blocks())
        yield from self._drawn

    def _blocks(self) -> Iterator[Floats]:
        random, block = np.random.default_rng(self.seed), self._block
        for start in range(0, self.replicates, block):
            size = min(block, self.replicates - start)
            counts = np.stack([self._draw(random) for _ in range(size)])
            yield counts if self._one_row_each else counts[:, self.codes]

    def _draw(self, random: np.random.Generator) -> Floats:
        picks = random.integers(0, self.customers, size=self.customers)
        return np.bincount(picks, minlength=self.customers).astype(float)

    def figures(self, metric: Callable[[Floats], npt.ArrayLike]) -> Floats:
        """Return a metric for every draw.

        Parameters
        ----------
        metric : callable
            Takes weights of shape (draws, rows) and returns (..., draws).

        Returns
        -------
        ndarray of shape (..., replicates)
        """
        found = [np.atleast_1d(np.asarray(metric(block))) for block in self.weights()]
        return np.concatenate(found, axis=-1)


def interval(figures: npt.ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of bootstrap figures; NaN draws (a class was absent) are left out.

    Examples
    --------
    >>> interval(np.arange(101.0), level=0.5)
    (25.0, 75.0)
    """
    values = np.asarray(figures, dtype=float)
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def share_above(figures: npt.ArrayLike) -> float:
    """Return the share of draws above 0; as in `interval`, NaN draws are left out.

    Examples
    --------
    >>> share_above([0.2, 0.1, float("nan"), -0.1, 0.3])
    0.75
    """
    values = np.asarray(figures, dtype=float)
    values = values[np.isfinite(values)]
    return float(np.mean(values > 0)) if len(values) else 0.0
