"""Stacking: techniques weighted by how well they do on a later snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, nnls

from crm_ml.base.exceptions import InputError
from crm_ml.models.base import Classifier, Learned, Regressor, Training
from crm_ml.models.links import score_margin, softmax
from crm_ml.models.matrix import Floats
from crm_ml.models.member import Member
from crm_ml.models.snapshots import held_out
from crm_ml.models.value_scale import base_value

__all__ = ["BlendClassifier", "BlendRegressor"]


class _Blended:
    """The settings and the members that classifier and regressor share."""

    def __init__(
        self,
        models: Sequence[str] = ("logistic", "lightgbm", "neural_net"),
        params: Mapping[str, Mapping[str, Any]] | None = None,
        random_state: Any = 0,
    ) -> None:
        self.models = models
        self.params = params
        self.random_state = random_state

    def _members(self, training: Training, kind: Any) -> list[Member]:
        """Fit every member on the rows."""
        from crm_ml.models.catalog import make_model

        if not self.models or "blend" in self.models:
            raise InputError(
                "a blend needs other models", got=list(self.models), do="name two or more techniques"
            )
        given = self.params or {}
        seed = 0 if isinstance(self.random_state, np.random.RandomState) else self.random_state
        models = [make_model(name, kind=kind, seed=seed, **given.get(name, {})) for name in self.models]
        rows = training.X if training.table is None else training.table
        labels = np.asarray(training.classes)[training.y] if training.classes else training.y
        fitted = [model.fit(rows, labels, sample_weight=training.weight) for model in models]
        return [Member.among(model, training.names) for model in fitted]

    def _learnt(self, members: list[Member], arrays: dict[str, npt.NDArray[Any]]) -> Learned:
        parts = {f"model_{k}": member.model.to_parts() for k, member in enumerate(members)}
        return Learned.of(arrays, children=parts)

    def _wake(self: Any) -> None:
        from crm_ml.models.catalog import from_parts

        children, names = self.parts_.children, self.parts_.settings["features"]
        models = [from_parts(children[f"model_{k}"]) for k in range(len(children))]
        self._weighted = [
            (float(share), Member.among(model, names))
            for share, model in zip(self.parts_.arrays["weight"], models, strict=True)
        ]
        self.weights_ = {name: share for name, (share, _) in zip(self.models, self._weighted, strict=True)}


class BlendClassifier(_Blended, Classifier):
    """A blend of classifiers: weighted sum of their log probabilities, with weights that are never negative.

    The members are fitted on the earlier snapshots, the weights on other customers at the latest one
    (on a quarter of the rows when there is one), then the members are fitted again on all rows. A weight
    below zero would use a model against its own word, which does not hold up later (Breiman 1996, Machine
    Learning 24).

    Parameters
    ----------
    models : sequence of str
        Names of the catalogue.
    params : mapping of str to mapping, optional
        Arguments of a model.
    random_state : int
        Seed of the members and of the split of a single snapshot.

    Attributes
    ----------
    weights_ : dict of str to float

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"recency_days": np.arange(400)})
    >>> model = BlendClassifier(models=("logistic", "decision_tree")).fit(X, X["recency_days"] > 199)
    >>> all(weight >= 0 for weight in model.weights_.values())
    True
    """

    kind: ClassVar[str] = "blend"

    def _learn(self, training: Training) -> Learned:
        split = held_out(training.table, training.y, seed=self.random_state)
        weight = np.full(len(self.models), 1.0 / max(len(self.models), 1))
        shift = np.zeros(len(training.classes))
        if split is not None:
            later = training.rows(split.judging)
            early = self._members(training.rows(split.growing), "classifier")
            logs = np.stack([member.scores(later.X, len(training.classes)) for member in early])
            weight, shift = _stack(logs, later.y, later.weight)
        return self._learnt(self._members(training, "classifier"), {"weight": weight, "shift": shift})

    def _proba(self, matrix: Floats) -> Floats:
        return softmax(self._scores(matrix))

    def _scores(self, matrix: Floats) -> Floats:
        shift = self.parts_.arrays["shift"]
        total = np.tile(shift, (len(matrix), 1))
        for share, member in self._weighted:
            total += share * member.scores(matrix, len(shift))
        return np.asarray(total)

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return score_margin(self._scores(matrix), code)

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(sum(share * member.contributions(matrix, code) for share, member in self._weighted))

    def _base_margin(self, code: int) -> float:
        shift = float(score_margin(self.parts_.arrays["shift"], code))
        return shift + float(sum(share * member.model._base_margin(code) for share, member in self._weighted))


class BlendRegressor(_Blended, Regressor):
    """A blend of regressors: weighted sum of their amounts, weights by non-negative least squares.

    Contributions are on the scale of the amount; those of a member with a log link are stretched to its
    amounts.

    Parameters
    ----------
    models, params, random_state
        As for `BlendClassifier`.

    Attributes
    ----------
    weights_ : dict of str to float

    Examples
    --------
    >>> X = np.arange(400.0)[:, None]
    >>> model = BlendRegressor(models=("logistic", "decision_tree")).fit(X, 2 * X[:, 0])
    >>> bool(abs(model.predict(X[[200]])[0] - 400) < 40)
    True
    """

    kind: ClassVar[str] = "blend_regressor"

    def _learn(self, training: Training) -> Learned:
        split = held_out(training.table, np.zeros(len(training.y), dtype=np.int64), seed=self.random_state)
        weight = np.full(len(self.models), 1.0 / max(len(self.models), 1))
        if split is not None:
            later = training.rows(split.judging)
            early = self._members(training.rows(split.growing), "regressor")
            root = np.sqrt(later.weight)
            forecasts = np.column_stack([member.value(later.X) for member in early])
            found, _ = nnls(forecasts * root[:, None], later.y * root)
            weight = found if found.sum() > 0 else weight
        members = self._members(training, "regressor")
        forecast = sum(
            share * member.value(training.X) for share, member in zip(weight, members, strict=True)
        )
        total = float(training.weight @ forecast)
        if total > 0 and (training.y >= 0).all():
            # Weights found on few rows must not move the level that many rows tell.
            weight = weight * float(training.weight @ training.y) / total
        return self._learnt(members, {"weight": weight})

    def _value(self, matrix: Floats) -> Floats:
        return np.asarray(sum(share * member.value(matrix) for share, member in self._weighted))

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return self._value(matrix)

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(sum(share * member.value_contributions(matrix) for share, member in self._weighted))

    def _base_margin(self, code: int) -> float:
        return float(sum(share * base_value(member.model) for share, member in self._weighted))


def _stack(logs: Floats, y: Any, weight: Floats) -> tuple[Floats, Floats]:
    """Return weights ≥ 0 of the members and shifts of the classes by maximum likelihood.

    Parameters
    ----------
    logs : ndarray of shape (members, n, K)
    """
    members, n, n_classes = logs.shape
    share, rows = weight / weight.sum(), np.arange(n)

    def objective(theta: Floats) -> tuple[float, Floats]:
        scores = np.tensordot(theta[:members], logs, axes=1) + np.append(0.0, theta[members:])
        proba = softmax(scores)
        loss = -share @ np.log(np.maximum(proba[rows, y], 1e-300))
        proba[rows, y] -= 1.0
        wrong = proba * share[:, None]
        return float(loss), np.append((logs * wrong).sum(axis=(1, 2)), wrong.sum(axis=0)[1:])

    start = np.append(np.full(members, 1.0 / members), np.zeros(n_classes - 1))
    bounds = [(0.0, None)] * members + [(None, None)] * (n_classes - 1)
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"gtol": 1e-9})
    return np.asarray(found.x[:members]), np.append(0.0, found.x[members:])
