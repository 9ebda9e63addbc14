"""Customers drawn with replacement for the intervals of the claims."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from crm_ml.evaluation.bootstrap import CustomerBootstrap
from crm_ml.evaluation.metrics import Floats

__all__ = ["Draws"]

_CELLS = 20_000_000  # draws × customers: large bases need fewer draws, their intervals are narrow
_MOST_DRAWS, _LEAST_DRAWS = 400, 40


class Draws:
    """Bootstrap weights of cases, made once for all claims on as many cases.

    Parameters
    ----------
    seed : int
        Same seed, same draws.

    Examples
    --------
    >>> draws = Draws(seed=0)
    >>> draws.figures(lambda weights: weights.sum(axis=1), 10)[:3].tolist()
    [10.0, 10.0, 10.0]
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        # How often somebody is drawn is a small number: a byte holds it, whatever the number of cases.
        self._made: dict[int, list[npt.NDArray[np.uint8]]] = {}

    def figures(self, metric: Callable[[Floats], Floats], n: int) -> Floats:
        """Return a metric for every draw of `n` cases.

        Parameters
        ----------
        metric : callable
            Takes weights of shape (draws, n), returns (draws,).
        n : int
            Cases (customers).
        """
        if n not in self._made:
            replicates = int(np.clip(_CELLS // max(n, 1), _LEAST_DRAWS, _MOST_DRAWS))
            bootstrap = CustomerBootstrap(np.arange(n), replicates, self._seed)
            self._made[n] = [weights.astype(np.uint8) for weights in bootstrap.weights()]
        return np.concatenate([metric(weights.astype(np.float64)) for weights in self._made[n]])
