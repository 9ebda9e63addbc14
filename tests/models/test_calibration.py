"""After calibration on a later snapshot, seventy per cent means seventy per cent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from crm_ml.base.exceptions import CrmMlWarning, InputError
from crm_ml.models.calibration import calibrate, moved
from crm_ml.models.catalog import from_parts
from crm_ml.models.linear import LogisticClassifier
from crm_ml.models.parts import Parts


def world(n, seed, shift=0.0):
    """Customers whose risk has moved by `shift` on the log-odds since the training."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"recency_days": rng.random(n) * 100})
    odds = (X["recency_days"] - 50) / 15 + shift
    return X, pd.Series(rng.random(n) < 1 / (1 + np.exp(-odds)), name="stopped")


@pytest.fixture(scope="module")
def model():
    return LogisticClassifier().fit(*world(4000, 0))


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_a_moved_level_is_followed(model, method):
    """Training said 50 %, the later snapshot says far more: new customers confirm the later level."""
    calibrated = calibrate(model, *world(4000, 1, shift=1.5), method=method)
    X, y = world(4000, 2, shift=1.5)
    before, after = model.predict_proba(X)[:, 1], calibrated.predict_proba(X)[:, 1]
    assert abs(after.mean() - y.mean()) < 0.02 < abs(before.mean() - y.mean())
    assert log_loss(y, after) < log_loss(y, before) - 0.05
    for low in np.arange(0.1, 0.9, 0.2):
        chosen = (after >= low) & (after < low + 0.2)
        assert y[chosen].mean() == pytest.approx(after[chosen].mean(), abs=0.06)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_no_ranking_is_lost(model, method):
    """Both curves rise everywhere, so AUC stays to the last digit and reasons keep their order."""
    X, y = world(1500, 3)
    calibrated = calibrate(model, X, y, method=method)
    before, after = model.predict_proba(X)[:, 1], calibrated.predict_proba(X)[:, 1]
    order = np.argsort(before)
    assert (np.diff(after[order]) >= 0).all()
    assert roc_auc_score(y, after) == pytest.approx(roc_auc_score(y, before), abs=1e-3)


def test_the_amount_of_data_chooses_the_method(model):
    """A free curve needs a thousand customers of the rarer class."""
    assert calibrate(model, *world(500, 4)).method_ == "sigmoid"
    assert calibrate(model, *world(5000, 4)).method_ == "isotonic"


def test_three_classes_stay_probabilities(shop, shop_later):
    """Both methods, rows sum to one, log loss not worse than before."""

    def threat(one):
        return np.where(one.stopped, "stops", np.where(one.X["purchase_days"] > 3, "stays", "dries_up"))

    features = ["recency_days", "revenue", "gap_mean"]
    model = LogisticClassifier().fit(shop.X[features], threat(shop))
    half = np.arange(len(shop_later.X)) % 2 == 0
    X, y = shop_later.X[features], threat(shop_later)
    for method in ("sigmoid", "isotonic"):
        given = calibrate(model, X[half], y[half], method=method).predict_proba(X[~half])
        np.testing.assert_allclose(given.sum(axis=1), 1.0)
        assert log_loss(y[~half], given) < log_loss(y[~half], model.predict_proba(X[~half])) + 0.005


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_parts_hold_the_model_inside(model, method, tmp_path):
    """A stored calibrated model answers to the last bit and explains as the model inside."""
    X, y = world(1500, 5)
    calibrated = calibrate(model, X, y, method=method)
    loaded = from_parts(Parts.load(calibrated.to_parts().save(tmp_path)))
    np.testing.assert_array_equal(loaded.predict_proba(X), calibrated.predict_proba(X))
    np.testing.assert_array_equal(loaded.contributions(X), model.contributions(X))
    assert loaded.method_ == method


def test_an_inverted_ranking_is_not_turned_silently(model):
    """Later customers say the opposite: the answer is the base rate, with a warning."""
    X, y = world(800, 6)
    with pytest.warns(CrmMlWarning, match="inverted"):
        calibrated = calibrate(model, X, ~y, method="sigmoid")
    given = calibrated.predict_proba(X)[:, 1]
    assert np.ptp(given) < 1e-9
    assert given[0] == pytest.approx((~y).mean(), abs=0.01)


def test_classes_must_be_the_same(model):
    """A later snapshot without stoppers, or with another label, corrects nothing."""
    X, y = world(200, 7)
    with pytest.raises(InputError, match="every class"):
        calibrate(model, X, np.zeros(200, dtype=bool))
    with pytest.raises(InputError, match="every class"):
        calibrate(model, X, np.where(y, "a", "b"))
    with pytest.raises(InputError, match="method"):
        calibrate(model, X, y, method="platt")


def test_weights_are_repetitions(model):
    """Weight two is a customer twice."""
    X, y = world(400, 8)
    weight = np.arange(400) % 2 + 1.0
    rows = np.repeat(np.arange(400), weight.astype(int))
    for method in ("sigmoid", "isotonic"):
        weighted = calibrate(model, X, y, method=method, sample_weight=weight).predict_proba(X)
        repeated = calibrate(model, X.iloc[rows], y.iloc[rows], method=method).predict_proba(X)
        np.testing.assert_allclose(weighted, repeated, atol=2e-3)


@pytest.mark.parametrize("rows", [500, 5000])  # sigmoid and isotonic
def test_moved_odds_are_the_odds_times_a_factor(model, tmp_path, rows):
    """A level on top of any correction, stored with it; moved back, nothing is left of it."""
    calibrated = calibrate(model, *world(rows, 4))
    X, _ = world(300, 5)
    before, after = (one.predict_proba(X) for one in (calibrated, moved(calibrated, 0.7)))
    np.testing.assert_allclose(after[:, 1] / after[:, 0], np.exp(0.7) * before[:, 1] / before[:, 0])
    back = moved(moved(calibrated, 0.7), -0.7)
    np.testing.assert_allclose(back.predict_proba(X), before)
    loaded = from_parts(Parts.load(moved(calibrated, 0.7).to_parts().save(tmp_path)))
    np.testing.assert_array_equal(loaded.predict_proba(X), after)
    np.testing.assert_array_equal(loaded.contributions(X), model.contributions(X))


def test_a_model_without_correction_can_be_moved_too(model):
    X, _ = world(300, 5)
    np.testing.assert_allclose(moved(model, 0.0).predict_proba(X), model.predict_proba(X))


def test_three_classes_have_no_one_level_to_move(shop):
    many = LogisticClassifier().fit(shop.X, shop.X["purchase_days"].clip(upper=3))
    with pytest.raises(InputError, match="two classes"):
        moved(many, 1.0)


def test_few_customers_hardly_change_the_spread(model):
    """Labels say a slope of a quarter: sixty rows are hardly believed, six thousand are."""
    rng = np.random.default_rng(6)
    slopes = []
    for rows in (60, 6000):
        X, _ = world(rows, 7)
        odds = model.margin(X) / 4
        flat = pd.Series(rng.random(rows) < 1 / (1 + np.exp(-odds)), name="stopped")
        slopes.append(float(calibrate(model, X, flat, method="sigmoid").parts_.arrays["slope"][0]))
    assert slopes[0] > 0.35
    assert slopes[1] == pytest.approx(0.25, abs=0.06)
