"""LightGBM: native text, monotone where asked, the same with any number of threads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.models.boosting import LightGBMClassifier, LightGBMRegressor
from crm_ml.models.parts import Parts


def test_monotone_features_never_turn(shop):
    """Longer recency never lowers the risk, for any customer; without the constraint it does for some."""
    grid = np.linspace(0, 400, 81)
    some = shop.X.iloc[:40]
    for monotone in ({"recency_days": 1}, None):
        model = LightGBMClassifier(monotone=monotone).fit(shop.X, shop.stopped)
        risk = np.array([model.predict_proba(some.assign(recency_days=day))[:, 1] for day in grid])
        assert (np.diff(risk, axis=0) >= -1e-12).all() == (monotone is not None)


def test_monotone_names_are_checked(shop):
    """A typo would silently constrain nothing."""
    with pytest.raises(InputError, match=r"recency_day'.*recency_days"):
        LightGBMClassifier(monotone={"recency_day": 1}).fit(shop.X, shop.stopped)
    with pytest.raises(InputError, match="-1, 0 or 1"):
        LightGBMClassifier(monotone={"recency_days": 2}).fit(shop.X, shop.stopped)
    with pytest.raises(InputError, match="two classes"):
        LightGBMClassifier(monotone={"recency_days": 1}).fit(shop.X, shop.X["purchase_days"].clip(upper=3))


def test_threads_do_not_change_the_trees(shop):
    """Deterministic mode; the number of threads is a recorded parameter."""
    texts = [
        LightGBMClassifier(n_jobs=jobs, max_rounds=30).fit(shop.X, shop.stopped).to_parts().texts["booster"]
        for jobs in (1, 2)
    ]
    assert texts[0] == texts[1]
    assert "parameters:" not in texts[0]


def test_the_latest_snapshot_chooses_the_rounds():
    """A signal that fades gives few rounds; the same rows as one snapshot give many."""
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([range(1500), [1, 2]], names=["customer_id", "cutoff"])
    X = pd.DataFrame({"fades": rng.random(3000)}, index=index)
    early = index.get_level_values("cutoff") == 1
    y = np.where(early, rng.random(3000) < 0.1 + 0.8 * X["fades"], rng.random(3000) < 0.5)
    assert LightGBMClassifier().fit(X, y).to_parts().settings["rounds"] <= 3
    assert LightGBMClassifier().fit(X[early], y[early]).to_parts().settings["rounds"] > 10


def test_feature_names_need_not_please_lightgbm(shop):
    """Brackets and colons in names of own columns are the user's business."""
    odd = shop.X.rename(columns={"revenue": 'spend: "EUR" [net]'})
    model = LightGBMClassifier(max_rounds=20).fit(odd, shop.stopped)
    assert model.predict_proba(odd).shape == (len(odd), 2)


def test_money_adds_up_and_stays_positive(shop):
    """Tweedie with its level mended on the training customers."""
    X = shop.X.drop(columns="revenue")
    y = shop.X["revenue"].where(~shop.stopped, 0.0)
    forecast = LightGBMRegressor().fit(X, y).predict(X)
    assert forecast.sum() == pytest.approx(y.sum(), rel=1e-9)
    assert (forecast > 0).all()


def test_a_damaged_text_is_refused(models, tmp_path):
    """An edited or truncated booster does not predict quietly."""
    import lightgbm

    folder = models["lightgbm"].to_parts().save(tmp_path)
    (folder / "booster.txt").write_text("tree\n")
    with pytest.raises(lightgbm.basic.LightGBMError):
        LightGBMClassifier.from_parts(Parts.load(folder))


def test_early_snapshots_without_buyers_still_give_a_model():
    """Amounts begin in the last snapshot only: nothing to choose rounds on, no crash."""
    index = pd.MultiIndex.from_product([range(300), [1, 2]], names=["customer_id", "cutoff"])
    X = pd.DataFrame({"x": np.arange(600.0)}, index=index)
    y = np.where(index.get_level_values("cutoff") == 2, 10.0, 0.0)
    assert np.isfinite(LightGBMRegressor().fit(X, y).predict(X)).all()
