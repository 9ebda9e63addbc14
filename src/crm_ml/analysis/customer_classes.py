"""The classes of each customer: what joins the risk list, and can be a feature or a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.accounts.classes import account_classes
from crm_ml.analysis.accounts.rating import customer_rating
from crm_ml.analysis.accounts.significance import EFFECTS, significance, strategic_importance
from crm_ml.analysis.accounts.whitney import whitney
from crm_ml.data.memory import once

if TYPE_CHECKING:
    from crm_ml.analysis.company import Company
    from crm_ml.base.result import Result

__all__ = ["customer_account_classes", "customer_classes", "customer_ratings", "rating_criteria"]


def customer_classes(company: Company, view: pd.DataFrame) -> pd.DataFrame:
    """Return the classes of each customer: significant, profitable, strategic, rating, account class, action.

    The table joins the risk list by ``customer_id``; its columns can be features or targets.
    """
    kept = (company, view)  # beside their classes, so that their ids cannot pass to others
    return once(company.tx, ("classes", *map(id, kept)), lambda: (kept, _computed(company, view)))[1]


def _computed(company: Company, view: pd.DataFrame) -> pd.DataFrame:
    classes = pd.DataFrame(index=view.index)
    if "revenue" not in view:
        return classes
    flags = significance(view[["revenue"]]).tables["customers"].set_index("customer_id")
    classes["significant"] = flags["significant"].reindex(view.index)
    if "profit" in view:
        classes["profitable"] = view["profit"] >= company.settings.profit_hurdle
    strategic = _strategic(view)
    if strategic is not None:
        classes["strategic"] = strategic.reindex(view.index)
    classes["rating"] = _rating(company, view)
    accounts = customer_account_classes(company, view).tables["customers"].set_index("customer_id")
    classes["account_class"] = accounts["account_class"].reindex(view.index)
    if {"strategic", "profitable"} <= set(classes):
        action = whitney(classes).tables["customers"].set_index("customer_id")
        classes["whitney_action"] = action["whitney_action"].reindex(view.index)
        classes["human_review_required"] = action["human_review_required"].reindex(view.index)
    return classes


def customer_ratings(company: Company, view: pd.DataFrame) -> Result:
    """Return the rating of each customer of the view; made once."""
    made = once(company.tx, ("rating", id(view)), lambda: (view, customer_rating(rating_criteria(view))))
    return made[1]


def customer_account_classes(company: Company, view: pd.DataFrame) -> Result:
    """Return the account class of each customer of a view with revenue; made once."""

    def made() -> Result:
        columns = view[[name for name in ("revenue", "profit", "clv") if name in view]]
        columns = columns.assign(rating=_rating(company, view))
        return account_classes(columns, key_cut=company.settings.key_cut)

    return once(company.tx, ("account classes", id(view)), lambda: (view, made()))[1]


def _rating(company: Company, view: pd.DataFrame) -> pd.Series[float]:
    """Return the rating of each customer, in the order of the view."""

    def made() -> pd.Series[float]:
        rated = customer_ratings(company, view).table.set_index("customer_id")["rating"]
        return rated.reindex(view.index)

    return once(company.tx, ("rating by customer", id(view)), lambda: (view, made()))[1]


def rating_criteria(view: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the view that the rating weighs; strategic importance as 5 or 0."""
    table = view[[name for name in ("profit", "revenue", "potential", "co_operation") if name in view]].copy()
    strategic = _strategic(view)
    if strategic is not None:
        table["strategic"] = strategic.reindex(view.index).map({True: 5.0, False: 0.0})
    return table


def _strategic(view: pd.DataFrame) -> pd.Series[bool] | None:
    scores = view[[name for name in EFFECTS if name in view]]
    values = view[["clv"]].dropna() if "clv" in view else None
    if scores.columns.empty and values is None:
        return None
    result = strategic_importance(None if scores.columns.empty else scores, values)
    found: pd.Series[bool] = result.table.set_index("customer_id")["strategic"].astype("bool")
    return found
