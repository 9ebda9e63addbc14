"""Proxy audit: how well the features give a protected attribute away.

A model that never sees an attribute can still act on it when other features stand in for it. The attribute
is supplied for the audit only; it is never a feature and is stored nowhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.fairness import FairnessSettings, customers_of, values_of_rows
from crm_ml.evaluation.metrics import Floats, auc
from crm_ml.models.catalog import make_model

__all__ = ["proxy_audit"]


def proxy_audit(
    X: pd.DataFrame, protected: pd.Series, settings: FairnessSettings | None = None, *, seed: int = 0
) -> Result:
    """Measure how well the features predict a protected attribute of customers that were held out.

    Parameters
    ----------
    X : DataFrame
        Features; index ``customer_id``, or ``customer_id, cutoff``.
    protected : Series
        Attribute by customer id; customers without it are left out.
    settings : FairnessSettings, optional
        Defaults when not given.
    seed : int
        Seed of folds, model and intervals.

    Returns
    -------
    Result
        A row a value of the attribute, against all others: ``group, n, auc, auc_low, auc_high, proxy`` and
        the three features that tell most on their own (``feature_1`` …). A warning names every value whose
        interval lies above 0.5 and whose AUC is above the limit.

    Raises
    ------
    InputError
        When fewer than two values have enough customers.
    """
    chosen = settings or FairnessSettings()
    groups = values_of_rows(X, protected)
    known = groups.notna().to_numpy()
    rows, labels = X[known], groups[known].astype(str).to_numpy()
    customers = customers_of(rows)
    sizes = pd.Series(customers).groupby(labels).nunique()
    large = sizes[sizes >= chosen.least_group].index.tolist()
    if len(large) < 2:
        raise InputError(
            f"a proxy audit needs two groups of {chosen.least_group} customers", got=sizes.to_dict()
        )
    draws = CustomerBootstrap(customers, 200, seed)
    table = pd.DataFrame([_proxy(str(name), rows, labels, draws, chosen) for name in large])
    hits = table[table["proxy"]]
    return Result(
        "proxy_audit",
        table,
        parameters={"proxy_auc": chosen.proxy_auc, "model": chosen.model, "folds": chosen.folds},
        n=int(sizes.sum()),
        warnings=tuple(
            Note("monitor_notes.proxy", {"attribute": str(protected.name or "?"), **row})
            for row in _named(hits)
        ),
        formula="AUC of the features for the attribute, on customers held out in turn",
        source="own",
    )


def _named(hits: pd.DataFrame) -> list[dict[str, Any]]:
    columns = hits[["group", "auc", "feature_1"]].rename(columns={"feature_1": "feature"})
    return [{str(name): value for name, value in row.items()} for row in columns.to_dict("records")]


def _proxy(
    name: str,
    rows: pd.DataFrame,
    labels: npt.NDArray[Any],
    draws: CustomerBootstrap,
    settings: FairnessSettings,
) -> dict[str, Any]:
    truth = (labels == name).astype(float)
    score = _held_out_score(rows, truth.astype(bool), draws, settings)
    low, high = interval(draws.figures(lambda weights: auc(truth, score, weights)))
    area = float(auc(truth, score))
    alone = {str(column): _alone(truth, rows[column]) for column in rows}
    best = sorted(alone, key=lambda column: (-alone[column], column))[:3]
    best += [""] * (3 - len(best))
    return {
        "group": name,
        "n": int(truth.sum()),
        "auc": area,
        "auc_low": low,
        "auc_high": high,
        "proxy": area > settings.proxy_auc and low > 0.5,
        **{f"feature_{place + 1}": column for place, column in enumerate(best)},
    }


def _held_out_score(
    rows: pd.DataFrame,
    truth: npt.NDArray[np.bool_],
    draws: CustomerBootstrap,
    settings: FairnessSettings,
) -> Floats:
    """Return scores from models that never saw the customer, whatever the cutoff."""
    order = np.random.default_rng(draws.seed).permutation(draws.customers)
    fold = order[draws.codes] % settings.folds
    score = np.full(len(rows), truth.mean())
    for part in range(settings.folds):
        inside = fold == part
        if 0 < truth[~inside].sum() < (~inside).sum() and inside.any():
            model: Any = make_model(settings.model, seed=draws.seed).fit(rows[~inside], truth[~inside])
            score[inside] = model.predict_proba(rows[inside])[:, 1]
    return score


def _alone(truth: Floats, column: pd.Series) -> float:
    values = column.to_numpy(dtype=float, na_value=np.nan)
    middle = np.nanmedian(values) if np.isfinite(values).any() else 0.0
    area = float(auc(truth, np.where(np.isnan(values), middle, values)))
    return max(area, 1 - area)
