"""One row a customer with everything that analyses of accounts and profit need, as far as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.accounts.classes import account_classes
from crm_ml.analysis.accounts.rating import customer_rating
from crm_ml.analysis.accounts.significance import EFFECTS, significance, strategic_importance
from crm_ml.analysis.accounts.whitney import whitney
from crm_ml.analysis.profitability.attention import ATTENTION_COLUMNS
from crm_ml.analysis.profitability.costing import customer_profit
from crm_ml.analysis.profitability.profit import profit_values
from crm_ml.analysis.tables import customer_table, plain_table
from crm_ml.analysis.totals import customer_totals, has_margin, last_window
from crm_ml.data.schema import MONEY_SCALE

if TYPE_CHECKING:
    from crm_ml.analysis.company import Company

__all__ = ["customer_classes", "customer_view", "rating_criteria"]

_ACCOUNT_COLUMNS = ("wallet", "potential", "co_operation", *EFFECTS)
_SCORE_COLUMNS = ("clv", "p_stopped", "p_at_risk", "usual_spend", "expected_loss")


def customer_view(company: Company) -> pd.DataFrame:
    """Return what is known of each customer with a purchase or return in the last period.

    Parameters
    ----------
    company : Company
        Transactions and optional tables.

    Returns
    -------
    DataFrame
        Index ``customer_id``; ``orders, quantity, revenue, margin, cost_to_serve, profit``, attention,
        columns of accounts and scores. A column that nothing gives is absent.
    """
    tx, chosen = company.tx, company.settings
    window = last_window(tx, company.as_of, chosen.period_days)
    totals = customer_totals(tx, window)
    table = totals[[name for name in ("orders", "quantity") if name in totals]].copy()
    for name in ("revenue", "margin"):
        if name in totals:
            table[name] = totals[name] / MONEY_SCALE
    _add_profit(table, company)
    _add_attention(table, company)
    for source, columns in (("accounts", _ACCOUNT_COLUMNS), ("scores", _SCORE_COLUMNS)):
        given = company.table(source)
        if given is not None:
            found = customer_table(given, name=source)
            table = table.join(found[[name for name in columns if name in found]])
    return table


def customer_classes(company: Company, view: pd.DataFrame) -> pd.DataFrame:
    """Return the classes of each customer: significant, profitable, strategic, rating, account class, action.

    The table joins the risk list by ``customer_id``; its columns can be features or targets.
    """
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
    rated = customer_rating(rating_criteria(view))
    classes["rating"] = rated.table.set_index("customer_id")["rating"].reindex(view.index)
    columns = view[[name for name in ("revenue", "profit", "clv") if name in view]].assign(
        rating=classes["rating"]
    )
    accounts = (
        account_classes(columns, key_cut=company.settings.key_cut)
        .tables["customers"]
        .set_index("customer_id")
    )
    classes["account_class"] = accounts["account_class"].reindex(view.index)
    if {"strategic", "profitable"} <= set(classes):
        action = whitney(classes).tables["customers"].set_index("customer_id")
        classes["whitney_action"] = action["action"].reindex(view.index)
        classes["human_review_required"] = action["human_review_required"].reindex(view.index)
    return classes


def rating_criteria(view: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the view that the rating weighs; strategic importance as 5 or 0."""
    table = view[[name for name in ("profit", "revenue", "potential", "co_operation") if name in view]].copy()
    strategic = _strategic(view)
    if strategic is not None:
        table["strategic"] = strategic.reindex(view.index).map({True: 5.0, False: 0.0})
    return table


def _add_profit(table: pd.DataFrame, company: Company) -> None:
    tx, chosen, costs = company.tx, company.settings, company.table("costs")
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    result = customer_profit(tx, costs, margin_rate=chosen.margin_rate, **period)  # type: ignore[arg-type]
    if "customers" in result.tables:
        found = result.tables["customers"].set_index("customer_id")
        for name in ("margin", "cost_to_serve", "profit"):
            table[name] = found[name].reindex(table.index)
        return
    values = profit_values(tx, margin_rate=chosen.margin_rate, **period)  # type: ignore[arg-type]
    if values is not None:
        table["profit"] = values.amounts.reindex(table.index)
        if not has_margin(tx):
            table["margin"] = table["profit"]


def _add_attention(table: pd.DataFrame, company: Company) -> None:
    given = company.table("contacts", "customer_id")
    if given is None:
        return
    contacts = plain_table(given, "customer_id", name="contacts")
    by_customer = contacts.groupby(contacts["customer_id"].astype("str"))
    for name, column in (("minutes", "minutes"), ("contact_cost", "cost")):
        if column in contacts:
            table[name] = by_customer[column].sum().reindex(table.index, fill_value=0.0)
    table[ATTENTION_COLUMNS[2]] = by_customer.size().reindex(table.index, fill_value=0)


def _strategic(view: pd.DataFrame) -> pd.Series[bool] | None:
    scores = view[[name for name in EFFECTS if name in view]]
    values = view[["clv"]].dropna() if "clv" in view else None
    if scores.columns.empty and values is None:
        return None
    result = strategic_importance(None if scores.columns.empty else scores, values)
    found: pd.Series[bool] = result.table.set_index("customer_id")["strategic"].astype("bool")
    return found
