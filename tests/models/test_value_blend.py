"""The mean of a purchase model and boosted trees for money."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError
from crm_ml.models.catalog import from_parts, make_model
from crm_ml.models.parts import Parts
from crm_ml.models.value_blend import ValueBlendRegressor


@pytest.fixture(scope="module")
def fitted(shop):
    X = shop.X
    again = X["purchase_days"] > 1
    history = {
        "frequency": X["purchase_days"] - 1,
        "t_x": (X["tenure_days"] - X["recency_days"]).where(again, 0.0).clip(upper=X["tenure_days"]),
        "T": X["tenure_days"],
        "monetary_value": (X["revenue"] / X["purchase_days"]).where(again, 0.0),
    }
    table = pd.concat([X.drop(columns="revenue"), pd.DataFrame(history)], axis=1)
    amounts = X["revenue"].where(~shop.stopped, 0.0)
    return ValueBlendRegressor(horizon_days=91).fit(table, amounts), table, amounts


def test_it_is_the_mean_of_its_members_and_holds_the_total(fitted):
    model, X, y = fitted
    members = [make_model(name, kind="regressor") for name in model.models]
    members[0].set_params(horizon_days=91)
    mean = sum(member.fit(X, y).predict(X) for member in members) / 2
    np.testing.assert_allclose(model.predict(X), mean, rtol=1e-12)
    assert model.predict(X).sum() == pytest.approx(y.sum(), rel=1e-6)


def test_contributions_add_up_to_the_forecast(fitted):
    model, X, _ = fitted
    total = model.base_margin() + model.contributions(X).sum(axis=1)
    np.testing.assert_allclose(total, model.predict(X), rtol=1e-6, atol=1e-6)


def test_a_stored_blend_answers_to_the_last_bit(fitted, tmp_path):
    model, X, _ = fitted
    loaded = from_parts(Parts.load(model.to_parts().save(tmp_path)))
    np.testing.assert_array_equal(loaded.predict(X[X.columns[::-1]]), model.predict(X))


def test_without_a_purchase_history_it_says_what_is_missing(fitted):
    _, X, y = fitted
    with pytest.raises(ColumnError, match="t_x"):
        ValueBlendRegressor().fit(X.drop(columns="t_x"), y)
