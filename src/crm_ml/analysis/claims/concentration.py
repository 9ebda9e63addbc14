"""Claims on concentration: few customers make most of revenue, profit, attention and complaints."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from crm_ml.analysis.claims.claim import Evidence, drawn, lacking
from crm_ml.analysis.claims.data import ClaimData
from crm_ml.analysis.complaints.records import read_complaints
from crm_ml.analysis.profitability.attention import ATTENTION_COLUMNS
from crm_ml.evaluation.metrics import Floats

__all__ = [
    "attention_share",
    "complaints_share",
    "profit_above_total",
    "profit_share",
    "pyramid_deviation",
    "revenue_share",
]

_PYRAMID = (0.40, 0.25, 0.15, 0.20)


def revenue_share(data: ClaimData) -> Evidence:
    """Share of revenue of the best 20 %."""
    if "revenue" not in data.view:
        return lacking("amount")
    return _of_best(data, data.active["revenue"], 0.2, "revenue")


def profit_share(best: float) -> Callable[[ClaimData], Evidence]:
    """Return the measure of the share of profit of the best, with revenue where no profit is known."""

    def measured(data: ClaimData) -> Evidence:
        basis = next((name for name in ("profit", "margin", "revenue") if name in data.view), None)
        return lacking("cost") if basis is None else _of_best(data, data.active[basis], best, basis)

    return measured


def pyramid_deviation(data: ClaimData) -> Evidence:
    """Largest deviation of the four bands of the pyramid from 40, 25, 15 and 20 % of revenue, in points."""
    if "revenue" not in data.view:
        return lacking("amount")
    amounts = _largest_first(data.active["revenue"])
    cuts = data.company.settings.pyramid_cuts

    def deviation(weights: Floats) -> Floats:
        total, heads = weights @ amounts, len(amounts)
        held = [_of_first(int(np.ceil(cut * heads)), weights, amounts) for cut in cuts]
        shares = np.diff(np.stack([0 * total, *held, total]), axis=0) / total
        return np.asarray(100 * np.abs(shares - np.array(_PYRAMID)[:, None]).max(axis=0))

    found = drawn(deviation, len(amounts), data.draws, basis="revenue")
    return found if amounts.sum() > 0 else lacking("amount")


def profit_above_total(data: ClaimData) -> Evidence:
    """Profit of the profitable customers as a share of all profit."""
    if "profit" not in data.view:
        return lacking("cost")
    profit = data.view["profit"].dropna().to_numpy(dtype="float64")
    gains = np.maximum(profit, 0)
    if profit.sum() <= 0:
        return lacking("profit")
    return drawn(lambda w: (w @ gains) / (w @ profit), len(profit), data.draws, basis="profit")


def attention_share(data: ClaimData) -> Evidence:
    """Share of our contacts of the 20 % of customers with most."""
    column = next((name for name in ATTENTION_COLUMNS if name in data.view), None)
    if column is None:
        return lacking("contacts")
    return _of_best(data, data.active[column].fillna(0.0), 0.2, column)


def complaints_share(data: ClaimData) -> Evidence:
    """Share of complaints of the 20 % of customers with most."""
    complaints = data.company.table("complaints")
    if complaints is None:
        return lacking("complaints")
    rows, _ = read_complaints(complaints, as_of=data.later.end)
    each = rows["customer_id"].value_counts().reindex(data.view.index, fill_value=0).astype("float64")
    return _of_best(data, each, 0.2, "complaints") if each.sum() else lacking("complaints")


def _of_best(data: ClaimData, amounts: pd.Series[float], best: float, basis: str) -> Evidence:
    """Measure the share of the total of the best part of the customers, at least one."""
    ordered = _largest_first(amounts.dropna())
    if ordered.sum() <= 0:
        return lacking("profit" if basis in ("profit", "margin") else "amount")
    heads = max(1, int(best * len(ordered) + 1e-9))

    def share(weights: Floats) -> Floats:
        return np.asarray(_of_first(heads, weights, ordered) / (weights @ ordered))

    return drawn(share, len(ordered), data.draws, basis=basis)


def _largest_first(amounts: pd.Series[float]) -> Floats:
    ascending: Floats = np.sort(amounts.to_numpy(dtype="float64"))
    return ascending[::-1].copy()


def _of_first(heads: int, weights: Floats, amounts: Floats) -> Floats:
    """Return what the first so many heads hold in every draw; a draw has as many heads as there are cases.

    Of the last customer who is reached only the part within them counts.
    """
    # In a draw twice as many customers hold so many heads; should they not, all are looked at.
    front = weights[:, : 2 * heads]
    if (front.sum(axis=1) < heads).any():
        front = weights
    taken = np.clip(heads - front.cumsum(axis=1) + front, 0, front)
    return np.asarray(taken @ amounts[: front.shape[1]])
