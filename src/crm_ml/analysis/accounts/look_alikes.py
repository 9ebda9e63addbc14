"""Prospects that look like the customers we want more of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.words import Note, Wording, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.models.rule_report import RuleReport

__all__ = ["look_alikes"]

_FOLDS = 5
_LEAST = 10
_LEVELS = 20


def look_alikes(
    customers: IntoFrame | None,
    prospects: IntoFrame | None,
    *,
    wanted: str,
    attributes: Sequence[str],
    model: str = "rule_list",
    extra_forbidden: Sequence[str] = (),
    seed: int = 0,
) -> Result:
    """Score prospects by how likely they are to become a customer of the wanted class.

    Parameters
    ----------
    customers : table, optional
        ``customer_id``, the attributes, and the true-or-false column `wanted` (such as: is a top customer).
    prospects : table, optional
        ``customer_id`` and the same attributes.
    wanted : str
        Column of `customers` with the class.
    attributes : sequence of str
        What is known of a prospect before its first purchase: sector, size, region, channel. Attributes that
        judge people on forbidden grounds are refused.
    model : str
        A classifier of :func:`crm_ml.models.catalog.make_model`; a ``rule_list`` shows its rules.
    extra_forbidden : sequence of str
        Further names to refuse.
    seed : int
        Seed of the folds and the model.

    Returns
    -------
    Result
        ``customer_id, probability, rank`` of the prospects; ``tables["rules"]`` where the model has them:
        ``position, conditions, customers, probability`` with interval, ``lift``; the first one decides.
        Figures: ``auc`` (cross-validated on customers; .5 = chance) and ``base_rate``.

    Raises
    ------
    ForbiddenAttributeError
        When an attribute is forbidden.
    """
    from crm_ml.data.privacy import check_allowed
    from crm_ml.models.catalog import make_model

    check_allowed(attributes, extra_forbidden=extra_forbidden)
    if customers is None or prospects is None:
        return not_computed("look_alikes", "accounts" if customers is None else "prospects")
    known = customer_table(customers, wanted, *attributes, name="accounts")
    known = known[known[wanted].notna()]
    y = known[wanted].astype("bool")
    if min(int(y.sum()), int((~y).sum())) < _LEAST:
        return empty_result("look_alikes", note("too_few_classes", least=_LEAST))
    asked = customer_table(prospects, *attributes, name="prospects")
    if asked.empty:
        return not_computed("look_alikes", "prospects")
    levels = _levels(known, attributes)
    X, X_new = (_encoded(table, levels) for table in (known, asked))
    auc = _cross_validated_auc(X, y, lambda: make_model(model, seed=seed), seed)
    fitted: Any = make_model(model, seed=seed).fit(X, y)
    probability = fitted.predict_proba(X_new)[:, list(fitted.classes_).index(True)]
    table = pd.DataFrame({"customer_id": asked.index, "probability": probability})
    table = table.sort_values(["probability", "customer_id"], ascending=[False, True], ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    rules = getattr(fitted, "rules_", None)
    return finished(
        "look_alikes",
        table,
        source="DOMAIN 11; S1 l.16; S2 s15; S4 s33",
        parameters={"wanted": wanted, "attributes": list(attributes), "model": model, "seed": seed},
        n=len(known),
        warnings=_warnings(len(known), int(y.sum()), auc),
        tables={} if rules is None else {"rules": _rule_table(rules)},
        figures={"auc": auc, "base_rate": float(y.mean())},
        plotter=charts.curve("rank", "probability", share=True),
    )


def _levels(known: pd.DataFrame, attributes: Sequence[str]) -> dict[str, list[str] | None]:
    """Return the levels of text attributes (most frequent first), None for numbers."""
    found: dict[str, list[str] | None] = {}
    for name in attributes:
        column = known[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            found[name] = None
        else:
            counts = (
                column.dropna()
                .astype("str")
                .value_counts()
                .sort_index()
                .sort_values(ascending=False, kind="stable")
            )
            found[name] = [str(level) for level in counts.index[:_LEVELS]]
    return found


def _encoded(table: pd.DataFrame, levels: dict[str, list[str] | None]) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for name, names in levels.items():
        if names is None:
            columns[name] = pd.to_numeric(table[name], errors="coerce").astype("float64")
            continue
        text = table[name].astype("object").where(table[name].notna(), None)
        # A level that no customer had matches no column: the prospect counts as "other".
        columns |= {f"{name} = {level}": (text.astype("str") == level).astype("float64") for level in names}
    return pd.DataFrame(columns, index=table.index)


def _cross_validated_auc(X: pd.DataFrame, y: pd.Series[bool], make: Any, seed: int) -> float:
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    scores = np.zeros(len(y))
    for train, test in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(X, y):
        fitted = make().fit(X.iloc[train], y.iloc[train])
        scores[test] = fitted.predict_proba(X.iloc[test])[:, list(fitted.classes_).index(True)]
    return float(roc_auc_score(y, scores))


def _rule_table(report: RuleReport) -> pd.DataFrame:
    """Return a row a rule, the first that holds decides; its conditions in the words of either reader."""
    frame = report.to_frame("en")
    conditions = [Wording(*pair) for pair in zip(report.texts("en"), report.texts("nl"), strict=True)]
    return pd.DataFrame(
        {
            "position": frame["rule"],
            "conditions": pd.Series(conditions, dtype=object),
            "customers": frame["n"],
            "probability": frame["rate"],
            "probability_low": frame["low"],
            "probability_high": frame["high"],
            "lift": frame["lift"],
        }
    )


def _warnings(customers: int, positives: int, auc: float) -> tuple[Note, ...]:
    learnt = note("learnt_from", customers=customers, positives=positives)
    return (learnt, note("no_better_than_chance", auc=auc)) if auc < 0.55 else (learnt,)
