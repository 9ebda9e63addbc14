"""What is judged of a prediction: for every outcome a truth, a ranking and a probability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from crm_ml.evaluation.metrics import Floats, TiedRanking
from crm_ml.evaluation.panel import Panel

__all__ = ["Metric", "Target", "headline", "one_by_one"]

Metric: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class Target:
    """One or several yes-or-no questions, judged together.

    Parameters
    ----------
    name : str
        Such as ``"stopped"``, ``"at_risk"`` or a class.
    truths, rankings, probabilities : ndarray of shape (questions, n)
        0 or 1, the score that orders, and the forecast of 1.
    shares : ndarray of shape (questions,)
        Weight of every question; they add up to 1.
    """

    name: str
    truths: Floats
    rankings: Floats
    probabilities: Floats
    shares: Floats

    @property
    def is_single(self) -> bool:
        """Whether this is one question."""
        return len(self.truths) == 1

    @cached_property
    def _ranked(self) -> list[TiedRanking]:
        return [TiedRanking(score) for score in self.rankings]

    def figure(self, metric: Metric, weights: npt.ArrayLike | None = None, *, of: str = "rankings") -> Any:
        """Return the weighted mean of ``metric(truth, score, weights=…)`` over the questions."""
        scores = self._ranked if of == "rankings" else self.probabilities
        each = [
            metric(truth, score, weights=weights) for truth, score in zip(self.truths, scores, strict=True)
        ]
        return sum(share * one for share, one in zip(self.shares, each, strict=True))

    def at(self, rows: npt.NDArray[np.intp]) -> Target:
        """Return the same questions on some rows."""
        return replace(
            self,
            truths=self.truths[:, rows],
            rankings=self.rankings[:, rows],
            probabilities=self.probabilities[:, rows],
        )


def headline(model: Any, panel: Panel) -> Target:
    """Return the question that decides about a classifier on a panel without missing labels.

    Binary: the positive class. At risk: dries up or stops, against stays. Segments: every class against
    the others, weighted by its share.
    """
    labels, classes, proba = _read(model, panel)
    positive = panel.task.positive
    if panel.task.name == "at_risk":
        stays = proba[:, classes.index("stays")] if "stays" in classes else np.zeros(len(proba))
        return _single("at_risk", labels != "stays", 1.0 - stays)
    if panel.task.kind == "binary":
        risk = proba[:, classes.index(positive)]
        # A baseline orders by its plain score; its curve may have flat ends.
        ranking = model.ranking(panel.X) if hasattr(model, "ranking") else risk
        return _single(panel.task.name, labels == positive, risk, ranking)
    truths = np.stack([labels == one for one in classes]).astype(float)
    mean = truths.mean(axis=1)
    judged = (mean > 0) & (mean < 1)
    shares = np.where(judged, mean, 0.0)
    shares = shares / max(shares.sum(), 1e-12)
    return Target(panel.task.name, truths[judged], proba.T[judged], proba.T[judged], shares[judged])


def one_by_one(model: Any, panel: Panel) -> list[Target]:
    """Return every class against the others."""
    labels, classes, proba = _read(model, panel)
    return [_single(str(name), labels == name, proba[:, place]) for place, name in enumerate(classes)]


def _read(model: Any, panel: Panel) -> tuple[npt.NDArray[Any], list[Any], Floats]:
    labels = panel.y.astype(object).to_numpy()
    return labels, model.classes_.tolist(), np.asarray(model.predict_proba(panel.X), dtype=float)


def _single(name: str, truth: Any, probability: Floats, ranking: Floats | None = None) -> Target:
    order = probability if ranking is None else ranking
    truths = np.asarray(truth, dtype=float)[None, :]
    return Target(name, truths, order[None, :], probability[None, :], np.ones(1))
