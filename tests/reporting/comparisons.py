"""Comparisons as the judge of the models makes them, with plausible figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_ml.evaluation.comparison import Comparison

_MODELS = [
    ("lightgbm", "model", 0.774),
    ("rule_list", "model", 0.762),
    ("decision_tree", "model", 0.755),
    ("recency_only", "baseline", 0.741),
    ("naive_rate", "baseline", 0.718),
    ("base_rate", "baseline", 0.5),
]


def classification(task: str = "stopped", verdict: str = "beats_baseline") -> Comparison:
    rows = [
        {
            "model": model,
            "role": role,
            "n": 5000,
            "positives": 1900.0,
            "auc": auc,
            "auc_low": auc - 0.012,
            "auc_high": auc + 0.012,
            "average_precision": auc - 0.1,
            "average_precision_low": auc - 0.12,
            "average_precision_high": auc - 0.08,
            "lift": 2.4 * auc,
            "lift_low": 2.3 * auc,
            "lift_high": 2.5 * auc,
            "brier": 0.2,
            "brier_skill": auc - 0.6,
            "slope": 0.97,
            "delta": auc - 0.741,
            "delta_low": auc - 0.741 - 0.008,
            "delta_high": auc - 0.741 + 0.008,
        }
        for model, role, auc in _MODELS
    ]
    rows.append(
        {"model": "chance", "role": "chance", "n": 5000, "auc": 0.5, "lift": 1.0, "average_precision": 0.38}
    )
    forecast = np.linspace(0.05, 0.9, 10)
    curve = pd.DataFrame({"forecast": forecast, "observed": forecast * 0.97 + 0.01, "n": 500})
    curve = curve.assign(low=curve["observed"] - 0.04, high=curve["observed"] + 0.04)
    champion = "lightgbm" if verdict == "beats_baseline" else "recency_only"
    calibration = pd.concat(
        [curve.assign(model=name) for name in ("lightgbm", "recency_only")], ignore_index=True
    )
    reason = "lightgbm beats recency_only by 0.033 AUC (0.025 to 0.041)"
    window = {"cutoff": "2024-04-02", "horizon_days": 90}
    return Comparison(
        task,
        "binary",
        pd.DataFrame(rows),
        calibration,
        champion,
        reason,
        verdict,
        window,
        notes=("few cases: 480",),
    )


def regression() -> Comparison:
    rows = [
        {
            "model": model,
            "role": role,
            "n": 5000,
            "gini": auc - 0.1,
            "gini_low": auc - 0.12,
            "gini_high": auc - 0.08,
            "rmse": 181.25,
            "bias": -0.034,
            "rank_correlation": 0.51,
            "delta": auc - 0.741,
            "delta_low": auc - 0.75,
            "delta_high": auc - 0.73,
        }
        for model, role, auc in _MODELS
    ]
    rows.append({"model": "chance", "role": "chance", "n": 5000, "gini": 0.0, "rank_correlation": 0.0})
    return Comparison(
        "value", "regression", pd.DataFrame(rows), pd.DataFrame(), "lightgbm", "", "beats_baseline"
    )
