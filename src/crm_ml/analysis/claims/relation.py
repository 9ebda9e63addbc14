"""Claims on the relation over time: growing, drying up, leaving, staying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.analysis.claims.claim import Evidence, drawn, group_difference, lacking
from crm_ml.analysis.claims.data import ClaimData
from crm_ml.analysis.day_table import fetch
from crm_ml.analysis.retention.chance import decay_net_of_chance
from crm_ml.analysis.retention.cohorts import tenure_days
from crm_ml.analysis.totals import measure_of, previous
from crm_ml.data.memory import once
from crm_ml.data.windows import as_day, is_before
from crm_ml.evaluation.metrics import Floats

__all__ = [
    "drying_against_stopping",
    "drying_beyond_chance",
    "existing_share",
    "first_year_excess",
    "growth_with_tenure",
    "retention_effect",
]

_ESTABLISHED = 3


def existing_share(data: ClaimData) -> Evidence:
    """Share of revenue from customers who bought before the last period."""
    if "revenue" not in data.view:
        return lacking("amount")
    if as_day(data.company.tx.first_day) > data.later.cutoff_day - data.later.horizon_days:
        return lacking("history")
    revenue = data.view["revenue"].to_numpy(dtype="float64")
    known = is_before(data.first.reindex(data.view.index), data.later.cutoff).to_numpy(dtype="float64")
    if revenue.sum() <= 0:
        return lacking("amount")
    earlier = revenue * known
    return drawn(lambda w: (w @ earlier) / (w @ revenue), len(revenue), data.draws, basis="revenue")


def growth_with_tenure(*, active: bool) -> Callable[[ClaimData], Evidence]:
    """Return the measure of revenue in the second period of the relation ÷ the first."""

    def measured(data: ClaimData) -> Evidence:
        if "revenue" not in data.view:
            return lacking("amount")
        table = _two_tenure_periods(data)
        if table.empty:
            return lacking("history")
        first, second, still = table[["first", "second", "still"]].to_numpy(dtype="float64").T
        ones = np.ones(len(table))
        # Everybody was active in the first period: it holds the first purchase.
        later = still if active else ones
        return drawn(
            lambda w: ((w @ second) / (w @ later)) / ((w @ first) / (w @ ones)),
            len(table),
            data.draws,
            basis="revenue",
        )

    return measured


def _two_tenure_periods(data: ClaimData) -> pd.DataFrame:
    """Return revenue in the first two years (or, in a short history, quarters) of whom both are observed."""
    tx, end = data.company.tx, data.later.end_day
    span = end - as_day(tx.first_day)
    settings = data.company.settings
    period = settings.period_days if span >= 2 * settings.period_days else settings.cohort_days
    days: Any = tenure_days(tx, end, "revenue").filter(nw.col("first_day") <= end - 2 * period)
    second = (nw.col("age") >= period) & (nw.col("age") < 2 * period)
    money, nothing = nw.col("value"), nw.lit(0).cast(nw.Int64)
    sums = days.select(
        "customer_id",
        first=nw.when(nw.col("age") < period).then(money).otherwise(nothing),
        second=nw.when(second).then(money).otherwise(nothing),
        still=nw.when(second).then(nw.col("purchase")).otherwise(nothing),
    )
    grouped = sums.group_by("customer_id").agg(
        nw.col("first").sum(), nw.col("second").sum(), nw.col("still").max()
    )
    return once(tx, ("two periods of tenure", end, period), lambda: fetch(tx, grouped, "customer_id"))


def drying_against_stopping(least: int) -> Callable[[ClaimData], Evidence]:
    """Return the measure of loss through buying less ÷ loss through stopping, from so many purchase days."""

    def measured(data: ClaimData) -> Evidence:
        table = _losses(data, least)
        shrunk, stopped = table["shrunk"].to_numpy(), table["stopped"].to_numpy()
        if not stopped.sum():
            return lacking("history")
        basis = measure_of(data.company.tx)
        return drawn(lambda w: (w @ shrunk) / (w @ stopped), len(table), data.draws, basis=basis)

    return measured


def drying_beyond_chance(data: ClaimData) -> Evidence:
    """Excess of the loss through buying less over that through stopping, beyond chance, in points."""
    table = _losses(data, _ESTABLISHED)
    if table.empty or table["before"].sum() <= 0:
        return lacking("history")
    settings = data.company.settings
    chance = decay_net_of_chance(
        data.company.tx,
        min_purchases=(_ESTABLISHED,),
        as_of=data.company.as_of,
        period_days=settings.period_days,
        seed=settings.seed,
    )
    if chance.table.empty:
        return lacking("history")
    row = chance.table.iloc[0]
    by_chance = float(row["chance_shrunk"] - row["chance_stopped"])
    gap, before = (table["shrunk"] - table["stopped"]).to_numpy(), table["before"].to_numpy()
    return drawn(
        lambda w: 100 * ((w @ gap) / (w @ before) - by_chance),
        len(table),
        data.draws,
        basis=measure_of(data.company.tx),
    )


def _losses(data: ClaimData, least: int) -> pd.DataFrame:
    return data.losses[data.losses["purchase_days"] >= least]


def first_year_excess(data: ClaimData) -> Evidence:
    """Churn of customers who began in the earlier period − churn of those of longer standing, in points."""
    was = data.was_active
    start = previous(data.later).cutoff_day
    fresh = (data.first.reindex(was.index) - start >= 0).astype("float64").to_numpy()
    if as_day(data.company.tx.first_day) >= start or not 0 < fresh.sum() < len(fresh):
        return lacking("history")
    left = 1 - was["stayed"].to_numpy(dtype="float64")
    return drawn(lambda w: 100 * group_difference(w, left, fresh), len(was), data.draws)


def retention_effect(data: ClaimData) -> Evidence:
    """Gain of lifetime value when retention rises by 5 points: arithmetic on measured retention."""
    stayed = data.was_active["stayed"].to_numpy()
    if not len(stayed):
        return lacking("history")
    settings = data.company.settings
    interest = (1 + settings.discount_rate) ** (settings.period_days / 365) - 1

    def gain(weights: Floats) -> Floats:
        kept = np.minimum((weights @ stayed) / weights.sum(axis=1), 0.95)
        value, more = (rate / (1 + interest - rate) for rate in (kept, kept + 0.05))
        return np.asarray(more / value - 1)

    return drawn(gain, len(stayed), data.draws)
