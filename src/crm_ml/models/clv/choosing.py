"""Which purchase model to use: the one that says most about customers it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from crm_ml.base.exceptions import InputError
from crm_ml.base.result import Result
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.erlang_nbd import ErlangNBD
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.nbd import NBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array, read_rows

__all__ = ["Choice", "fit_best"]


@dataclass(frozen=True)
class Choice:
    """The chosen model, fitted on all customers, with the comparison that chose it.

    Parameters
    ----------
    model : PurchaseModel
    comparison : Result
        Table with a row a candidate: `log_likelihood` on held-out customers, `per_customer`, `behind` (the
        best one) and `behind_error` (its standard error).
    reason : str
        Why this one.
    """

    model: PurchaseModel
    comparison: Result
    reason: str


def fit_best(
    summary: pd.DataFrame,
    candidates: Sequence[PurchaseModel] | None = None,
    *,
    time_unit: str = "day",
    folds: int = 5,
    seed: int = 0,
) -> Choice:
    """Fit the family and choose by held-out log-likelihood.

    Customers are dealt into folds; each candidate is fitted without a fold and judged on it. Among those
    within one standard error of the best, the one with the fewest parameters wins, and then the first of the
    list.

    Parameters
    ----------
    summary : DataFrame
        Columns `frequency, t_x, T`; optionally `count, log_gaps`.
    candidates : sequence of PurchaseModel, optional
        Unfitted models of continuous time; NBD, MBG/NBD, Pareto/NBD, BG/NBD and MBG/CNBD-k when not given.
    time_unit : str
        Unit of the summary, for the default candidates.
    folds, seed : int
        How many folds, and what deals the customers.

    Raises
    ------
    InputError
        When a candidate counts opportunities: its likelihood does not compare with the others.

    Examples
    --------
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 2, 6] * 20, "t_x": [0, 10, 30, 34] * 20, "T": [39] * 80}
    ... )
    >>> choice = fit_best(summary, [NBD(), MBGNBD()])
    >>> choice.comparison.table.index.tolist()
    ['NBD', 'MBGNBD']
    """
    family = [MBGNBD, ParetoNBD, BGNBD, ErlangNBD, NBD]
    models = [one(time_unit=time_unit) for one in family] if candidates is None else list(candidates)
    if any(not model.comparable_with_nbd for model in models):
        raise InputError("BG/BB counts opportunities and does not compare", do="leave it out")
    scores = {_label(model): _held_out(model, summary, folds, seed) for model in models}
    table = _compare(scores, read_rows(summary).count)
    close = [model for model in models if not table.loc[_label(model), "clearly_behind"]]
    chosen = min(close, key=lambda model: len(model.parameters))
    best = str(table["log_likelihood"].idxmax())
    reason = f"{_label(chosen)} says most about customers it has not seen"
    if _label(chosen) != best:
        reason = f"{_label(chosen)} is within one standard error of {best} and simpler or listed first"
    comparison = Result(
        name="purchase_model_choice",
        table=table,
        parameters={"folds": folds, "seed": seed},
        n=len(summary),
        warnings=(reason,),
        formula="sum over folds of the log-likelihood of customers left out of the fit",
    )
    return Choice(clone(chosen).fit(summary), comparison, reason)


def _label(model: PurchaseModel) -> str:
    return type(model).__name__


def _held_out(model: PurchaseModel, summary: pd.DataFrame, folds: int, seed: int) -> Array:
    """Return the weighted log-likelihood of each fold when it was left out."""
    fold = np.random.default_rng(seed).permutation(len(summary)) % folds
    count = read_rows(summary).count
    values = []
    for one in range(folds):
        inside = fold == one
        if not inside.any() or inside.all():
            continue
        fitted = clone(model).fit(summary[~inside])
        values.append(fitted.score(summary[inside]) * float(count[inside].sum()))
    return np.array(values)


def _compare(scores: dict[str, Array], count: Array) -> pd.DataFrame:
    total = pd.Series({name: float(values.sum()) for name, values in scores.items()})
    best = str(total.idxmax())
    table = pd.DataFrame({"log_likelihood": total, "per_customer": total / float(count.sum())})
    table["behind"] = total[best] - total
    table["behind_error"] = [_error(scores[best] - scores[name]) for name in table.index]
    table["clearly_behind"] = table["behind"] > table["behind_error"]
    return table


def _error(differences: Array) -> float:
    if len(differences) < 2:
        return 0.0
    return float(np.std(differences, ddof=1) * np.sqrt(len(differences)))
