"""The readable tree: text, picture, and pruning on the latest snapshot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_ml.base.plotting import to_svg
from crm_ml.models.trees import TreeClassifier, TreeRegressor


def panel(n=2000):
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([range(n), [1, 2]], names=["customer_id", "cutoff"])
    X = pd.DataFrame({"fades": rng.random(2 * n), "lasts": rng.random(2 * n)}, index=index)
    early = index.get_level_values("cutoff") == 1
    risk = 0.2 + 0.5 * (X["lasts"] > 0.6) + 0.25 * early * (X["fades"] > 0.5)
    return X, pd.Series(rng.random(2 * n) < risk, index=index, name="stopped")


def test_a_feature_that_fades_is_pruned():
    """It predicts at the first cutoff only; the second one cuts it off."""
    X, y = panel()
    model = TreeClassifier().fit(X, y)
    assert "lasts" in model.text()
    assert "fades" not in model.text()
    one_snapshot = X.index.get_level_values("cutoff") == 1
    assert "fades" in TreeClassifier().fit(X[one_snapshot], y[one_snapshot]).text()


def test_text_names_every_leaf_with_its_customers():
    """All customers are in exactly one leaf of the text."""
    X, y = panel()
    text = TreeClassifier().fit(X, y).text()
    sizes = [int(part.split(")")[0].replace(",", "")) for part in text.split("n = ")[1:]]
    assert sum(sizes) == len(X)
    assert "stopped" in text


def test_missing_is_mentioned_where_it_was_seen():
    """A reader must know where customers without a value go."""
    X, y = panel()
    assert "missing" not in TreeClassifier().fit(X, y).text()
    X.loc[X.index[::3], "lasts"] = np.nan
    assert "or missing" in TreeClassifier().fit(X, y).text()


def test_the_picture_shows_what_the_text_says(tmp_path):
    """Same thresholds, same bytes twice, no markup from names."""
    X, y = panel()
    model = TreeClassifier().fit(X.rename(columns={"lasts": "<lasts>"}), y)
    picture = to_svg(model.plot())
    assert "&lt;lasts&gt;" in picture
    assert picture == to_svg(model.plot())
    assert to_svg(TreeRegressor().fit(X, X["lasts"]).plot()).count("n = ") > 3


def test_a_tree_without_a_split_still_has_text_and_picture():
    """Pure noise is pruned to the base rate."""
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"noise": rng.random(2000)})
    model = TreeClassifier().fit(X, rng.random(2000) < 0.3)
    assert model.text().count("\n") == 0
    assert to_svg(model.plot()).count("n = ") == 1
