"""Which of several models that beat the baseline is taken: an earlier snapshot decides, not the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.measures import Measured, main_figure, main_score, measure
from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.settings import EvaluationSettings

__all__ = ["measure_selection", "pick"]


def measure_selection(
    models: Mapping[str, Any], panel: Panel, settings: EvaluationSettings
) -> dict[str, Measured]:
    """Measure fitted models on labelled rows that they were not trained on and that come before the test.

    Money needs the draws as well, since rankings of money often tie; a class is chosen by its AUC alone.
    """
    if panel.task.kind != "regression":
        main = main_figure(panel)
        return {name: Measured({main: main_score(one, panel)}, np.empty(0)) for name, one in models.items()}
    bootstrap = CustomerBootstrap(panel.customers, settings.draws(len(panel)), settings.seed)
    return {name: measure(one, panel, bootstrap, settings) for name, one in models.items()}


def pick(
    names: Sequence[str], selection: Mapping[str, Measured], main: str, level: float
) -> tuple[str, str | None]:
    """Return the model that is taken, and the one it tied with when nearer amounts decided.

    Parameters
    ----------
    names : sequence of str
        Those that beat the baseline.
    selection : mapping of str to Measured
        All of them on the same rows, with the same draws.
    main : {"auc", "gini"}
        What decides. Models of money whose paired interval to the best ranking holds 0 tie with it: the
        lowest RMSE among them decides.
    level : float
        Coverage of that interval.

    Examples
    --------
    >>> draws = np.linspace(0.7, 0.8, 50)
    >>> steps = np.linspace(-0.01, 0.03, 50)
    >>> sharp = Measured({"gini": 0.76, "rmse": 90.0}, draws + steps)
    >>> near = Measured({"gini": 0.75, "rmse": 80.0}, draws)
    >>> pick(["sharp", "near"], {"sharp": sharp, "near": near}, "gini", 0.95)
    ('near', 'sharp')
    """
    best = max(names, key=lambda one: selection[one].figures[main])
    if main != "gini":
        return best, None
    tied = [one for one in names if one == best or _ties(selection[best], selection[one], level)]
    nearest = min(tied, key=lambda one: selection[one].figures["rmse"])
    return nearest, None if nearest == best else best


def _ties(best: Measured, other: Measured, level: float) -> bool:
    return not interval(best.draws - other.draws, level)[0] > 0
