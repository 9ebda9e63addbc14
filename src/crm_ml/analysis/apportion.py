"""Divide a whole number in proportion to weights, so that the parts add up to it exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crm_ml.base.exceptions import InputError

__all__ = ["apportion"]


def apportion(
    total: int,
    weights: ArrayLike,
    *,
    floors: ArrayLike | None = None,
    caps: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Return whole parts of `total`, proportional to `weights` between floors and caps (largest remainder).

    Parts that a bound stops are held there and the others stay proportional to each other. Equal remainders
    go to the earliest part. Weights that are all 0 count as equal.

    Parameters
    ----------
    total : int
        What is divided, in the smallest unit (1/10 000 of a currency unit, quarters of an hour …).
    weights : array-like of shape (n,)
        Not negative.
    floors, caps : array-like of shape (n,), optional
        Least and most whole units of each part.

    Returns
    -------
    ndarray of int64, shape (n,)
        Sums to `total`.

    Raises
    ------
    InputError
        When a weight is negative or not finite, or the bounds leave no room for `total`.

    Examples
    --------
    >>> apportion(10, [1, 1, 1]).tolist()
    [4, 3, 3]
    >>> apportion(100, [8, 1, 1], floors=[0, 20, 0], caps=[60, 100, 100]).tolist()
    [60, 20, 20]
    """
    weight = np.asarray(weights, dtype="float64")
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise InputError(
            "weights must be finite and not negative", got=f"{int((~(weight >= 0)).sum())} others"
        )
    largest = weight.max(initial=0.0)
    weight = weight / largest if largest > 0 else np.ones_like(weight)
    floor = np.zeros(len(weight)) if floors is None else np.ceil(np.asarray(floors, dtype="float64"))
    cap = np.full(len(weight), float(total)) if caps is None else np.floor(np.asarray(caps, dtype="float64"))
    cap = np.minimum(cap, float(total))
    _check_room(total, floor, cap)
    quota = _bounded_quota(float(total), weight, floor, cap)
    return _whole_parts(total, quota, floor.astype("int64"), cap.astype("int64"))


def _check_room(total: int, floor: NDArray[np.float64], cap: NDArray[np.float64]) -> None:
    if (floor > cap).any() or floor.sum() > total or cap.sum() < total:
        raise InputError(
            "the floors and caps leave no room",
            got=f"total {total}, floors {floor.sum():g}, caps {cap.sum():g}",
            do="lower the floors or raise the caps",
        )


def _bounded_quota(
    total: float, weight: NDArray[np.float64], floor: NDArray[np.float64], cap: NDArray[np.float64]
) -> NDArray[np.float64]:
    quota, free = np.zeros_like(weight), np.ones(len(weight), dtype=bool)
    while free.any():
        left = max(0.0, total - float(quota[~free].sum()))
        share = weight[free] if weight[free].any() else np.ones(int(free.sum()))
        quota[free] = left * (share / share.sum())
        above, below = free & (quota > cap), free & (quota < floor)
        if not (above.any() or below.any()):
            break
        # The side that is wrong by more is wrong for good: hold it at its bound and divide the rest again.
        over, under = float((quota - cap)[above].sum()), float((floor - quota)[below].sum())
        held, bound = (above, cap) if over >= under else (below, floor)
        quota[held] = bound[held]
        free &= ~held
    return quota


def _whole_parts(
    total: int, quota: NDArray[np.float64], floor: NDArray[np.int64], cap: NDArray[np.int64]
) -> NDArray[np.int64]:
    parts: NDArray[np.int64] = np.clip(np.floor(quota).astype("int64"), floor, cap)
    order = np.argsort(-(quota - np.floor(quota)), kind="stable")
    while (rest := total - int(parts.sum())) > 0:
        movable = order[parts[order] < cap[order]]
        step = max(1, rest // len(movable))
        room = (cap - parts)[movable]
        parts[movable[:rest]] += np.minimum(step, room)[:rest]
    while (rest := int(parts.sum()) - total) > 0:  # only when floats rounded a quota up past the whole number
        movable = order[::-1][parts[order[::-1]] > floor[order[::-1]]]
        parts[movable[:rest]] -= 1
    return parts
