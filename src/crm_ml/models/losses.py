"""What a group of customers tells: its estimate and how well that estimate does, from additive sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from crm_ml.models.matrix import Floats

__all__ = ["ClassLoss", "Loss", "PoissonLoss", "SquaredLoss"]


class Loss(Protocol):
    """Estimates and losses of groups; a group is a row of sums, and sums of disjoint groups add."""

    def columns(self, y: Any, weight: Floats) -> Floats:
        """Return what to sum over customers, shape (n, K)."""

    def size(self, sums: Floats) -> Floats:
        """Return the customers (weight) of groups, shape (…)."""

    def estimate(self, sums: Floats) -> Floats:
        """Return the estimate of each group, shape (…, K′)."""

    def loss(self, estimate: Floats, sums: Floats) -> Floats:
        """Return the total loss of groups when the estimate is used for them, shape (…)."""


@dataclass(frozen=True)
class ClassLoss:
    """Class shares, drawn to the shares of all by `strength` customers, and their log loss.

    Parameters
    ----------
    prior : ndarray of shape (K,)
        Shares of all.
    strength : float
        Weight of the prior in customers.
    """

    prior: Floats
    strength: float = 2.0

    def columns(self, y: Any, weight: Floats) -> Floats:
        """Return the weight in the column of the class."""
        columns = np.zeros((len(y), len(self.prior)))
        columns[np.arange(len(y)), y] = weight
        return columns

    def size(self, sums: Floats) -> Floats:
        """Return the sum over classes."""
        return np.asarray(sums.sum(axis=-1))

    def estimate(self, sums: Floats) -> Floats:
        """Return smoothed shares."""
        total = sums.sum(axis=-1, keepdims=True) + self.strength
        return np.asarray((sums + self.strength * self.prior) / total)

    def loss(self, estimate: Floats, sums: Floats) -> Floats:
        """Return −Σ n_k ln p_k."""
        return np.asarray(-(sums * np.log(np.maximum(estimate, 1e-12))).sum(axis=-1))


@dataclass(frozen=True)
class SquaredLoss:
    """Means, drawn to the mean of all by `strength` customers, and their squared error.

    Parameters
    ----------
    prior : ndarray of shape (1,)
        Mean of all.
    strength : float
        Weight of the prior in customers.
    """

    prior: Floats
    strength: float = 2.0

    def columns(self, y: Any, weight: Floats) -> Floats:
        """Return weight, weighted value and weighted square."""
        return np.column_stack([weight, weight * y, weight * y * y])

    def size(self, sums: Floats) -> Floats:
        """Return the weight."""
        return np.asarray(sums[..., 0])

    def estimate(self, sums: Floats) -> Floats:
        """Return smoothed means."""
        total = sums[..., 1:2] + self.strength * self.prior
        return np.asarray(total / (sums[..., 0:1] + self.strength))

    def loss(self, estimate: Floats, sums: Floats) -> Floats:
        """Return Σ w (y − m)²."""
        mean = estimate[..., 0]
        return np.asarray(sums[..., 2] - 2 * mean * sums[..., 1] + mean**2 * sums[..., 0])


@dataclass(frozen=True)
class PoissonLoss:
    """Means of amounts that are never negative, drawn to the mean of all, and their Poisson deviance.

    The deviance weighs an error of ten on a small customer more than on a large one, so a few large
    customers do not decide alone.

    Parameters
    ----------
    prior : ndarray of shape (1,)
        Mean of all.
    strength : float
        Weight of the prior in customers.
    """

    prior: Floats
    strength: float = 2.0

    def columns(self, y: Any, weight: Floats) -> Floats:
        """Return weight and weighted amount."""
        return np.column_stack([weight, weight * y])

    def size(self, sums: Floats) -> Floats:
        """Return the weight."""
        return np.asarray(sums[..., 0])

    def estimate(self, sums: Floats) -> Floats:
        """Return smoothed means."""
        total = sums[..., 1:2] + self.strength * self.prior
        return np.asarray(np.maximum(total, 1e-12) / (np.maximum(sums[..., 0:1], 0.0) + self.strength))

    def loss(self, estimate: Floats, sums: Floats) -> Floats:
        """Return Σ w (m − y ln m), half the deviance up to a constant."""
        mean = estimate[..., 0]
        return np.asarray(sums[..., 0] * mean - sums[..., 1] * np.log(mean))
