"""Are planted customers found? `python benchmarks/planted.py`: rankings against the fates of simulated bases.

For three bases and one cutoff: how many times the share of the base the first tenth holds. "Told the truth"
is a LightGBM fitted on the fates of half of the customers, judged on the others; no real base allows that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_ml.data.reading import read_transactions
from crm_ml.data.simulation import make_transactions
from crm_ml.evaluation.candidates import fit_baseline, fit_candidate
from crm_ml.evaluation.panel import Panel, build_panel, comparable
from crm_ml.evaluation.plan import plan_windows
from crm_ml.evaluation.recovery import planted_recovery
from crm_ml.features.build import build_feature_panel
from crm_ml.features.fall import proven_fall
from crm_ml.models.catalog import make_model

CUTOFF, HORIZON = "2023-10-01", 90
BASES: dict[str, dict[str, Any]] = {
    "a purchase every 30 days": {},
    "every 14 days": {"mean_gap_days": 14},
    "every 30 days, nobody stops": {"stop_share": 0.0},
}


def by_customer(values: Any, panel: Panel) -> pd.Series:
    return pd.Series(values, index=panel.X.index.get_level_values("customer_id"))


def rankings(tx: Any, truth: pd.DataFrame) -> tuple[dict[str, pd.Series], pd.Series]:
    """Return scores of established customers by name, and the score of the model that was told the truth."""
    plan = plan_windows(tx, HORIZON, cutoff=CUTOFF)
    X, _ = comparable(build_feature_panel(tx, [window.cutoff for window in plan.windows]), tx)
    panel = build_panel(tx, plan.windows, "at_risk", X=X)
    train, later = panel.at(plan.train).labelled(), panel.at(plan.calibrate).labelled()  # type: ignore[arg-type]
    test = panel.at(plan.test).established()
    scores = {}
    for name in ("lightgbm", "logistic", "rule_list"):
        model: Any = fit_candidate(name, train, later, horizon_days=HORIZON)
        proba = pd.DataFrame(model.predict_proba(test.X), columns=model.classes_)
        scores[f"p_drying_up, {name}"] = by_customer(proba["dries_up"].to_numpy(), test)
        scores[f"p_at_risk, {name}"] = by_customer(1.0 - proba["stays"].to_numpy(), test)
    recency: Any = fit_baseline("recency_only", train)
    scores["recency"] = by_customer(recency.ranking(test.X), test)
    falls = proven_fall(tx, CUTOFF)
    scores["proven fall"] = falls["evidence"]
    scores["proven fall, still buying"] = falls.loc[falls["still_buying"], "evidence"]
    dried = set(truth.loc[(truth["fate"] == "dries_up") & (truth["onset"] < CUTOFF), "customer_id"])
    fate = np.array([name in dried for name in test.X.index.get_level_values("customer_id")])
    half = np.random.default_rng(0).random(len(fate)) < 0.5
    told: Any = make_model("lightgbm").fit(test.X[half], fate[half])
    unseen = test.where(~half)
    return scores, by_customer(told.predict_proba(unseen.X)[:, 1], unseen)


def lift(score: pd.Series, truth: pd.DataFrame, fates: tuple[str, ...]) -> str:
    row = planted_recovery({CUTOFF: score}, truth, fates=fates).table.iloc[0]
    return f"{row['lift']:.2f} ({row['precision']:.0%} of {row['share_planted']:.0%})"


def main() -> None:
    for name, options in BASES.items():
        lines, truth = make_transactions(3_000, days=800, seed=11, **options)
        tx = read_transactions(lines, customer_id="customer_id", timestamp="date", amount="amount")
        scores, told = rankings(tx, truth)
        print(f"\n### {name}\n\n| first tenth by | dries up | dries up or stops |\n|---|---|---|")
        for ranking, score in scores.items():
            both = lift(score, truth, ("dries_up", "stops"))
            print(f"| {ranking} | {lift(score, truth, ('dries_up',))} | {both} |", flush=True)
        print(f"| told the truth | {lift(told, truth, ('dries_up',))} | |", flush=True)


if __name__ == "__main__":
    main()
