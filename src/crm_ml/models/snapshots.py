"""Which rows of a panel judge a fit: other customers at the latest snapshot, else a seeded sample."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["CUTOFF", "Split", "held_out", "latest_snapshot"]

CUTOFF = "cutoff"
_LEAST_CASES = 10
_JUDGING_CUSTOMERS = 0.3  # of a panel, where each is judged at one snapshot of several


class Split(NamedTuple):
    """Two sets of rows without a common customer.

    Parameters
    ----------
    growing, judging : ndarray of bool, shape (n,)
        Rows to fit on, and rows to judge the fit by. Rows in neither belong to judged customers at earlier
        snapshots, or to the others at the latest.
    """

    growing: npt.NDArray[np.bool_]
    judging: npt.NDArray[np.bool_]


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
    apart: bool = True,
) -> Split | None:
    """Return which rows to fit on and which to judge by, None when there are too few to spare any.

    Later data come first: with several cutoffs the last one judges, so that what is chosen on it holds for
    the future. Label periods of neighbouring snapshots overlap, and who has stopped for good has stopped in
    all of them: a model that remembers customers would be praised for it. So the judged customers are no
    others than those left out of the fit, unless that leaves too few. With one snapshot a seeded share of
    every stratum judges.

    Parameters
    ----------
    X : DataFrame or array of n rows
    strata : ndarray of shape (n,)
        Class codes; each must stand on both sides with at least 10 rows.
    seed : int or RandomState
    share : float
        Part of the rows that judges when there is one snapshot; of a panel 30 % of the customers do.
    least : int
        Fewest rows of which any is held out.
    apart : bool
        Whether judged customers are left out of the fit, for techniques that could remember them.
    """
    if len(strata) < least:
        return None
    rng = np.random.default_rng(_entropy(seed))
    latest = latest_snapshot(X)
    if latest is None:
        judging = _drawn(strata, share, rng)
        return _if_enough(Split(~judging, judging), strata)
    in_time = Split(~latest, latest)
    if not apart:
        return _if_enough(in_time, strata)
    owner, customers = pd.factorize(X.index.get_level_values("customer_id"), sort=True)
    judged = rng.random(len(customers))[owner] < _JUDGING_CUSTOMERS
    others = _if_enough(Split(~latest & ~judged, latest & judged), strata)
    return others or _if_enough(in_time, strata)


def _drawn(strata: npt.NDArray[Any], share: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    mask = np.zeros(len(strata), dtype=bool)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        mask[rng.permutation(rows)[: round(share * len(rows))]] = True
    return mask


def _if_enough(split: Split, strata: npt.NDArray[Any]) -> Split | None:
    present = np.bincount(strata) > 0
    for side in split:
        if (np.bincount(strata[side], minlength=len(present))[present] < _LEAST_CASES).any():
            return None
    return split


def _entropy(seed: int | np.random.RandomState | None) -> int | None:
    return int(seed.randint(2**31)) if isinstance(seed, np.random.RandomState) else seed
