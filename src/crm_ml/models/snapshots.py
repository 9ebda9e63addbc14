"""Which rows of a panel are held out to judge a fit: the latest snapshot, else a seeded sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["CUTOFF", "held_out", "latest_snapshot"]

CUTOFF = "cutoff"


def latest_snapshot(X: Any) -> npt.NDArray[np.bool_] | None:
    """Return which rows belong to the last of several cutoffs, None when there are not several.

    Parameters
    ----------
    X : DataFrame or array
        A panel has an index with a level ``"cutoff"`` beside ``"customer_id"``.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["a", "b"], [10, 40]], names=["customer_id", "cutoff"])
    >>> latest_snapshot(pd.DataFrame({"orders": range(4)}, index=index)).tolist()
    [False, True, False, True]
    """
    index = getattr(X, "index", None)
    if not isinstance(index, pd.MultiIndex) or CUTOFF not in index.names:
        return None
    order, cutoffs = pd.factorize(index.get_level_values(CUTOFF), sort=True)
    if len(cutoffs) < 2:
        return None
    return np.asarray(order == len(cutoffs) - 1)


def held_out(
    X: Any,
    strata: npt.NDArray[Any],
    *,
    seed: int | np.random.RandomState | None,
    share: float = 0.25,
    least: int = 200,
) -> npt.NDArray[np.bool_] | None:
    """Return which rows to hold out, None when there are too few to spare any.

    Later data come first: with several cutoffs the last one is held out, so that what is chosen on it
    holds for the future. With one snapshot a seeded share of every stratum is drawn.

    Parameters
    ----------
    X : DataFrame or array of n rows
    strata : ndarray of shape (n,)
        Class codes; each must stand on both sides with at least 10 rows.
    seed : int or RandomState
    share : float
        Part drawn when there is one snapshot.
    least : int
        Fewest rows of which any is held out.
    """
    counts = np.bincount(strata)
    if len(strata) < least:
        return None
    mask = latest_snapshot(X)
    if mask is None:
        rng = np.random.default_rng(_entropy(seed))
        mask = np.zeros(len(strata), dtype=bool)
        for stratum in range(len(counts)):
            rows = np.flatnonzero(strata == stratum)
            mask[rng.permutation(rows)[: round(share * len(rows))]] = True
    held = np.bincount(strata[mask], minlength=len(counts))
    present = counts > 0
    if (held[present] < 10).any() or (counts - held)[present].min() < 10:
        return None
    return mask


def _entropy(seed: int | np.random.RandomState | None) -> int | None:
    return int(seed.randint(2**31)) if isinstance(seed, np.random.RandomState) else seed
