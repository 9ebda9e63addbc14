"""Drift is told when it is there, and chance is not called drift."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.prediction.drift import DriftSettings, Histogram, drift_of, fit_reference, histograms_of, psi
from crm_ml.prediction.unseen import category_sets, unseen_notes


def measured(then, now, settings=None):
    reference = json.loads(json.dumps(fit_reference(then, then.columns)))
    return drift_of(reference, histograms_of([now.iloc[:7], now.iloc[7:]], reference), settings)


def verdicts(result):
    return result.table.set_index("feature")["verdict"].to_dict()


def test_psi_against_the_formula():
    """Worked by hand: shares .2/.8 against .5/.5 give (.3)ln(2.5) + (-.3)ln(.625)."""
    then, now = np.array([200_000, 800_000]), np.array([500_000, 500_000])
    assert psi(then, now) == pytest.approx(0.3 * np.log(2.5) - 0.3 * np.log(0.625), abs=1e-5)
    assert psi(now, now) == 0.0


@pytest.mark.parametrize("n", [30, 300, 3_000])
def test_chance_is_no_drift(n):
    """Two draws of one base differ by chance, much so when they are small: hardly any feature is named."""
    random = np.random.default_rng(n)
    then, now = (pd.DataFrame(random.normal(size=(n, 60))).add_prefix("f") for _ in range(2))
    result = measured(then, now)
    assert (result.table["verdict"] != "same").sum() <= 1
    if n == 30:
        assert result.table["psi"].max() > 0.25  # the custom alone would have called it a large shift


def test_chance_level_is_where_it_says():
    """PSI without a shift exceeds its bound about once in a thousand features."""
    random = np.random.default_rng(4)
    then, now = (pd.DataFrame(random.normal(size=(500, 2_000))).add_prefix("f") for _ in range(2))
    table = measured(then, now).table
    share = (table["psi"] > table["psi_by_chance"]).mean()
    assert 0 <= share < 0.006


def test_a_shift_and_an_empty_column_are_named():
    """A level that moved, and a feature that came in empty."""
    random = np.random.default_rng(0)
    then = pd.DataFrame({"level": random.normal(size=2_000), "rest": random.normal(size=2_000), "gap": 1.0})
    now = then.assign(level=then["level"] + 2, gap=np.nan)
    result = measured(then, now)
    assert verdicts(result) == {"level": "shifted", "rest": "same", "gap": "gone_missing"}
    assert result.figures["shifted"] == 1
    assert result.table.loc[0, "feature"] == "level"


def test_values_that_nobody_had_are_a_shift():
    """A constant that is another constant now; a flag that everybody has now."""
    then = pd.DataFrame({"constant": np.ones(500), "flag": np.r_[np.zeros(450), np.ones(50)]})
    now = pd.DataFrame({"constant": np.full(500, 2.0), "flag": np.ones(500)})
    assert set(verdicts(measured(then, now)).values()) == {"shifted"}


def test_parts_are_the_whole():
    """Counting in batches changes no count."""
    values = np.r_[np.random.default_rng(1).normal(size=99), np.nan]
    one = Histogram.fit(values)
    other = Histogram.empty(one.edges).add(values[:40]).add(values[40:])
    assert other.counts.tolist() == one.counts.tolist()
    assert (other.missing, other.n) == (1, 100)


def test_settings_are_checked():
    with pytest.raises(InputError, match="psi_warn"):
        DriftSettings(psi_warn=0)


def test_unseen_categories_are_counted_and_named():
    """New texts and empty cells are told; numbers and columns with thousands of texts are no categories."""
    known = pd.DataFrame(
        {"region": ["north", "south", ""] * 500, "street": [f"s{i}" for i in range(1_500)], "visits": 1.0}
    )
    sets = category_sets(known)
    assert sets == {"region": ["north", "south"]}
    now = known.assign(region=["north", "east", ""] * 500)
    (note,) = unseen_notes(sets, now)
    assert "500 values were never seen in training ('east') and count as other; 500 are empty" in note
    assert unseen_notes(sets, known) == []
    assert unseen_notes(None, now) == []
