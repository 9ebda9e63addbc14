"""Which customers are significant in revenue, and which are of strategic importance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.values import customer_values, ranked
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_fraction
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["EFFECTS", "significance", "strategic_importance"]

# One direct effect and the five indirect ones of the source, each scored from 0 to 5.
EFFECTS = ("direct", "learning", "reputation", "bridgehead", "network", "ambassador")


def significance(
    source: Transactions | IntoFrame,
    *,
    share: float = 0.8,
    minimum: float | None = None,
    value: str | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Find the customers that are large in revenue (large in revenue is not large in profit).

    Parameters
    ----------
    source, value, as_of, period_days
        See :func:`~crm_ml.analysis.values.customer_values`.
    share : float
        Relative: significant are the customers of the smallest set that makes this share of the total.
    minimum : float, optional
        Absolute: significant are customers of at least this amount; replaces `share`.

    Returns
    -------
    Result
        A row a class; ``tables["customers"]``: ``customer_id, value, rank, cumulative_share, significant``.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abc"), "revenue": [70.0, 20.0, 10.0]})
    >>> significance(table).tables["customers"]["significant"].tolist()
    [True, True, False]
    """
    check_fraction(share, what="share")
    values = customer_values(source, value, as_of=as_of, period_days=period_days)
    customers = ranked(values.amounts)
    total = float(values.amounts.sum())
    if minimum is not None:
        customers["significant"] = customers["value"] >= minimum
    else:
        # The customer that lifts the sum over the share belongs to the set, whatever rounding does.
        reached = customers["cumulative_share"] - customers["share"]
        customers["significant"] = (reached < share - 1e-12) & (customers["value"] > 0) & (total > 0)
    table = _two_groups(customers, "significant", total)
    return finished(
        "significance",
        table,
        source="DOMAIN 12; S4 s24",
        parameters={**values.parameters, "share": share, "minimum": minimum},
        basis=values.basis,
        n=len(customers),
        warnings=() if total > 0 else (note("total_not_positive"),),
        tables={"customers": customers},
        figures={"significant": float(customers["significant"].sum())},
        plotter=charts.bars("class", "share_customers", "share", share=True),
    )


def _two_groups(customers: pd.DataFrame, flag: str, total: float) -> pd.DataFrame:
    rows = []
    for name, mask in ((flag, customers[flag]), (f"not_{flag}", ~customers[flag])):
        amount = float(customers.loc[mask, "value"].sum())
        rows.append(
            (name, int(mask.sum()), float(mask.mean()), amount, amount / total if total > 0 else np.nan)
        )
    return pd.DataFrame(rows, columns=["class", "customers", "share_customers", "value", "share"])


def strategic_importance(
    accounts: IntoFrame | None,
    values: IntoFrame | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    cut: float = 3.0,
    top: float = 0.2,
) -> Result:
    """Score strategic importance by hand-given effects, and by lifetime value where nobody gave any.

    Parameters
    ----------
    accounts : table, optional
        ``customer_id`` and those of :data:`EFFECTS` that are scored, 0–5; a missing score is left out of the
        weighted mean and shows in ``coverage``.
    values : table, optional
        ``customer_id, clv``: the stand-in for customers without any score.
    weights : mapping, optional
        Weight of each effect; equal by default.
    cut : float
        Score from which a customer is strategic.
    top : float
        Share of the customers by lifetime value that counts as strategic where there is no score.

    Returns
    -------
    Result
        A row a customer: ``score, coverage, clv, strategic, strategic_source`` (``manual`` or ``model``).

    Examples
    --------
    >>> accounts = pd.DataFrame({"customer_id": ["a", "b"], "learning": [5, None], "network": [2, None]})
    >>> values = pd.DataFrame({"customer_id": ["a", "b"], "clv": [1.0, 9.0]})
    >>> strategic_importance(accounts, values).table[["customer_id", "score", "strategic",
    ...     "strategic_source"]]
      customer_id  score  strategic strategic_source
    0           a    3.5       True           manual
    1           b    NaN       True            model
    """
    if accounts is None and values is None:
        return not_computed("strategic_importance", "accounts", "clv")
    check_fraction(top, what="top")
    manual = _manual_scores(accounts, weights or dict.fromkeys(EFFECTS, 1.0))
    worth = pd.Series(dtype="float64", name="clv")
    if values is not None:
        worth = numeric(customer_table(values, "clv", name="customer values"), "clv", name="customer values")
    ids = manual.index.union(worth.index).sort_values()
    table = manual.reindex(ids)
    table["clv"] = worth.reindex(ids)
    heads = max(1, int(top * int(worth.notna().sum()) + 1e-9)) if len(worth) else 0
    best = worth.sort_index().sort_values(ascending=False, kind="stable").index[:heads]
    scored = table["score"].notna()
    table["coverage"] = table["coverage"].fillna(0.0)
    table["strategic"] = np.where(scored, table["score"] >= cut, table.index.isin(best))
    table["strategic_source"] = np.where(scored, "manual", "model")
    return finished(
        "strategic_importance",
        table.reset_index(names="customer_id"),
        source="DOMAIN 13; S4 s31; stand-in by lifetime value: own",
        parameters={"weights": dict(weights or {}), "cut": cut, "top": top},
        n=len(table),
        warnings=() if scored.any() else (note("no_manual_scores"),),
        figures={"strategic": float(table["strategic"].sum()), "scored": float(scored.sum())},
    )


def _manual_scores(accounts: IntoFrame | None, weights: Mapping[str, float]) -> pd.DataFrame:
    if accounts is None:
        return pd.DataFrame(
            {"score": [], "coverage": []}, index=pd.Index([], dtype="str", name="customer_id")
        )
    raw = customer_table(accounts, name="accounts")
    names = [name for name in weights if name in raw.columns]
    scores = pd.DataFrame(
        {name: numeric(raw, name, name="accounts", minimum=0) for name in names}, index=raw.index
    )
    if (scores > 5).to_numpy().any():
        where = scores.index[(scores > 5).any(axis=1)][:5].tolist()
        raise InputError(
            "strategic scores lie between 0 and 5", got=f"more for {where}", do="correct these scores"
        )
    weight = pd.Series({name: float(weights[name]) for name in names}, dtype="float64")
    used = scores.notna().astype("float64") @ weight if names else pd.Series(0.0, index=raw.index)
    score = (
        scores.fillna(0.0) @ weight / used.where(used > 0) if names else pd.Series(np.nan, index=raw.index)
    )
    return pd.DataFrame({"score": score, "coverage": used / max(sum(weights.values()), 1e-300)})
