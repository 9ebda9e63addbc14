"""The borders between account classes and between Whitney's actions, fitted on one period for the next.

Ranks of a period would make the class of a customer depend on how the others did in it. As a target a class
has borders that were known before: the money that made somebody significant until now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.analysis.accounts.classes import by_rule, most_key_accounts
from crm_ml.analysis.accounts.rating import DEFAULT_CRITERIA, customer_rating
from crm_ml.analysis.accounts.significance import EFFECTS, strategic_importance
from crm_ml.analysis.accounts.whitney import whitney
from crm_ml.analysis.customer_classes import customer_classes, rating_criteria
from crm_ml.classes.breaks import at_least

if TYPE_CHECKING:
    from crm_ml.analysis.company import Company

__all__ = ["ClassBorders"]

_Sorted = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClassBorders:
    """What an account must reach to be large, strategic, a key account or a future one.

    Parameters
    ----------
    revenue : float
        Least revenue of the significant customers.
    strategic_value : float
        Lifetime value from which a customer is strategic whom nobody scored.
    key_rating : float
        Rating of a key account.
    future_value : float
        Lifetime value of a future key account.
    profit : float
        Profit from which a customer is profitable.
    criteria : mapping
        Criterion of the rating → its sorted values, by which a value gets its place.
    """

    revenue: float
    strategic_value: float
    key_rating: float
    future_value: float
    profit: float
    criteria: Mapping[str, _Sorted]

    @classmethod
    def fit(cls, company: Company, view: pd.DataFrame) -> Self:
        """Learn the borders from the customers of a period.

        Parameters
        ----------
        company : Company
            As it was known at the end of the period.
        view : DataFrame
            Its :func:`~crm_ml.analysis.customer_view.customer_view`, with ``revenue`` and ``clv``.
        """
        classes = customer_classes(company, view)
        ratings = classes["rating"].dropna().sort_values(ascending=False).to_numpy()
        worth = view["clv"].dropna().sort_values(ascending=False).to_numpy()
        most = most_key_accounts(len(view))
        strategic = max(1, int(0.2 * len(worth) + 1e-9))
        percentile = [
            name for name, one in DEFAULT_CRITERIA.items() if one.scale == "percentile" and name in view
        ]
        return cls(
            _least(view.loc[classes["significant"], "revenue"].to_numpy(dtype=float), None),
            _least(worth, strategic),
            max(company.settings.key_cut, _least(ratings, most)),
            _least(worth, most),
            company.settings.profit_hurdle,
            {name: np.sort(view[name].dropna().to_numpy(dtype=float)) for name in percentile},
        )

    def classes(self, view: pd.DataFrame) -> pd.DataFrame:
        """Return ``account_class`` and, where profit is known, ``whitney_action`` of each customer.

        Parameters
        ----------
        view : DataFrame
            Customers of another period; index ``customer_id``.
        """
        flags = pd.DataFrame({"significant": _reaches(view["revenue"], self.revenue)})
        flags["strategic"] = self._strategic(view)
        known = "profit" in view
        rating = self._rating(view)
        found = pd.DataFrame(index=view.index)
        found["account_class"] = by_rule(
            loss=view["profit"] < 0 if known else flags["significant"] & False,
            key=_reaches(rating, self.key_rating),
            future=_reaches(view["clv"], self.future_value),
            large=flags["significant"],
        )
        if known:
            flags["profitable"] = view["profit"] >= self.profit
            actions = whitney(flags).tables["customers"].set_index("customer_id")["whitney_action"]
            found["whitney_action"] = actions.reindex(view.index)
        return found

    def _strategic(self, view: pd.DataFrame) -> pd.Series[bool]:
        """Return who is strategic: by the scores of people, else by lifetime value."""
        scores = view[[name for name in EFFECTS if name in view]]
        found = strategic_importance(None if scores.columns.empty else scores, view[["clv"]].dropna())
        table = found.table.set_index("customer_id").reindex(view.index)
        by_value = _reaches(view["clv"], self.strategic_value)
        flag: pd.Series[bool] = table["strategic"].where(table["strategic_source"] == "manual", by_value)
        return flag.astype("bool")

    def _rating(self, view: pd.DataFrame) -> pd.Series[float]:
        """Return the rating with the places that the values would have had in the fitted period."""
        table = rating_criteria(view)
        criteria: dict[str, Any] = dict(DEFAULT_CRITERIA)
        for name, fitted in self.criteria.items():
            table[name] = _places(table[name], fitted)
            criteria[name] = replace(criteria[name], scale="score", score_range=(0.0, 1.0))
        if "strategic" in table:
            table["strategic"] = self._strategic(view).map({True: 5.0, False: 0.0})
        known = {name: one for name, one in criteria.items() if name in self.criteria or one.scale == "score"}
        return customer_rating(table, known).table.set_index("customer_id")["rating"].reindex(view.index)


def _reaches(values: pd.Series[float], edge: float) -> pd.Series[bool]:
    reached = at_least(np.asarray(values, dtype=float), edge)
    return pd.Series(reached, index=values.index)


def _least(falling: _Sorted, count: int | None) -> float:
    """Return the least of the first `count` values, or of all; infinity when there is none."""
    chosen = falling if count is None else falling[:count]
    return float(chosen.min()) if len(chosen) else np.inf


def _places(values: pd.Series[float], fitted: _Sorted) -> pd.Series[float]:
    """Return where values lie among the fitted ones, from 0 to 1; equal values share the middle of theirs."""
    numbers = values.to_numpy(dtype=float)
    below = np.searchsorted(fitted, numbers, side="left")
    equal = np.searchsorted(fitted, numbers, side="right") - below
    span = max(len(fitted) - 1, 1)
    places = np.clip((below + (equal - 1) / 2) / span, 0.0, 1.0)
    return pd.Series(places, index=values.index).where(values.notna())
