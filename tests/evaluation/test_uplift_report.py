"""Rankings for a campaign side by side, and when to fall back on contact value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.base.notes import said
from crm_ml.evaluation.uplift_report import judge_uplift
from crm_ml.models.uplift import UpliftModel


@pytest.fixture(scope="module")
def trial():
    """A contact helps those with a high x by 30 points; z says who buys anyway."""
    random = np.random.default_rng(0)
    x, z = random.random(8000), random.random(8000)
    contacted = random.random(8000) < 0.5
    y = random.random(8000) < 0.1 + 0.5 * z + 0.3 * (x > 0.5) * contacted
    return x, z, contacted, y.astype(float)


def test_the_report_puts_rivals_side_by_side_with_intervals(trial):
    x, z, contacted, y = trial
    result = judge_uplift({"uplift": x, "contact_value": z}, y, contacted, replicates=100)
    rows = result.table.set_index("ranking")
    assert result.figures["usable"] == 1
    assert result.figures["effect"] == pytest.approx(150, abs=30)
    assert result.figures["effect_low"] < 150 < result.figures["effect_high"]
    assert rows.loc["uplift", "qini_low"] > 0
    assert rows.loc["contact_value", "delta_qini_high"] < 0
    assert rows.loc["random", "qini"] == pytest.approx(0, abs=1e-9)
    assert rows.loc["random", "auuc"] == pytest.approx(result.figures["effect"] / 2)
    tenths = result.tables["tenths"]
    assert tenths["effect"].iloc[:5].mean() > 200
    assert tenths["effect"].iloc[5:].mean() < 100
    assert set(result.tables["curve"]["ranking"]) == {"uplift", "contact_value", "random"}
    assert result.plot("nl").axes[0].get_xlabel() == "deel van de klanten dat benaderd wordt"


def test_when_the_interval_covers_0_the_report_falls_back_on_contact_value(trial):
    _, z, contacted, y = trial
    result = judge_uplift({"uplift": z}, y, contacted, replicates=100)
    assert result.figures["usable"] == 0
    assert "contact value" in result.warnings[0]
    assert "waarde van benaderen" in said(result.warnings[0], "nl")


def test_a_ranking_that_is_upside_down_is_called_so(trial):
    x, _, contacted, y = trial
    result = judge_uplift({"uplift": -x}, y, contacted, replicates=100)
    assert result.figures["usable"] == 0
    assert result.figures["slope_high"] < 0
    assert "wrong customers first" in result.warnings[0]


def test_one_arm_or_different_lengths_are_refused():
    with pytest.raises(InputError, match="without the contact"):
        judge_uplift({"uplift": np.ones(4)}, np.ones(4), np.ones(4))
    with pytest.raises(InputError, match="length"):
        judge_uplift({"uplift": np.ones(3)}, np.ones(4), [1, 0, 1, 0])


@pytest.mark.slow
def test_hillstrom_the_womens_mail_is_for_past_buyers_of_womens_goods(data_folder):
    """A fitted ranking on one half of the customers, judged on the other half."""
    table = pd.read_parquet(data_folder / "hillstrom.parquet")
    table = table[table["segment"] != "Mens E-Mail"].reset_index(drop=True)
    X = table[["recency", "history", "mens", "womens", "newbie"]].astype(float)
    y, contacted = table["visit"] == 1, table["segment"] == "Womens E-Mail"
    half = np.random.default_rng(0).random(len(table)) < 0.5
    model = UpliftModel().fit(X[half], y[half], contacted=contacted[half])
    score = model.predict(X[~half])
    result = judge_uplift({"uplift": score}, y[~half], contacted[~half], replicates=200)
    assert result.figures["usable"] == 1
    top = np.argsort(-score)[: len(score) // 4]
    assert X[~half]["womens"].to_numpy()[top].mean() > 0.95
