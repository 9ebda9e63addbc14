"""Proof: intervals, the chosen model, and calibration in words."""

from __future__ import annotations

import dataclasses

import pandas as pd

from crm_ml.reporting.page import Picture, Table, Words
from crm_ml.reporting.proof import proof_section

from .comparisons import classification, regression


def words(section, style="plain"):
    return [block.words for block in section.blocks if isinstance(block, Words) and block.style == style]


def test_models_stand_best_first_with_baselines_and_chance():
    """Nobody has to search which model won, and by how much."""
    section = proof_section([classification()], "en")
    table = next(block.table for block in section.blocks if isinstance(block, Table))
    models = [row[0] for row in table.rows]
    assert models[0] == "LightGBM ◂ chosen"
    assert models[-1] in ("chance", "rule of thumb: the average for all")
    assert table.rows[0][1] == "0.77 (0.76 to 0.79)"
    assert table.rows[0][-1] == "+0.033 (+0.025 to +0.041)"
    assert table.rows[-1][-1] in ("", "−0.241 (−0.249 to −0.233)")


def test_calibration_is_said_of_the_champion_only():
    """The words are about the probabilities that stand on the list."""
    comparison = classification()
    worse = comparison.calibration["model"] == "recency_only"
    curve = comparison.calibration.assign(observed=comparison.calibration["observed"].mask(worse, 0.123))
    said = words(proof_section([dataclasses.replace(comparison, calibration=curve)], "en"))
    assert "Of those we gave 90% of stopping, 88% stopped (84% to 92%; 500 customers)." in said
    assert not any("12%" in one for one in said)
    assert sum(one.startswith("Of those") for one in said) == 3


def test_money_is_proved_by_gini_and_bias_without_calibration():
    """A forecast of spend has no probability to calibrate."""
    section = proof_section([regression()], "nl")
    table = next(block.table for block in section.blocks if isinstance(block, Table))
    assert [column.header for column in table.columns][1:4] == [
        "Gini",
        "Gemiddelde fout (RMSE)",
        "Vertekening",
    ]
    assert table.rows[0][3] == "−3,4%"
    assert sum(isinstance(block, Picture) for block in section.blocks) == 1


def test_too_few_cases_gives_the_reason_and_no_empty_table():
    """Nothing was trained: the page says why instead of showing nothing."""
    bare = dataclasses.replace(
        classification(),
        table=pd.DataFrame(),
        calibration=pd.DataFrame(),
        verdict="too_few_cases",
        champion="base_rate",
        reason="training holds 40 customers with outcome True, 100 are needed",
    )
    section = proof_section([bare], "en")
    assert not any(isinstance(block, Table) for block in section.blocks)
    assert "training holds 40 customers with outcome True, 100 are needed" in words(section, "note")


def test_one_group_of_forecasts_is_said_once():
    """A base rate gives everybody the same chance: one sentence, not three."""
    comparison = classification()
    one = comparison.calibration[comparison.calibration["model"] == "lightgbm"].head(1)
    said = words(proof_section([dataclasses.replace(comparison, calibration=one)], "en"))
    assert sum(sentence.startswith("Of those") for sentence in said) == 1
