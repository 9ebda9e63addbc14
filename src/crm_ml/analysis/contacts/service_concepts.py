"""How to serve a customer: by margin per transaction, time between transactions and need for advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.words import note

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["CONCEPTS", "service_concepts"]

# (high margin per transaction, short time between transactions, much advice needed) → concept; own proposal
# after S4 s50–56, which names the criteria and the concepts and leaves the table to the reader.
CONCEPTS: dict[tuple[bool, bool, bool], str] = {
    (True, True, True): "consultative",
    (True, False, True): "consultative",
    (True, True, False): "account_management",
    (True, False, False): "representation",
    (False, True, True): "representation",
    (False, False, True): "transactional",
    (False, True, False): "transactional",
    (False, False, False): "transactional",
}


def service_concepts(
    customers: IntoFrame | None, *, advice_cut: float = 3.0, basis: str = "margin"
) -> Result:
    """Suggest a service concept and a kind of seller for each customer.

    Parameters
    ----------
    customers : table, optional
        ``customer_id, margin_per_order, days_between_orders``; ``advice_need`` (0–5) where known. Without
        both figures a row is a prospect. Cuts are the medians of the customers.
    advice_cut : float
        Need for advice from which it is much.
    basis : str
        What ``margin_per_order`` is.

    Returns
    -------
    Result
        ``concept, seller, customers, margin_per_order, days_between_orders`` (means): ``transactional``
        (multimedia), ``representation``, ``account_management``, ``consultative``; a farmer for customers, a
        hunter for prospects, whose concept stays open until they have bought. ``tables["customers"]``.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abc"), "margin_per_order": [9.0, 1.0, None],
    ...     "days_between_orders": [10.0, 90.0, None], "advice_need": [5, 0, 3]})
    >>> service_concepts(table).tables["customers"][["concept", "seller"]].to_numpy().tolist()
    [['consultative', 'farmer'], ['transactional', 'farmer'], ['open', 'hunter']]
    """
    if customers is None:
        return not_computed("service_concepts", "cost")
    raw = customer_table(customers, "margin_per_order", "days_between_orders", name="customers")
    columns = [name for name in ("margin_per_order", "days_between_orders", "advice_need") if name in raw]
    table = pd.DataFrame({name: numeric(raw, name, name="customers") for name in columns})
    if table.empty:
        return empty_result("service_concepts", note("no_customers"))
    bought = table[["margin_per_order", "days_between_orders"]].notna().all(axis=1)
    cuts = table.loc[bought, ["margin_per_order", "days_between_orders"]].median()
    high = table["margin_per_order"] >= cuts["margin_per_order"]
    short = table["days_between_orders"] <= cuts["days_between_orders"]
    asks = table["advice_need"] >= advice_cut if "advice_need" in table else pd.Series(False, table.index)
    named = [CONCEPTS[one] for one in zip(high, short, asks, strict=True)]
    table["concept"] = np.where(bought, named, "open")
    table["seller"] = np.where(bought, "farmer", "hunter")
    grouped = table.groupby(["concept", "seller"])
    found = grouped.size().rename("customers").to_frame()
    found[["margin_per_order", "days_between_orders"]] = grouped[
        ["margin_per_order", "days_between_orders"]
    ].mean()
    return finished(
        "service_concepts",
        found.reset_index(),
        source="DOMAIN 17 (own rule table); S4 s50, s55–56, s59",
        parameters={"advice_cut": advice_cut, **{name: float(cut) for name, cut in cuts.items()}},
        basis=basis,
        n=len(table),
        warnings=() if "advice_need" in table else (note("without_column", column="advice_need"),),
        tables={"customers": table.reset_index()},
        plotter=charts.bars("concept", "customers"),
    )
