"""Uplift: who is changed by a contact, on planted and on real randomised campaigns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.models.parts import Parts
from crm_ml.models.uplift import UpliftModel


def campaign(n=6000, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {"loyal": rng.integers(0, 2, n).astype(float), "orders": rng.poisson(4, n).astype(float)}
    )
    contacted = rng.random(n) < 0.5
    chance = 0.2 + 0.02 * X["orders"] + 0.3 * contacted * X["loyal"]
    return X, rng.random(n) < chance, contacted


def test_planted_effects_are_recovered(tmp_path):
    """0 for one half, 30 points for the other; stored parts answer alike."""
    X, bought, contacted = campaign()
    model = UpliftModel().fit(X, bought, contacted=contacted)
    effect = model.predict(X)
    assert effect[X["loyal"] == 1].mean() == pytest.approx(0.3, abs=0.05)
    assert effect[X["loyal"] == 0].mean() == pytest.approx(0.0, abs=0.05)
    loaded = UpliftModel.from_parts(Parts.load(model.to_parts().save(tmp_path)))
    np.testing.assert_array_equal(loaded.predict(X), effect)


def test_a_campaign_that_was_not_randomised_is_refused():
    """Contacting the loyal and calling the difference an effect is the classic mistake."""
    X, bought, contacted = campaign()
    chosen = contacted | (X["orders"] > 6)
    with pytest.raises(InputError, match="not assigned at random"):
        UpliftModel().fit(X, bought, contacted=chosen)
    assert UpliftModel(randomised=False).fit(X, bought, contacted=chosen).assignment_z_ > 10


def test_random_assignments_pass():
    """At most the odd one of twenty random campaigns looks chosen."""
    refused = 0
    for seed in range(20):
        X, bought, contacted = campaign(800, seed)
        try:
            UpliftModel().fit(X, bought, contacted=contacted)
        except InputError:
            refused += 1
    assert refused <= 1


def test_an_arm_without_customers_is_refused():
    """A difference needs two sides of the same length."""
    X, bought, contacted = campaign(400)
    with pytest.raises(InputError, match="with and without"):
        UpliftModel().fit(X, bought, contacted=np.ones(400, dtype=bool))
    with pytest.raises(InputError, match="length"):
        UpliftModel().fit(X, bought, contacted=contacted[:10])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_hillstrom_womens_mail(data_folder, seed):
    """Fitted on one half: on the other, past women's buyers come first and the top half gains more."""
    table = pd.read_parquet(data_folder / "hillstrom.parquet")
    table = table[table["segment"] != "Mens E-Mail"]
    X = table[["recency", "history", "mens", "womens", "newbie"]].astype(float)
    contacted, visit = (table["segment"] == "Womens E-Mail").to_numpy(), (table["visit"] > 0).to_numpy()
    half = np.random.default_rng(seed).random(len(table)) < 0.5
    model = UpliftModel().fit(X[half], visit[half], contacted=contacted[half])
    effect, other = model.predict(X[~half]), ~half
    womens = table["womens"].to_numpy()[other] > 0
    assert effect[womens].mean() > effect[~womens].mean() + 0.03
    top = effect >= np.quantile(effect, 0.5)

    def gain(rows):
        return visit[other][rows & contacted[other]].mean() - visit[other][rows & ~contacted[other]].mean()

    assert gain(top) > gain(~top)
    assert womens[np.argsort(-effect)[: len(effect) // 4]].mean() > 0.9
