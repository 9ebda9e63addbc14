"""Groups of customers that behave alike, found without a label."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import ClusterMixin
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.utils.metaestimators import available_if
from threadpoolctl import threadpool_limits

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice, check_positive
from crm_ml.models.encoding import Encoding
from crm_ml.models.estimator import Learned, PartsEstimator, Training
from crm_ml.models.links import softmax
from crm_ml.models.matrix import Floats, Integers, feature_names, read_matrix

__all__ = ["Segments"]


def _has_probabilities(segments: Segments) -> bool:
    return segments.method == "mixture"


class Segments(ClusterMixin, PartsEstimator):  # type: ignore[misc]
    """Segmentation of customers by k-means or a mixture of normal distributions.

    Features enter as logarithm, rank and missing indicator, standardised; choose few features that mean
    something. Segment 0 is the largest, and so on down, so that numbers do not depend on the run.

    Parameters
    ----------
    n_segments : int
        Number of groups.
    method : {"kmeans", "mixture"}
        ``mixture`` also gives the probability of every segment.
    random_state : int
        Seed of the starting points.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
        Segment of every training customer.

    Examples
    --------
    >>> X = pd.DataFrame({"revenue": [1.0, 2.0, 1.5, 900.0, 950.0], "orders": [1, 1, 2, 40, 45]})
    >>> Segments(n_segments=2).fit(X).labels_.tolist()
    [0, 0, 0, 1, 1]
    """

    kind: ClassVar[str] = "segments"

    def __init__(
        self, n_segments: int = 5, method: Literal["kmeans", "mixture"] = "kmeans", random_state: Any = 0
    ) -> None:
        self.n_segments = n_segments
        self.method = method
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the groups.

        Parameters
        ----------
        X : DataFrame or array of shape (n, p)
        y : ignored

        Raises
        ------
        InputError
            When there are fewer customers than segments.
        """
        check_positive(self.n_segments, what="n_segments")
        check_choice(self.method, ("kmeans", "mixture"), what="method")
        names, matrix = feature_names(X), read_matrix(X, None, estimator=self)
        if len(matrix) < self.n_segments:
            raise InputError(
                "fewer customers than segments", got=f"n_samples={len(matrix)}, n_segments={self.n_segments}"
            )
        shown = names or [f"x{j}" for j in range(matrix.shape[1])]
        weight = np.ones(len(matrix))
        training = Training(matrix, np.zeros(len(matrix), dtype=np.int64), weight, shown, [], None)
        self._finish(training, self._learn(training), names is not None)
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> Integers:
        """Return the number of the segment of every row, shape (n,)."""
        return np.asarray(self._log_density(self._matrix(X)).argmax(axis=1), dtype=np.int64)

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of every segment, shape (n, n_segments); with a mixture only."""
        return softmax(self._log_density(self._matrix(X)))

    def profile(self, X: Any) -> pd.DataFrame:
        """Return customers, share and the median of every feature by segment."""
        table = pd.DataFrame(self._matrix(X), columns=self.parts_.settings["features"])
        groups = table.groupby(pd.Series(self.predict(X), name="segment"))
        size = groups.size().reindex(range(self.n_segments), fill_value=0)
        return pd.concat([size.rename("n"), (size / len(table)).rename("share"), groups.median()], axis=1)

    def _learn(self, training: Training) -> Learned:
        encoding = Encoding.fit(training.X, training.weight)
        columns = encoding.transform(training.X)
        with threadpool_limits(1):  # many short steps: threads wait for each other longer than they work
            arrays = _kmeans(self, columns) if self.method == "kmeans" else _mixture(self, columns)
        order = np.argsort(-np.bincount(arrays.pop("labels"), minlength=self.n_segments), kind="stable")
        return Learned.of({**{name: array[order] for name, array in arrays.items()}, **encoding.to_arrays()})

    def _wake(self) -> None:
        self._encoding = Encoding.from_arrays(self.parts_.arrays)

    def _log_density(self, matrix: Floats) -> Floats:
        """Return ln(share × density) of every segment, up to a constant; shape (n, segments)."""
        columns, arrays = self._encoding.transform(matrix), self.parts_.arrays
        precision = 1.0 / arrays["variance"]
        distance = (
            (columns**2) @ precision.T
            - 2.0 * columns @ (arrays["centre"] * precision).T
            + (arrays["centre"] ** 2 * precision).sum(axis=1)
        )
        return np.asarray(np.log(arrays["share"]) - 0.5 * (np.log(arrays["variance"]).sum(axis=1) + distance))


def _kmeans(options: Segments, columns: Floats) -> dict[str, npt.NDArray[Any]]:
    model = KMeans(options.n_segments, n_init=10, random_state=options.random_state).fit(columns)
    same = np.ones((options.n_segments, 1))  # equal shares and spreads: the densest is the nearest
    return {
        "centre": model.cluster_centers_,
        "variance": same * np.ones(columns.shape[1]),
        "share": same[:, 0],
        "labels": model.labels_,
    }


def _mixture(options: Segments, columns: Floats) -> dict[str, npt.NDArray[Any]]:
    model = GaussianMixture(
        options.n_segments,
        covariance_type="diag",
        reg_covar=1e-3,
        n_init=3,
        random_state=options.random_state,
    ).fit(columns)
    return {
        "centre": model.means_,
        "variance": model.covariances_,
        "share": np.maximum(model.weights_, 1e-12),
        "labels": model.predict(columns),
    }
