"""Whether the purchase model behind the lifetime value beats the simplest forecast on later data."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from crm_ml.base.notes import Note
from crm_ml.data.transactions import Transactions
from crm_ml.evaluation.experiment import Experiment
from crm_ml.features.summary import rfm_summary
from crm_ml.models.clv.lifetime_value import LifetimeValue

__all__ = ["purchase_verdict"]

_FIGURES = ("rmse_model", "rmse_naive", "auc_model", "auc_naive", "bias_model", "bias_naive")


def purchase_verdict(
    tx: Transactions, experiment: Experiment | None, model: LifetimeValue | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Judge the kind of model that the bundle holds on the test window.

    It is fitted on the days before that window alone; what customers bought in it is compared with what the
    model and the naive rate (own purchases per day, continued) expected.

    Parameters
    ----------
    tx : Transactions
        The log.
    experiment : Experiment, optional
        Its test window is used.
    model : LifetimeValue, optional
        The one in the bundle, fitted on later days; for the verdict it is fitted again.

    Returns
    -------
    tuple of dict and tuple of str
        The verdict (``beats_naive_rate``, ``loses_to_naive_rate`` or ``not_judged``) with its figures, and
        what every list must say, the message of the model included.
    """
    if model is None:
        return {}, ()
    told = (model.message_,) if model.message_ else ()
    if experiment is None:
        return {"verdict": "not_judged"}, (*told, Note("proof.not_judged"))
    window = experiment.plan.test
    summary = rfm_summary(tx, window.cutoff)
    fitted = clone(model).fit(summary).purchases_
    bought = rfm_summary(tx, window.end)["frequency"].reindex(summary.index) - summary["frequency"]
    judged = fitted.diagnostics(summary, bought, window.horizon_days / fitted.days_per_unit)
    verdict = "beats_naive_rate" if judged.figures["beats_naive"] else "loses_to_naive_rate"
    # No AUC where everybody bought, no bias where nobody did: JSON has no "not a number".
    figures = {name: judged.figures[name] for name in _FIGURES if np.isfinite(judged.figures[name])}
    facts = {"verdict": verdict, "model": type(fitted).__name__, "cutoff": str(window.cutoff), **figures}
    return facts, (*told, *(note for note in judged.warnings if note != fitted.message_))
