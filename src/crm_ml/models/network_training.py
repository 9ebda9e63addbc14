"""How long a network is trained: epoch by epoch, until other customers gain nothing from it any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from sklearn import config_context
from sklearn.neural_network import MLPClassifier, MLPRegressor

from crm_ml.models.base import Training
from crm_ml.models.encoding import Encoding
from crm_ml.models.links import binary_or_softmax
from crm_ml.models.matrix import Floats
from crm_ml.models.network import Network
from crm_ml.models.snapshots import Split

__all__ = [
    "Loss",
    "amount_of",
    "log_loss",
    "poisson_deviance",
    "squared_error",
    "train_network",
    "with_true_shares",
]

Options: TypeAlias = Callable[[Floats], dict[str, Any]]
Loss: TypeAlias = Callable[[Floats, Any, Floats], float]

_PATIENCE = 8
_LEVEL_STEPS = 10
_LEAST_GAIN = 1e-4  # in nats: a penalised network creeps on for long after it has learnt what there is


def train_network(
    options: Options,
    encoding: Encoding,
    training: Training,
    split: Split | None,
    *,
    most: int,
    loss: Loss,
    log_link: bool = False,
) -> tuple[Network, int]:
    """Choose the number of epochs on the held-out rows, then train that many on all rows.

    Parameters
    ----------
    options : callable
        Weights of the rows → settings of scikit-learn's perceptron.
    encoding, training, split
        How features enter, what is learnt from, and which rows judge.
    most : int
        Most epochs; all of them without a split.
    loss : callable
        ``loss(scores, y, weight)``: what is to become small on the judging rows.
    log_link : bool
        Whether an amount is fitted on the log scale.

    Returns
    -------
    network : Network
    epochs : int
        That it was trained for.
    """
    epochs = most
    if split is not None:
        network = _Epochs(options, encoding, training.rows(split.growing), log_link)
        epochs = _best_epoch(network, encoding, training.rows(split.judging), most, loss)
    network = _Epochs(options, encoding, training, log_link)
    for _ in range(epochs):
        network.one_more()
    return network.now(), epochs


class _Epochs:
    """A perceptron that is trained epoch by epoch."""

    def __init__(self, options: Options, encoding: Encoding, training: Training, log_link: bool) -> None:
        settings = options(training.weight)
        loss = "poisson" if log_link else "squared_error"
        self.model = MLPClassifier(**settings) if training.classes else MLPRegressor(loss=loss, **settings)
        self.width = len(encoding.owner)
        columns = encoding.transform(training.X)
        self.columns = columns if self.width else np.zeros((len(columns), 1))
        self.training = training
        self.more = {"classes": np.arange(len(training.classes))} if training.classes else {}

    def one_more(self) -> None:
        """Pass over the data once."""
        weight = self.training.weight
        # The same arrays every time, checked when they were made.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            self.model.partial_fit(self.columns, self.training.y, sample_weight=weight, **self.more)

    def now(self) -> Network:
        """Return the network as it is."""
        return Network.of(self.model, self.width)


def _best_epoch(network: _Epochs, encoding: Encoding, later: Training, most: int, loss: Loss) -> int:
    columns = encoding.transform(later.X)
    best, best_loss = 1, np.inf
    for epoch in range(1, most + 1):
        network.one_more()
        now = loss(network.now().scores(columns), later.y, later.weight)
        if now < best_loss - _LEAST_GAIN:
            best, best_loss = epoch, now
        elif epoch - best >= _PATIENCE:
            break
    return best


def with_true_shares(network: Network, columns: Floats, training: Training) -> Network:
    """Shift the last layer until the mean probability of every class is its share in training.

    Training that stops early need not end there, and a penalty on weights is none on the level.
    """
    share = np.bincount(training.y, weights=training.weight) / training.weight.sum()
    scores, shift = network.scores(columns), np.zeros(network.biases[-1].shape)
    for _ in range(_LEVEL_STEPS):
        mean = training.weight @ binary_or_softmax(scores + shift) / training.weight.sum()
        wrong = np.log(share) - np.log(np.maximum(mean, 1e-12))
        shift = shift + (wrong[1:] - wrong[:1] if len(shift) == 1 else wrong)
    return Network(network.weights, [*network.biases[:-1], network.biases[-1] + shift])


def log_loss(scores: Floats, y: Any, weight: Floats) -> float:
    """Return the mean log loss of class scores."""
    chosen = binary_or_softmax(scores)[np.arange(len(y)), y]
    return float(-np.average(np.log(np.maximum(chosen, 1e-12)), weights=weight))


def squared_error(scores: Floats, y: Floats, weight: Floats) -> float:
    """Return the mean squared error of scores."""
    return float(np.average((scores[:, 0] - y) ** 2, weights=weight))


def poisson_deviance(scores: Floats, y: Floats, weight: Floats) -> float:
    """Return the mean Poisson deviance of scores on the log scale, up to what no score can change."""
    return float(np.average(amount_of(scores[:, 0]) - y * scores[:, 0], weights=weight))


def amount_of(score: Floats) -> Floats:
    """Return the amount behind a score on the log scale."""
    return np.asarray(np.exp(np.minimum(score, 50.0)))
