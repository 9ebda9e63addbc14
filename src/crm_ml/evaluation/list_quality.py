"""Was the last risk list right? Its ranking and its chances beside what happened, recency and chance.

Contacts are meant to change what happens, so the customers held out at random are judged apart: only they
show what would have happened to everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.base.notes import Note, day
from crm_ml.base.result import Result
from crm_ml.data.windows import is_observed
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.calibration import calibration_curve, calibration_line
from crm_ml.evaluation.metrics import Floats, auc, average_precision, brier_skill, lift_at
from crm_ml.evaluation.money import value_captured
from crm_ml.evaluation.past_lists import window_of
from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.labels.stopped import label_stopped
from crm_ml.labels.value import label_value

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["list_quality"]

_SCORES = {"list": "p_stopped", "recency": "recency_days"}


def list_quality(
    table: pd.DataFrame, tx: Transactions, *, settings: EvaluationSettings | None = None
) -> Result:
    """Return how well a past list told who would stop, and what that was worth.

    Parameters
    ----------
    table : DataFrame
        The list as it was written: ``customer_id, as_of, horizon_days, p_stopped, recency_days,
        expected_loss, usual_spend, expected_spend, contact_group``.
    tx : Transactions
        A log that reaches past the horizon of the list.
    settings : EvaluationSettings, optional
        Draws, level and top share; defaults when not given.

    Returns
    -------
    Result
        A row a population (everybody, held out) and ranking (list, recency, chance): ``customers, stopped``,
        ``auc, average_precision, lift`` with intervals, ``delta_auc`` (list − recency, paired) with its own,
        ``brier_skill, slope``. Tables: ``calibration`` and ``money`` (forecast against what was spent). Empty
        with a note when the horizon of the list has not passed. Figures: ``expected_stopped`` and
        ``observed_stopped`` of the held out (of everybody without them), ``calibration_z``.
    """
    chosen, window = settings or EvaluationSettings(), window_of(table)
    about = {"as_of": str(window.cutoff), "horizon_days": window.horizon_days}
    if not is_observed(tx, window):
        late = Note("monitor_notes.not_passed", {"days": window.horizon_days, "list": day(window.cutoff)})
        return Result("list_quality", pd.DataFrame(), about, warnings=(late,))
    rows, notes = _with_outcome(table, tx)
    held = rows[rows["contact_group"] == "holdout"] if "contact_group" in rows else rows.iloc[:0]
    groups = {"everybody": rows, "held_out": held}
    judged = [
        {"population": name, **row}
        for name, group in groups.items()
        if len(group)
        for row in _judged(group, chosen)
    ]
    unchanged = held if len(held) else rows
    return Result(
        "list_quality",
        pd.DataFrame(judged),
        parameters={**about, "level": chosen.level, "top_share": chosen.top_share},
        basis=tx.basis,
        n=len(rows),
        warnings=tuple(notes),
        formula=Note("monitor_notes.quality_formula"),
        source="intervals: customers drawn with replacement, the same draws for list and recency",
        tables={
            "calibration": calibration_curve(unchanged["stopped"], unchanged["p_stopped"]),
            "money": _money(rows, chosen.top_share),
        },
        figures=_calibrated(unchanged),
    )


def _with_outcome(table: pd.DataFrame, tx: Transactions) -> tuple[pd.DataFrame, list[Note]]:
    """Return the list with what its customers did; who is not in the log any more is left out and counted."""
    window = window_of(table)
    ids = table["customer_id"].astype(str)
    stopped = label_stopped(tx, window).astype("Float64").reindex(ids).to_numpy(dtype=float, na_value=np.nan)
    spent = label_value(tx, window).reindex(ids).to_numpy(dtype=float, na_value=np.nan)
    rows = table.assign(stopped=stopped, spent=np.nan_to_num(spent))
    gone = int(np.isnan(stopped).sum())
    notes = [Note("monitor_notes.not_in_log", {"n": gone})] if gone else []
    return rows[~np.isnan(stopped) & rows["p_stopped"].notna()], notes


def _judged(rows: pd.DataFrame, settings: EvaluationSettings) -> list[dict[str, Any]]:
    truth = rows["stopped"].to_numpy(dtype=float)
    bootstrap = CustomerBootstrap(rows["customer_id"], settings.draws(len(rows)), settings.seed)
    head = {"customers": len(rows), "stopped": int(truth.sum())}
    made: list[dict[str, Any]] = []
    drawn: dict[str, Floats] = {}
    for name, column in _SCORES.items():
        if column not in rows:
            continue
        score = rows[column].to_numpy(dtype=float)
        figures, drawn[name] = _ranking(truth, score, bootstrap, settings)
        made.append({"ranking": name, **head, **figures})
    made[0] |= {
        "brier_skill": float(brier_skill(truth, rows["p_stopped"])),
        "slope": calibration_line(truth, rows["p_stopped"])[0],
    }
    if "recency" in drawn:
        low, high = interval(drawn["list"] - drawn["recency"], settings.level)
        made[0] |= {"delta_auc": made[0]["auc"] - made[1]["auc"], "delta_low": low, "delta_high": high}
    share = float(truth.mean()) if len(truth) else float("nan")
    return [*made, {"ranking": "chance", **head, "auc": 0.5, "average_precision": share, "lift": 1.0}]


def _ranking(
    truth: Floats, score: Floats, bootstrap: CustomerBootstrap, settings: EvaluationSettings
) -> tuple[dict[str, float], Floats]:
    metrics: Mapping[str, Any] = {
        "auc": auc,
        "average_precision": average_precision,
        "lift": lambda y, s, w=None: lift_at(y, s, settings.top_share, w),
    }
    figures, draws = dict[str, float](), dict[str, Floats]()
    for name, metric in metrics.items():
        draws[name] = bootstrap.figures(lambda weights, metric=metric: metric(truth, score, weights))  # type: ignore[misc]
        low, high = interval(draws[name], settings.level)
        figures |= {name: float(metric(truth, score)), f"{name}_low": low, f"{name}_high": high}
    return figures, draws["auc"]


def _money(rows: pd.DataFrame, top_share: float) -> pd.DataFrame:
    """Return forecasts of money beside what was spent, and the lost money that the top of a ranking held."""
    usual = rows[rows["usual_spend"].notna()]
    lost = (usual["usual_spend"] - usual["spent"]).clip(lower=0)
    lines = {
        "spend": (float(rows["expected_spend"].sum()), float(rows["spent"].sum())),
        "loss_of_established": (float(usual["expected_loss"].sum()), float(lost.sum())),
    }
    table = pd.DataFrame(lines.values(), index=list(lines), columns=["forecast", "observed"])
    table["ratio"] = table["observed"] / table["forecast"].where(table["forecast"] > 0)
    rankings = {"list": usual["expected_loss"], "recency": usual.get("recency_days")}
    for name, ranking in rankings.items():
        if ranking is not None and len(usual) and float(lost.sum()) > 0:
            held = float(value_captured(lost, ranking, top_share))
            table.loc[f"lost_money_in_the_top_by_{name}", "observed"] = held
    return table.rename_axis("line").reset_index()


def _calibrated(rows: pd.DataFrame) -> dict[str, float]:
    """Return how many were expected to stop, how many did, and how far apart in standard errors."""
    chance = rows["p_stopped"].to_numpy(dtype=float)
    expected, observed = float(chance.sum()), float(rows["stopped"].sum())
    error = float(np.sqrt((chance * (1 - chance)).sum()))
    z = (observed - expected) / error if error > 0 else 0.0
    return {"expected_stopped": expected, "observed_stopped": observed, "calibration_z": z}
