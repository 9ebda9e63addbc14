"""Buy-till-you-die behind the shared estimator: the checks that the others get by discovery."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from crm_ml.base.exceptions import ColumnError
from crm_ml.models.blend import BlendClassifier
from crm_ml.models.btyd import BtydClassifier, BtydRegressor
from crm_ml.models.catalog import from_parts, make_model
from crm_ml.models.parts import Parts


@pytest.fixture(scope="module")
def summary(shop):
    """The columns of a purchase history, beside others that must not matter."""
    X = shop.X
    table = pd.DataFrame(
        {
            "frequency": X["purchase_days"] - 1,
            "t_x": (X["tenure_days"] - X["recency_days"]).where(X["purchase_days"] > 1, 0.0),
            "T": X["tenure_days"],
            "monetary_value": (X["revenue"] / X["purchase_days"]).where(X["purchase_days"] > 1, 0.0),
            "noise_0": X["noise_0"],
        }
    )
    table["t_x"] = table["t_x"].clip(upper=table["T"])
    return table


@pytest.fixture(scope="module")
def fitted(summary, shop):
    return {
        "classifier": BtydClassifier(horizon_days=91).fit(summary, shop.stopped),
        "regressor": BtydRegressor(horizon_days=91).fit(summary, shop.X["revenue"].where(~shop.stopped, 0.0)),
    }


def answer(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_a_stored_model_answers_to_the_last_bit(kind, fitted, summary, tmp_path):
    """Column order and other columns are harmless too."""
    loaded = from_parts(Parts.load(fitted[kind].to_parts().save(tmp_path)))
    shuffled = summary[summary.columns[::-1]].drop(columns="noise_0")
    np.testing.assert_array_equal(answer(loaded, shuffled), answer(fitted[kind], summary))


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_contributions_add_up_to_the_margin(kind, fitted, summary):
    """One number stands behind the answer, and it explains all of it."""
    model = fitted[kind]
    total = model.base_margin() + model.contributions(summary).sum(axis=1)
    np.testing.assert_allclose(total, model.margin(summary), rtol=1e-9, atol=1e-9)


def test_ranks_who_stops_and_is_calibrated(fitted, summary, shop):
    """Never P(alive): one-time buyers are not called certain to stay."""
    given = fitted["classifier"].predict_proba(summary)
    np.testing.assert_allclose(given.sum(axis=1), 1.0)
    assert roc_auc_score(shop.stopped, given[:, 1]) > 0.85
    assert given[:, 1].mean() == pytest.approx(shop.stopped.mean(), abs=0.01)
    once = (summary["frequency"] == 0).to_numpy()
    assert given[once, 1].mean() > given[~once, 1].mean()


def test_a_frequent_buyer_who_falls_silent_is_known_to_be_gone(fitted):
    """Twice a week for two years, then nothing for ten weeks: purchases are expected on average, of nobody.

    Ranked by expected purchases, such a customer passed for somebody who buys now and then.
    """
    history = pd.DataFrame({"frequency": [200, 3], "t_x": [660.0, 640.0], "T": [730.0, 660.0]})
    history["monetary_value"] = 10.0
    silent, occasional = fitted["classifier"].predict_proba(history)[:, 1]
    assert silent > 0.9
    assert silent > occasional


def test_a_bundle_from_before_the_second_view_still_answers(fitted, summary):
    """Format 1 held one slope, of the expected purchases."""
    parts = fitted["classifier"].to_parts()
    settings = {name: one for name, one in parts.settings.items() if name != "slopes"} | {"slope": 0.9}
    old = from_parts(Parts(parts.kind, settings, parts.arrays))
    expected = fitted["regressor"].lifetime_value_.predict(
        summary, horizon_days=91, discount_rate=0.0, interval=None
    )["expected_purchases"]
    margin = parts.settings["shift"] - 0.9 * np.log(np.maximum(expected, 1e-9))
    np.testing.assert_allclose(old.margin(summary), margin, rtol=1e-6)


def test_missing_columns_are_named(fitted, summary):
    """The model reads named columns only."""
    with pytest.raises(ColumnError, match="t_x"):
        fitted["classifier"].predict_proba(summary.drop(columns="t_x"))


def test_blends_with_models_that_read_more(summary, shop):
    """A BTYD member finds its own columns among those of the blend; contributions still add up."""
    model = BlendClassifier(models=("btyd", "logistic"), params={"btyd": {"horizon_days": 91}})
    model.fit(summary, shop.stopped)
    assert sum(model.weights_.values()) > 0.5
    total = model.base_margin() + model.contributions(summary).sum(axis=1)
    np.testing.assert_allclose(total, model.margin(summary), rtol=1e-9, atol=1e-9)
    alone = make_model("logistic").fit(summary, shop.stopped).predict_proba(summary)[:, 1]
    given = model.predict_proba(summary)[:, 1]
    assert roc_auc_score(shop.stopped, given) > roc_auc_score(shop.stopped, alone) - 0.003
