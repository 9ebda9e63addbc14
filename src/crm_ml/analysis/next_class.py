"""The class of the next period: what a model of account classes or of Whitney's actions learns to predict."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.accounts.classes import ACCOUNT_CLASSES
from crm_ml.analysis.accounts.whitney import NAMED_ACTIONS
from crm_ml.analysis.as_known import as_known
from crm_ml.analysis.class_borders import ClassBorders
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.day_table import has_margin
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice
from crm_ml.data.windows import Window, as_day, check_observed
from crm_ml.labels.outcome import outcome
from crm_ml.labels.segment import INACTIVE

if TYPE_CHECKING:
    from crm_ml.analysis.company import Company

__all__ = ["NEXT_CLASSES", "label_next_class", "next_class_panel"]

#: Class that can be a target → its values.
NEXT_CLASSES = {
    "account_class": (*ACCOUNT_CLASSES, INACTIVE),
    "whitney_action": (*NAMED_ACTIONS, INACTIVE),
}
_MONEY = ("revenue", "margin", "profit")


def label_next_class(company: Company, window: Window, kind: str = "account_class") -> pd.Series:
    """Return the class of each known customer in the horizon.

    Borders, and the model of lifetime value, are fitted on what preceded the cutoff, so that a label never
    depends on how others did in the horizon. Revenue and profit are those of the horizon; lifetime value and
    the scores of people are as known when it ended.

    Parameters
    ----------
    company : Company
        Transactions with money, settings, accounts with ``as_of``; see
        :func:`~crm_ml.analysis.as_known.as_known`.
    window : Window
        Cutoff and horizon, fully observed.
    kind : {"account_class", "whitney_action"}
        Which class.

    Returns
    -------
    Series of dtype category
        Index ``customer_id``, sorted: all customers known before the cutoff; ``inactive`` for those who buy
        nothing, or nothing on balance.

    Raises
    ------
    InputError
        When the transactions hold no money, or nothing tells the profit that Whitney's actions need.
    WindowError
        When the horizon is not fully observed.

    Examples
    --------
    >>> from crm_ml.analysis.company import Company
    >>> from crm_ml.data.company.make import make_company
    >>> company = Company(make_company(100, seed=1).log())
    >>> label_next_class(company, Window("2024-01-01", 180)).value_counts().to_dict()["inactive"]
    14
    """
    check_choice(kind, NEXT_CLASSES, what="class")
    check_observed(company.tx, window)
    _check_money(company, kind)
    settings = dataclasses.replace(company.settings, period_days=window.horizon_days)
    company = dataclasses.replace(company, settings=settings)
    start = as_known(company, window.cutoff_day)
    before = customer_view(start)
    # A history shorter than the horizon is stretched to its length.
    seen = min(window.cutoff_day - as_day(company.tx.first_day), window.horizon_days)
    money = [name for name in _MONEY if name in before]
    before = before.assign(**before[money] * (window.horizon_days / max(seen, 1)))
    after = customer_view(as_known(company, window.end_day, fitted=window.cutoff_day))
    bought = after[after["revenue"] > 0]
    found = ClassBorders.fit(start, before).classes(bought)[kind]
    everybody = outcome(company.tx, window).index
    labels = found.reindex(everybody).fillna(INACTIVE).rename("segment")
    return labels.astype(pd.CategoricalDtype(list(NEXT_CLASSES[kind])))


def next_class_panel(company: Company, windows: Iterable[Window], kind: str) -> pd.Series:
    """Return :func:`label_next_class` of several windows; index ``customer_id, cutoff``."""
    parts = {window.cutoff: label_next_class(company, window, kind) for window in windows}
    panel: pd.Series = pd.concat(parts, names=["cutoff", "customer_id"]).swaplevel()
    return panel


def _check_money(company: Company, kind: str) -> None:
    if not company.tx.has_money:
        raise InputError(f"{kind} needs money", got="transactions without amount", do="map data.amount")
    if kind == "whitney_action" and not has_margin(company.tx) and company.settings.margin_rate is None:
        raise InputError(
            "whitney_action needs profit",
            got="transactions without cost or profit",
            do="map data.cost or data.profit, or set analysis.margin_rate",
        )
