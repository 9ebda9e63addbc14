"""The arithmetic of a fitted multilayer perceptron: scores forward, gradients backward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crm_ml.models.matrix import Floats

__all__ = ["Network"]

_POINTS = 16


@dataclass(frozen=True)
class Network:
    """Rectified layers with a linear last layer.

    Parameters
    ----------
    weights : list of ndarray of shape (in, out)
    biases : list of ndarray of shape (out,)
    """

    weights: list[Floats]
    biases: list[Floats]

    @classmethod
    def of(cls, model: Any, width: int) -> Network:
        """Copy the weights of a scikit-learn perceptron; only the first `width` inputs are real."""
        weights = [np.array(layer, dtype=np.float64) for layer in model.coefs_]
        weights[0] = weights[0][:width]
        return cls(weights, [np.array(bias, dtype=np.float64) for bias in model.intercepts_])

    def scores(self, columns: Floats) -> Floats:
        """Return the scores before any link, shape (n, outputs)."""
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            columns = np.maximum(columns @ weight + bias, 0.0)
        return np.asarray(columns @ self.weights[-1] + self.biases[-1])

    def gradient(self, columns: Floats, direction: Floats) -> Floats:
        """Return the gradient of ``scores @ direction`` in the columns, shape (n, q)."""
        active = []
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            columns = np.maximum(columns @ weight + bias, 0.0)
            active.append(columns > 0)
        slope = np.broadcast_to(self.weights[-1] @ direction, (len(columns), len(self.weights[-1])))
        for weight, on in zip(reversed(self.weights[:-1]), reversed(active), strict=True):
            slope = (slope * on) @ weight.T
        return np.asarray(slope)

    def attributions(self, columns: Floats, direction: Floats) -> Floats:
        """Return integrated gradients from the origin, summing exactly to the change of the score.

        The integral is a midpoint rule; what it misses is spread over the columns by their share.
        """
        at = (np.arange(_POINTS) + 0.5) / _POINTS
        total = np.zeros(columns.shape)
        for point in at:
            total += self.gradient(point * columns, direction)
        pieces = columns * total / _POINTS
        change = (self.scores(columns) - self.scores(np.zeros_like(columns[:1]))) @ direction
        missed = change - pieces.sum(axis=1)
        size = np.abs(pieces)
        share = size / np.maximum(size.sum(axis=1, keepdims=True), 1e-300)
        return np.asarray(pieces + share * missed[:, None])

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of the parts."""
        weights = {f"weight_{k}": weight for k, weight in enumerate(self.weights)}
        return {**weights, **{f"bias_{k}": bias for k, bias in enumerate(self.biases)}}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Network:
        """Return the network that `to_arrays` described."""
        layers = range(sum(name.startswith("weight_") for name in arrays))
        return cls([arrays[f"weight_{k}"] for k in layers], [arrays[f"bias_{k}"] for k in layers])
