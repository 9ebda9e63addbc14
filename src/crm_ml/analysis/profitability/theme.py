"""The theme of profitability: every analysis of it, with what a company has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.profitability.attention import ATTENTION_COLUMNS, attention_concentration
from crm_ml.analysis.profitability.concentration import profit_concentration, size_by_profit
from crm_ml.analysis.profitability.costing import customer_profit, forward_profit
from crm_ml.analysis.profitability.drop import drop_simulation
from crm_ml.analysis.profitability.leaks import profit_leaks
from crm_ml.analysis.profitability.matrix import margin_by_cost_to_serve
from crm_ml.analysis.profitability.profit import profitable
from crm_ml.analysis.profitability.top_sheet import top_sheet
from crm_ml.analysis.profitability.whale import whale_curve
from crm_ml.analysis.results import attempt, not_computed

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["profitability_theme"]


def profitability_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Costing, the whale curve, concentration, attention, leaks, the drop simulation."""
    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    rate = {"margin_rate": chosen.margin_rate, **period}
    yield attempt("customer_profit", customer_profit, tx, company.table("costs"), **rate)
    profit = view if "profit" in view else None
    if profit is None:
        names = ("profitable", "whale_curve", "profit_concentration", "size_by_profit", "drop_simulation")
        yield from (not_computed(name, "cost") for name in names)
    else:
        yield attempt("profitable", profitable, profit, hurdle=chosen.profit_hurdle)
        yield attempt("whale_curve", whale_curve, profit)
        for name, function in (
            ("profit_concentration", profit_concentration),
            ("size_by_profit", size_by_profit),
        ):
            yield attempt(name, function, profit)
        yield attempt("drop_simulation", drop_simulation, profit)
    served = view if {"margin", "cost_to_serve"} <= set(view) else None
    expected = company.table("scores", "expected_purchases")
    yield (
        attempt("forward_profit", forward_profit, served, expected)
        if served is not None
        else not_computed("forward_profit", "costs")
    )
    yield attempt("margin_by_cost_to_serve", margin_by_cost_to_serve, served)
    attention = next((name for name in ATTENTION_COLUMNS if name in view), None)
    yield attempt("attention_concentration", attention_concentration, view if attention else None)
    if "revenue" in view:
        yield attempt("top_sheet", top_sheet, view, attention=attention or "attention")
    else:
        yield not_computed("top_sheet", "amount")
    yield attempt("profit_leaks", profit_leaks, tx, served, order_cost=chosen.order_cost, **period)
