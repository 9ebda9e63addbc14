"""A fitted model inside another one: it finds its own columns among those of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crm_ml.models.matrix import Floats, Integers
from crm_ml.models.value_scale import base_value, stretched

__all__ = ["Member"]


@dataclass(frozen=True)
class Member:
    """A member of a blend.

    Parameters
    ----------
    model : Model
        Fitted; it may read fewer features than the blend, as a BTYD model does.
    columns : ndarray of int
        Where its features stand among those of the blend.
    """

    model: Any
    columns: Integers

    @classmethod
    def among(cls, model: Any, names: Sequence[str]) -> Member:
        """Find the features of a model among `names`."""
        place = {name: k for k, name in enumerate(names)}
        features = model.parts_.settings["features"]
        return cls(model, np.array([place[name] for name in features], dtype=np.int64))

    def value(self, matrix: Floats) -> Floats:
        """Return the amounts that a regressor forecasts."""
        return np.asarray(self.model._value(matrix[:, self.columns]))

    def scores(self, matrix: Floats, n_classes: int) -> Floats:
        """Return the log probabilities less their mean, exact for probabilities near 0 or 1."""
        own = matrix[:, self.columns]
        if n_classes == 2:
            half = self.model._margin(own, 1) / 2
            return np.column_stack([-half, half])
        margins = [self.model._margin(own, code) for code in range(n_classes)]
        return np.asarray(np.column_stack(margins) * (n_classes - 1) / n_classes)

    def contributions(self, matrix: Floats, code: int) -> Floats:
        """Return what each feature of the blend adds to the margin of the member."""
        return self._among_all(matrix, self.model._contributions(matrix[:, self.columns], code))

    def value_contributions(self, matrix: Floats) -> Floats:
        """Return what each feature of the blend adds to the amount of the member."""
        pieces = self.model._contributions(matrix[:, self.columns], 0)
        return self._among_all(matrix, stretched(pieces, self.value(matrix) - base_value(self.model)))

    def _among_all(self, matrix: Floats, pieces: Floats) -> Floats:
        total = np.zeros(matrix.shape)
        total[:, self.columns] = pieces
        return total
