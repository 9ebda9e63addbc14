"""Every figure of one fitted model on later rows, with the bootstrap draws of the one that decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.stats import rankdata

from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.calibration import calibration_line
from crm_ml.evaluation.metrics import Floats, auc, brier, brier_skill, log_loss, ranking_figures
from crm_ml.evaluation.money import (
    bias,
    expected_profit,
    rmse,
    spend_gini_by_weights,
    tweedie_deviance,
    value_captured,
)
from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.evaluation.targets import Metric, Target, headline

__all__ = ["Measured", "main_figure", "main_score", "measure", "measure_target"]

_RANKING = ("auc", "average_precision", "lift")  # as `ranking_figures` returns them


@dataclass(frozen=True)
class Measured:
    """Figures by name, and the draws of the main figure.

    Parameters
    ----------
    figures : dict of str to float
        Columns of a comparison.
    draws : ndarray of shape (replicates,)
        AUC or Gini of every bootstrap draw; the same customers for every model.
    """

    figures: dict[str, float]
    draws: Floats


def main_figure(panel: Panel) -> str:
    """Return the figure that decides: how well the ranking separates."""
    return "gini" if panel.task.kind == "regression" else "auc"


def main_score(model: Any, panel: Panel) -> float:
    """Return the main figure of a fitted model on rows that all have a label, without an interval."""
    if panel.task.kind == "regression":
        return float(_gini(panel, np.asarray(model.predict(panel.X), dtype=float))())
    return float(_ranked(headline(model, panel), panel, auc)())


def measure(model: Any, panel: Panel, bootstrap: CustomerBootstrap, settings: EvaluationSettings) -> Measured:
    """Measure a fitted model or baseline on rows that all have a label."""
    if panel.task.kind == "regression":
        return _measure_amounts(model, panel, bootstrap, settings)
    return measure_target(headline(model, panel), panel, bootstrap, settings)


def measure_target(
    target: Target, panel: Panel, bootstrap: CustomerBootstrap, settings: EvaluationSettings
) -> Measured:
    """Measure the answers to one target."""
    figures: dict[str, float] = {"positives": float(target.truths.sum()) if target.is_single else np.nan}
    ranked = _ranked(target, panel, partial(ranking_figures, share=settings.top_share))
    drawn = bootstrap.figures(ranked)
    for name, figure, draws in zip(_RANKING, ranked(), drawn, strict=True):
        low, high = interval(draws, settings.level)
        figures |= {name: float(figure), f"{name}_low": low, f"{name}_high": high}
    for name, score in (("brier", brier), ("brier_skill", brier_skill), ("log_loss", log_loss)):
        figures[name] = float(target.figure(score, of="probabilities"))
    slope, intercept = calibration_line(target.truths.ravel(), target.probabilities.ravel())
    figures |= {"slope": slope, "intercept": intercept, **_money(target, panel, settings)}
    return Measured(figures, drawn[0])


def _ranked(target: Target, panel: Panel, metric: Metric) -> Callable[..., Any]:
    """Return the function from weights to the metric, averaged over the snapshots of the panel."""
    parts = {place: target.at(rows) for place, rows in enumerate(panel.snapshots)}
    return _averaged(panel, lambda place, weights: parts[place].figure(metric, weights))


def _gini(panel: Panel, ranking: Floats) -> Callable[..., Any]:
    actual = panel.y.to_numpy(dtype=float)
    parts = [spend_gini_by_weights(actual[rows], ranking[rows]) for rows in panel.snapshots]
    return _averaged(panel, lambda place, weights: parts[place](weights))


def _averaged(panel: Panel, figure: Callable[[int, Any], Any]) -> Callable[..., Any]:
    # Scores of different cutoffs are not ranked against each other: levels differ by season.
    snapshots = panel.snapshots

    def mean(weights: Floats | None = None) -> Any:
        if weights is None or len(snapshots) == 1:
            several = [figure(place, weights) for place in range(len(snapshots))]
        else:
            several = [figure(place, weights[..., rows]) for place, rows in enumerate(snapshots)]
        each = np.stack([np.asarray(one) for one in several])
        seen = np.isfinite(each).sum(axis=0)
        total = np.where(np.isfinite(each), each, 0.0).sum(axis=0)
        return np.divide(total, seen, out=np.full(total.shape, np.nan), where=seen > 0)

    return mean


def _money(target: Target, panel: Panel, settings: EvaluationSettings) -> dict[str, float]:
    if not target.is_single:
        return {"value_captured": np.nan, "expected_profit": np.nan}
    truth, risk = target.truths[0], target.probabilities[0]
    at_stake = panel.context["at_stake"].to_numpy(dtype=float)
    lost = truth * np.maximum(at_stake - panel.context["value"].to_numpy(dtype=float), 0.0)
    gain = settings.margin * settings.save_rate
    cost = settings.contact_cost
    profit = expected_profit(
        truth,
        risk,
        at_stake,
        margin=settings.margin,
        save_rate=settings.save_rate,
        contact_cost=gain * float((truth * at_stake).mean()) if cost is None else cost,
    )
    captured = value_captured(lost, risk * at_stake, settings.top_share)
    return {"value_captured": float(captured), "expected_profit": float(profit)}


def _measure_amounts(
    model: Any, panel: Panel, bootstrap: CustomerBootstrap, settings: EvaluationSettings
) -> Measured:
    actual = panel.y.to_numpy(dtype=float)
    forecast = np.asarray(model.predict(panel.X), dtype=float)
    ranking = model.ranking(panel.X) if hasattr(model, "ranking") else forecast
    gini = _gini(panel, np.asarray(ranking, dtype=float))
    drawn = bootstrap.figures(gini)
    low, high = interval(drawn, settings.level)
    figures = {
        "positives": float((actual > 0).sum()),
        "gini": float(gini()),
        "gini_low": low,
        "gini_high": high,
        "rmse": float(rmse(actual, forecast)),
        "deviance": float(tweedie_deviance(actual, forecast)),
        "bias": float(bias(actual, forecast)),
        "rank_correlation": _rank_correlation(actual, ranking),
    }
    return Measured(figures, drawn)


def _rank_correlation(actual: Floats, ranking: Floats) -> float:
    if np.ptp(actual) == 0 or np.ptp(ranking) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(actual), rankdata(ranking))[0, 1])
