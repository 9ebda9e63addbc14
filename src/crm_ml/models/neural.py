"""A multilayer perceptron on scaled features, stopped early on other customers, later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from crm_ml.base.validation import check_positive
from crm_ml.models.amounts import amounts_for_log_link
from crm_ml.models.base import Classifier, Learned, Regressor, Training
from crm_ml.models.encoding import Encoding
from crm_ml.models.links import binary_or_softmax, class_direction
from crm_ml.models.matrix import Floats
from crm_ml.models.network import Network
from crm_ml.models.network_training import (
    Loss,
    amount_of,
    log_loss,
    poisson_deviance,
    squared_error,
    train_network,
    with_true_shares,
)
from crm_ml.models.snapshots import held_out

__all__ = ["NeuralClassifier", "NeuralRegressor"]


class _Settings:
    def __init__(
        self,
        hidden: Sequence[int] = (32, 16),
        alpha: float = 0.05,
        max_epochs: int = 40,
        learning_rate: float = 2e-3,
        random_state: Any = 0,
    ) -> None:
        self.hidden = hidden
        self.alpha = alpha
        self.max_epochs = max_epochs
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _options(self, weight: Floats) -> dict[str, Any]:
        for name in ("alpha", "max_epochs", "learning_rate"):
            check_positive(getattr(self, name), what=name)
        rows = len(weight)
        batch = max(1, min(rows, max(200, rows // 100)))
        return {
            "hidden_layer_sizes": tuple(self.hidden),
            # scikit-learn divides it by the weight of a batch.
            "alpha": self.alpha * batch * float(weight.mean()),
            "learning_rate_init": self.learning_rate,
            "batch_size": batch,
            "random_state": self.random_state,
        }

    def _wake(self: Any) -> None:
        self._encoding = Encoding.from_arrays(self.parts_.arrays)
        self._network = Network.from_arrays(self.parts_.arrays)

    def _scores(self: Any, matrix: Floats) -> Floats:
        return np.asarray(self._network.scores(self._encoding.transform(matrix)))

    def _pieces(self: Any, matrix: Floats, direction: Floats) -> Floats:
        columns = self._encoding.transform(matrix)
        return np.asarray(self._encoding.gather(self._network.attributions(columns, direction)))

    def _origin(self: Any) -> Floats:
        """Return the scores of the reference customer, who is average in every column."""
        return np.asarray(self._network.scores(np.zeros((1, len(self._encoding.owner))))[0])


class NeuralClassifier(_Settings, Classifier):
    """A neural network (multilayer perceptron) for two or more classes.

    Features enter as logarithm, rank and missing indicator, standardised. Training stops when the log loss on
    other customers (at the latest of several snapshots) has not improved for 8 epochs.
    Contributions are integrated gradients from the average customer (Sundararajan, Taly & Yan 2017), brought
    to the exact sum.

    Parameters
    ----------
    hidden : sequence of int
        Neurons a layer.
    alpha : float
        Squared penalty on the weights, per row. Histories are short and noisy: on two bases 0.05 ranked
        better than 0.005 and less at every cutoff tried.
    max_epochs : int
        Most passes over the data.
    learning_rate : float
        Step size of Adam.
    random_state : int
        Seed of weights, batches and the split of a single snapshot.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"recency_days": range(400)})
    >>> model = NeuralClassifier().fit(X, X["recency_days"] > 199)
    >>> model.predict(X.iloc[[0, 399]])
    array([False,  True])
    """

    kind: ClassVar[str] = "neural_net"

    def _learn(self, training: Training) -> Learned:
        encoding = Encoding.fit(training.X, training.weight)
        split = held_out(training.table, training.y, seed=_seed(self.random_state))
        network, epochs = train_network(
            self._options, encoding, training, split, most=self.max_epochs, loss=log_loss
        )
        network = with_true_shares(network, encoding.transform(training.X), training)
        return Learned.of({**encoding.to_arrays(), **network.to_arrays()}, facts={"epochs": epochs})

    def _proba(self, matrix: Floats) -> Floats:
        return binary_or_softmax(self._scores(matrix))

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(self._scores(matrix) @ class_direction(code, len(self.classes_)))

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return self._pieces(matrix, class_direction(code, len(self.classes_)))

    def _base_margin(self, code: int) -> float:
        return float(self._origin() @ class_direction(code, len(self.classes_)))


class NeuralRegressor(_Settings, Regressor):
    """A neural network (multilayer perceptron) for an amount.

    With a logarithmic link and the Poisson deviance when hardly any amount is negative, else on squared
    error, in which a few giants decide everything.

    Parameters
    ----------
    hidden, alpha, max_epochs, learning_rate, random_state
        As for `NeuralClassifier`.

    Examples
    --------
    >>> X = np.arange(400.0)[:, None]
    >>> model = NeuralRegressor().fit(X, np.where(X[:, 0] < 200, 10.0, 50.0))
    >>> bool(model.predict(X)[399] > 40)
    True
    """

    kind: ClassVar[str] = "neural_regressor"

    def _learn(self, training: Training) -> Learned:
        encoding = Encoding.fit(training.X, training.weight)
        amounts = amounts_for_log_link(training.y, training.weight)
        mean = float(np.average(training.y, weights=training.weight))
        if amounts is not None:
            link, centre, unit = "log", 0.0, mean
            scaled = replace(training, y=amounts / mean)
        else:
            spread = np.average((training.y - mean) ** 2, weights=training.weight)
            link, centre, unit = None, mean, float(np.sqrt(spread)) or 1.0
            scaled = replace(training, y=(training.y - mean) / unit)
        loss: Loss = squared_error if link is None else poisson_deviance
        one_stratum = np.zeros(len(training.y), dtype=np.int64)
        split = held_out(training.table, one_stratum, seed=_seed(self.random_state))
        network, epochs = train_network(
            self._options, encoding, scaled, split, most=self.max_epochs, loss=loss, log_link=link is not None
        )
        # Training that stops early need not end where the forecasts add up to the amounts.
        score, weight = network.scores(encoding.transform(training.X))[:, 0], training.weight
        if link is None:
            centre += unit * float(np.average(scaled.y - score, weights=weight))
        else:
            unit *= float(weight @ scaled.y) / float(weight @ amount_of(score))
        facts = {"epochs": epochs, "centre": centre, "unit": unit, "link": link}
        return Learned.of({**encoding.to_arrays(), **network.to_arrays()}, facts=facts)

    def _value(self, matrix: Floats) -> Floats:
        margin = self._margin(matrix, 0)
        settings = self.parts_.settings
        return margin if settings["link"] is None else np.asarray(amount_of(margin) * settings["unit"])

    def _margin(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(self._scores(matrix)[:, 0] * self._step() + self.parts_.settings["centre"])

    def _contributions(self, matrix: Floats, code: int) -> Floats:
        return np.asarray(self._pieces(matrix, np.ones(1)) * self._step())

    def _base_margin(self, code: int) -> float:
        return float(self._origin()[0] * self._step() + self.parts_.settings["centre"])

    def _step(self) -> float:
        """Return the margin behind a score of 1: money on a straight line, 1 on the log scale."""
        settings = self.parts_.settings
        return float(settings["unit"]) if settings["link"] is None else 1.0


def _seed(random_state: Any) -> Any:
    # A RandomState would be used up by the split and then by the weights: fits would depend on their order.
    return 0 if isinstance(random_state, np.random.RandomState) else random_state
