"""How loyal each customer is: by the model, by what it says, or by what it did after it answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.totals import customer_totals
from crm_ml.data.windows import DateLike, Window

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.data.transactions import Transactions

__all__ = ["intended_loyalty", "modelled_loyalty", "observed_loyalty"]


def modelled_loyalty(scores: IntoFrame) -> pd.Series[float]:
    """Return 1 − the chance that a customer stops or dries up; where that is unknown, that it stops.

    Parameters
    ----------
    scores : table
        ``customer_id`` and ``p_at_risk`` or ``p_stopped``: the risk list.

    Examples
    --------
    >>> risk = pd.DataFrame({"customer_id": ["a", "b"], "p_at_risk": [0.3, None], "p_stopped": [0.2, 0.5]})
    >>> modelled_loyalty(risk).tolist()
    [0.7, 0.5]
    """
    table = customer_table(scores, name="scores")
    known = [numeric(table, name, name="scores") for name in ("p_at_risk", "p_stopped") if name in table]
    risk = pd.Series(float("nan"), index=table.index) if not known else known[0]
    for other in known[1:]:
        risk = risk.fillna(other)
    return (1 - risk).dropna().rename("loyalty")


def intended_loyalty(survey: IntoFrame, *, scale: int = 5, as_of: DateLike | None = None) -> pd.Series[float]:
    """Return the intention to buy again as a share of its scale, for each known customer.

    Examples
    --------
    >>> survey = pd.DataFrame({"customer_id": ["a", "b"], "kind": "repurchase", "score": [5, 2]})
    >>> intended_loyalty(survey).tolist()
    [1.0, 0.25]
    """
    answers = read_answers(survey, scale=scale, as_of=as_of)
    asked = answers.by_customer("repurchase")
    return ((asked - 1) / max(answers.scale("repurchase") - 1, 1)).rename("loyalty")


def observed_loyalty(tx: Transactions, customers: pd.Index[str], window: Window) -> pd.Series[float]:
    """Return 1 for customers who bought in a period after their answer, 0 for those who did not.

    Parameters
    ----------
    tx : Transactions
        The log.
    customers : Index
        Who answered before the period.
    window : Window
        The period.
    """
    totals = customer_totals(tx, window)
    bought = totals.index[totals["purchase_days"] > 0]
    return pd.Series(customers.isin(bought).astype("float64"), index=customers, name="loyalty")
