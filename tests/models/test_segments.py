"""Planted groups are found, numbered by size, and stored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import check_estimator

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.models.parts import Parts
from crm_ml.models.segments import Segments


def planted():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [500, 300, 100])
    X = pd.DataFrame(
        {
            "revenue": rng.lognormal(np.array([2.0, 5.0, 8.0])[truth], 0.3),
            "recency_days": rng.gamma(4, np.array([30.0, 5.0, 2.0])[truth]),
        }
    )
    return X, truth


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
def test_planted_groups_are_found_and_numbered_by_size(method):
    """0 is the largest."""
    X, truth = planted()
    model = Segments(3, method=method).fit(X)
    assert adjusted_rand_score(truth, model.labels_) > 0.95
    assert (np.diff(np.bincount(model.labels_)) < 0).all()


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
def test_a_stored_segmentation_assigns_alike(method, tmp_path):
    """One customer alone gets the segment that it has in the batch; columns by name."""
    X, _ = planted()
    model = Segments(3, method=method).fit(X)
    loaded = Segments.from_parts(Parts.load(model.to_parts().save(tmp_path)))
    np.testing.assert_array_equal(loaded.predict(X[X.columns[::-1]]), model.labels_)
    assert loaded.predict(X.iloc[[7]])[0] == model.labels_[7]
    with pytest.raises(ColumnError, match="revenue"):
        loaded.predict(X[["recency_days"]])


def test_the_profile_counts_everybody():
    """Customers, shares and medians in the unit of the feature."""
    X, _ = planted()
    profile = Segments(3).fit(X).profile(X)
    assert profile["n"].sum() == len(X)
    assert profile["share"].sum() == pytest.approx(1)
    assert profile["revenue"].is_monotonic_increasing


def test_probabilities_only_where_there_are_any():
    """A mixture has them, k-means has not."""
    X, _ = planted()
    np.testing.assert_allclose(Segments(3, method="mixture").fit(X).predict_proba(X).sum(axis=1), 1)
    assert not hasattr(Segments(3).fit(X), "predict_proba")


def test_fewer_customers_than_segments_are_refused():
    """Said before scikit-learn says it less clearly."""
    with pytest.raises(InputError, match="fewer customers"):
        Segments(5).fit(np.zeros((3, 2)))


@pytest.mark.filterwarnings("ignore")
def test_check_estimator():
    """scikit-learn's checks for clusterers."""
    results = check_estimator(Segments(n_segments=3), on_fail=None)
    assert [one["check_name"] for one in results if one["status"] == "failed"] == []
