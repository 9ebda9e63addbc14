"""Alarms are said in the language of who reads them."""

from __future__ import annotations

import pandas as pd

from crm_ml.base.notes import said
from crm_ml.base.result import Result
from crm_ml.jobs.alarms import alarms


def test_alarms_are_notes():
    """A list that ranks the wrong way round, contacts that cost money, features that shifted."""
    judged = pd.DataFrame(
        {"population": ["everybody"], "ranking": ["list"], "auc": [0.41], "auc_high": [0.45]}
    )
    figures = {"expected_stopped": 1000.0, "observed_stopped": 2000.0, "calibration_z": 9.0}
    paid = pd.DataFrame({"list": ["2024-01-01"], "verdict": ["cost_money"], "brought": [-1234.0]})
    found = alarms(
        [
            Result("list_quality", judged, figures=figures),
            Result("list_outcome", paid),
            Result("drift", pd.DataFrame(), figures={"shifted_share": 0.5, "gone_missing": 2.0}),
        ]
    )
    assert [said(one, "nl") for one in found] == [
        "de lijst ordent verkeerd om: AUC 0,41",
        "2.000 klanten stopten waar er 1.000 verwacht waren",
        "benaderen kostte geld: −1.234 op de lijst van 2024-01-01",
        "50% van de kenmerken is verschoven sinds de training",
        "2 kenmerken kwamen leeg binnen",
    ]
    assert found[0] == "the list ranks the wrong way round: AUC 0.41"


def test_nothing_to_say():
    assert alarms([Result("list_outcome", pd.DataFrame()), Result("other", pd.DataFrame())]) == ()
