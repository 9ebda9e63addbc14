"""Who the first customers are, told by what sets them apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.evaluation.uplift_profile import uplift_profile


def test_the_most_telling_feature_comes_first_and_missing_values_are_no_zeros():
    random = np.random.default_rng(0)
    score = random.random(4000)
    X = pd.DataFrame({"noise": random.random(4000), "womens": (score > 0.8).astype(float)})
    X["spend"] = np.where(random.random(4000) < 0.5, np.nan, 100.0)
    table = uplift_profile(X, score, share=0.2).table.set_index("feature")
    assert table.index[0] == "womens"
    assert table.loc["womens", "mean_first"] == pytest.approx(1.0, abs=0.02)
    assert table.loc["spend", "mean_first"] == pytest.approx(100.0)
    assert table.loc["spend", "distance"] == 0
