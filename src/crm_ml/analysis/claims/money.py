"""Claims on cost, budget, room to sell more, and customers better left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_ml.analysis.claims.claim import Evidence, drawn, lacking
from crm_ml.analysis.claims.data import ClaimData
from crm_ml.analysis.contacts.costs import acquisition_and_retention_cost
from crm_ml.analysis.cross_selling.breadth import product_breadth
from crm_ml.analysis.tables import plain_table
from crm_ml.evaluation.metrics import Floats

__all__ = ["acquisition_budget", "acquisition_ratio", "breadth_correlation", "drop_gain", "room_for_more"]

_STAYS = 0.5  # share of the cost of a dropped customer that stays, as in the drop simulation


def acquisition_ratio(data: ClaimData) -> Evidence:
    """Cost of winning a customer ÷ cost of keeping one."""
    spent = _marketing(data)
    if spent is None or spent.min() <= 0:
        return lacking("marketing")
    new = (data.changes["event"] == "new").to_numpy(dtype="float64")
    kept = data.changes["event"].isin(["grown", "shrunk", "same"]).to_numpy(dtype="float64")
    if not new.sum() or not kept.sum():
        return lacking("history")
    ratio = float(spent["acquisition"] / spent["retention"])
    return drawn(lambda w: ratio * (w @ kept) / (w @ new), len(new), data.draws, basis="cost")


def acquisition_budget(data: ClaimData) -> Evidence:
    """Share of the marketing budget that goes to new customers; a ledger has no interval."""
    spent = _marketing(data)
    if spent is None or spent.sum() <= 0:
        return lacking("marketing")
    share = float(spent["acquisition"] / spent.sum())
    rows = len(plain_table(data.company.tables["marketing"], name="marketing"))
    return Evidence(share, share, share, rows, "cost")


def room_for_more(data: ClaimData) -> Evidence:
    """Share of customers whose stated wallet exceeds what they spend with us."""
    if not {"wallet", "revenue"} <= set(data.view):
        return lacking("wallets")
    known = data.active.dropna(subset=["wallet", "revenue"])
    if known.empty:
        return lacking("wallets")
    room = (pd.to_numeric(known["wallet"]) > known["revenue"]).to_numpy(dtype="float64")
    return drawn(lambda w: (w @ room) / w.sum(axis=1), len(room), data.draws)


def breadth_correlation(data: ClaimData) -> Evidence:
    """Partial rank correlation of breadth and revenue, the number of orders held fixed."""
    settings = data.company.settings
    found = product_breadth(data.company.tx, as_of=data.company.as_of, period_days=settings.period_days)
    if found.table.empty:
        return lacking("product_id")
    ranks = found.tables["customers"][["breadth", "orders", "value"]].rank().to_numpy(dtype="float64").T
    return drawn(lambda w: _partial(w, *ranks), ranks.shape[1], data.draws, basis=found.basis)


def drop_gain(data: ClaimData) -> Evidence:
    """Change of profit without the loss-making customers when half of their cost stays."""
    if not {"profit", "revenue"} <= set(data.view):
        return lacking("cost")
    known = data.view.dropna(subset=["profit", "revenue"])
    profit = known["profit"].to_numpy(dtype="float64")
    cost = known["cost_to_serve" if "cost_to_serve" in known else "revenue"].to_numpy(dtype="float64")
    cost = cost if "cost_to_serve" in known else cost - profit
    change = np.where(profit < 0, -profit - _STAYS * cost, 0.0)
    if profit.sum() <= 0:
        return lacking("profit")
    return drawn(lambda w: (w @ change) / (w @ profit), len(known), data.draws, basis="profit")


def _marketing(data: ClaimData) -> pd.Series[float] | None:
    """Return what was spent in the last period on acquisition and on retention."""
    company = data.company
    period: dict[str, Any] = {"as_of": company.as_of, "period_days": company.settings.period_days}
    table = acquisition_and_retention_cost(company.tx, company.table("marketing"), **period).table
    if table.empty:
        return None
    cost: pd.Series[float] = table.set_index("purpose")["cost"]
    return cost


def _partial(weights: Floats, x: Floats, fixed: Floats, y: Floats) -> Floats:
    """Return the weighted correlation of two columns with a third held fixed."""
    both, first, second = (_correlation(weights, *pair) for pair in ((x, y), (x, fixed), (y, fixed)))
    return np.asarray((both - first * second) / np.sqrt((1 - first**2) * (1 - second**2)))


def _correlation(weights: Floats, x: Floats, y: Floats) -> Floats:
    heads = weights.sum(axis=1)
    mean_x, mean_y = (weights @ x) / heads, (weights @ y) / heads
    spread = [(weights @ (one * one)) / heads - mean**2 for one, mean in ((x, mean_x), (y, mean_y))]
    return np.asarray(((weights @ (x * y)) / heads - mean_x * mean_y) / np.sqrt(spread[0] * spread[1]))
