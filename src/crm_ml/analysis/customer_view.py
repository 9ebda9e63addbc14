"""One row a customer with everything that analyses of accounts and profit need, as far as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.accounts.significance import EFFECTS
from crm_ml.analysis.day_table import has_margin
from crm_ml.analysis.profitability.costing import customer_profit
from crm_ml.analysis.profitability.profit import profit_values
from crm_ml.analysis.profitability.returns import returns_and_complaints
from crm_ml.analysis.tables import customer_table, plain_table
from crm_ml.analysis.totals import customer_totals, last_window
from crm_ml.data.memory import once
from crm_ml.data.schema import MONEY_SCALE

if TYPE_CHECKING:
    from crm_ml.analysis.company import Company

__all__ = ["customer_view"]

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
        Index ``customer_id``; ``orders, quantity, revenue, margin, cost_to_serve, profit``, attention
        (``minutes, contact_cost, contacts, complaints_and_returns``), columns of accounts and scores. A
        column that nothing gives is absent.
    """
    # The company is kept beside its view, so that its id cannot pass to another one.
    return once(company.tx, ("view", id(company)), lambda: (company, _computed(company)))[1]


def _computed(company: Company) -> pd.DataFrame:
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
    if given is not None:
        contacts = plain_table(given, "customer_id", name="contacts")
        by_customer = contacts.groupby(contacts["customer_id"].astype("str"))
        for name, column in (("minutes", "minutes"), ("contact_cost", "cost")):
            if column in contacts:
                table[name] = by_customer[column].sum().reindex(table.index, fill_value=0.0)
        table["contacts"] = by_customer.size().reindex(table.index, fill_value=0)
    returned = returns_and_complaints(company)
    if returned is not None:
        table["complaints_and_returns"] = returned.reindex(table.index, fill_value=0)
