"""Rankings and probabilities against scikit-learn and by hand; ties, weights and replicates."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as reference_log_loss

from crm_ml.evaluation.metrics import (
    TiedRanking,
    auc,
    average_precision,
    brier,
    brier_skill,
    lift_at,
    log_loss,
    ranking_figures,
)


@pytest.fixture(params=[0, 1, 2], ids=["distinct", "tied", "heavily tied"])
def case(request):
    random = np.random.default_rng(request.param)
    y = random.random(500) < 0.3
    score = random.normal(y * 0.8, 1.0) / 6 + 0.4
    tied = score if request.param == 0 else np.round(score, 3 - request.param)
    return y.astype(float), np.clip(tied, 0.01, 0.99)


@pytest.mark.parametrize(
    ("ours", "reference"),
    [
        (auc, roc_auc_score),
        (average_precision, average_precision_score),
        (brier, brier_score_loss),
        (log_loss, reference_log_loss),
    ],
)
def test_equal_to_scikit_learn_with_and_without_weights(case, ours, reference):
    y, score = case
    weights = np.random.default_rng(5).integers(0, 4, len(y)).astype(float)
    assert ours(y, score) == pytest.approx(reference(y, score), rel=1e-12)
    assert ours(y, score, weights=weights) == pytest.approx(
        reference(y, score, sample_weight=weights), rel=1e-12
    )


@pytest.mark.parametrize("metric", [auc, average_precision, brier, brier_skill, log_loss, lift_at])
def test_a_matrix_of_weights_gives_one_figure_a_replicate(case, metric):
    y, score = case
    weights = np.random.default_rng(5).integers(0, 4, (3, len(y))).astype(float)
    each = [metric(y, score, weights=row) for row in weights]
    np.testing.assert_allclose(metric(y, score, weights=weights), each, rtol=1e-12)


@pytest.mark.parametrize("metric", [auc, average_precision, lift_at])
def test_a_weight_of_2_is_the_row_twice_and_the_order_of_rows_is_nothing(case, metric):
    y, score = case
    weights = np.random.default_rng(6).integers(0, 3, len(y))
    repeated = np.random.default_rng(7).permutation(np.repeat(np.arange(len(y)), weights))
    assert metric(y, score, weights=weights) == pytest.approx(metric(y[repeated], score[repeated]), rel=1e-12)


def test_lift_counts_ties_at_the_border_in_fractions():
    """Two of four tied customers fill the top fifth: half of the tied positives count."""
    y = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    score = np.array([5, 5, 5, 5, 1, 1, 1, 1, 1, 1])
    assert lift_at(y, score, share=0.2) == pytest.approx(0.5 / 0.2)
    assert lift_at(y, np.zeros(10), share=0.1) == pytest.approx(1.0)


def test_an_absent_class_gives_nan_not_an_error():
    assert np.isnan(auc([1, 1], [0.2, 0.3]))
    assert np.isnan(brier_skill([0, 0], [0.2, 0.3]))


def test_the_best_constant_has_no_skill():
    y = np.array([1, 0, 0, 0])
    assert brier_skill(y, np.full(4, 0.25)) == pytest.approx(0.0)
    assert brier_skill(y, np.full(4, 0.5)) < 0


def test_figures_of_one_pass_are_those_of_the_metrics_one_by_one():
    """Draws and ties included: measures read all three from one ranking."""
    random = np.random.default_rng(3)
    y, score = random.integers(0, 2, 60), random.integers(0, 9, 60)
    weights = random.integers(0, 3, (7, 60)).astype(float)
    found = ranking_figures(y, score, 0.2, weights)
    expected = [auc(y, score, weights), average_precision(y, score, weights), lift_at(y, score, 0.2, weights)]
    np.testing.assert_array_equal(found, np.stack(expected))


def test_rows_put_in_order_once_give_the_figures_of_their_scores(case):
    """A bootstrap asks the same ranking for draw after draw."""
    y, score = case
    weights = np.random.default_rng(5).poisson(1.0, (4, len(y))).astype(float)
    once = ranking_figures(y, TiedRanking(score), weights=weights)
    np.testing.assert_array_equal(once, ranking_figures(y, score, weights=weights))
