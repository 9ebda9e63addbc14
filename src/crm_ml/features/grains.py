"""The tables that features are computed over, each built once and independent of the cutoff.

========== ===================== =======================================================
grain      one row               columns
========== ===================== =======================================================
day        customer, day,        the measures asked for, orders, gaps between purchases
           purchase or return
product    customer, product     its first day
category   line; at a cutoff     money spent (lines, when there is no money)
           customer, category
promise    customer, day         delivery promises whose outcome became known on that day
delivery   customer, day         lines delivered on that day
========== ===================== =======================================================

Nothing in them looks forward: a gap looks back, an order counts on its first day. So one table, cut at any
cutoff, equals the table that the rows before that cutoff would have made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import narwhals as nw

from crm_ml.data.windows import before
from crm_ml.features.aggregates import when
from crm_ml.features.measures import MEASURES, total, totals_of
from crm_ml.features.periods import WEEKS_52

__all__ = [
    "GRAINS",
    "GrainTable",
    "Table",
    "ages",
    "begun_orders",
    "needs",
    "order_starts",
    "reads",
    "seen_from",
]

Table: TypeAlias = "nw.LazyFrame[Any]"
Needs: TypeAlias = tuple[tuple[str, ...], ...]

_GAPS = frozenset({"gap", "previous_gap"})
# What a grain is better with, and can do without.
_IF_PRESENT = {"day": ("order_id",), "category": ("amount",)}


@dataclass(frozen=True)
class GrainTable:
    """How the table of a grain is made.

    Parameters
    ----------
    build : callable
        ``build(log, present, wanted)``: from the log, the columns that the log has, and the columns of the
        grain that features want, to the table.
    needs : tuple of tuple of str
        Alternative sets of columns that the log must have, best first; empty for none.
    at_cutoff : callable
        ``at_cutoff(known, age)``: what is still to be done with the rows that were known at a cutoff.
    """

    build: Callable[[Table, Collection[str], Collection[str]], Table]
    needs: Needs
    at_cutoff: Callable[[Table, nw.Expr], Table]


def needs(grain: str, column: str) -> Needs:
    """Return the alternative sets of log columns that a column of a grain is made from, best first.

    Examples
    --------
    >>> needs("day", "margin")
    (('profit',), ('amount', 'cost'))
    """
    if grain == "day" and column in MEASURES:
        return tuple(way.needs for way in MEASURES[column].ways)
    return GRAINS[grain].needs


def reads(grain: str, columns: Collection[str], present: Collection[str]) -> set[str]:
    """Return the columns of a log that the columns of a grain are made from.

    Examples
    --------
    >>> sorted(reads("day", ["orders", "revenue"], ["amount", "order_id", "cost"]))
    ['amount', 'order_id']
    """
    used = set(_IF_PRESENT.get(grain, ())) & set(present)
    for column in columns:
        used |= set(next(way for way in needs(grain, column) if set(way) <= set(present)))
    return used if "orders" in columns else used - {"order_id"}


def seen_from(grain: str, table: Table, cutoff: int) -> Table:
    """Keep what was known at the cutoff and count its days back from there: ``age = cutoff − day ≥ 1``."""
    return GRAINS[grain].at_cutoff(before(table, cutoff), cutoff - nw.col("day"))


def _with_age(known: Table, age: nw.Expr) -> Table:
    return known.with_columns(age=age)


def _with_ages(known: Table, age: nw.Expr) -> Table:
    return known.with_columns(age=age, **ages(age, nw.col("bought")))


def ages(age: Any, bought: Any) -> dict[str, Any]:
    """Return the age of purchases alone too, and the day of the year counted back from the cutoff."""
    return {"purchase_age": when(~bought.is_null(), age), "day_of_year": (age - 1) % WEEKS_52}


def _a_category(known: Table, age: nw.Expr) -> Table:
    return known.group_by("customer_id", "category").agg(nw.col("worth").sum())


def _day(log: Table, present: Collection[str], wanted: Collection[str]) -> Table:
    # Purchases and returns of a day are kept apart: that is one key more for the engine, and spares it to ask
    # of every line and every total on which side it counts.
    days = log.group_by("customer_id", "day", "is_purchase").agg(
        *(total(name, present).expression().alias(f"_{name}") for name in totals_of(wanted))
    )
    bought = nw.col("is_purchase")
    made = {name: _measure(name) for name in MEASURES if name in wanted}
    made |= {"bought": _mark(bought), "several": _mark(bought & (nw.col("_lines") > 1))}
    if not _GAPS.isdisjoint(wanted):
        made |= _gaps()
    days = days.select("customer_id", "day", **made)
    if "orders" not in wanted:
        return days
    if "order_id" not in present:
        return days.with_columns(orders=nw.col("bought").fill_null(0))
    begun = nw.when(~nw.col("bought").is_null()).then(nw.col("orders"))
    counted = days.join(begun_orders(log), on=["customer_id", "day"], how="left")
    return counted.with_columns(orders=begun.fill_null(0))


def _measure(name: str) -> nw.Expr:
    """Return a total where its lines count, 0 elsewhere."""
    total, bought = nw.col(f"_{MEASURES[name].total}"), nw.col("is_purchase")
    if MEASURES[name].lines == "all":
        return total
    return (
        nw.when(bought if MEASURES[name].lines == "purchases" else ~bought).then(total).otherwise(nw.lit(0))
    )


def _mark(condition: nw.Expr) -> nw.Expr:
    """Return 1 or null: to count is the cheapest aggregate that there is."""
    return nw.when(condition).then(nw.lit(1))


def begun_orders(log: Table) -> Table:
    """Return how many orders each customer began on each day."""
    return order_starts(log).group_by("customer_id", "day").agg(nw.len().cast(nw.Int64).alias("orders"))


def order_starts(log: Table) -> Table:
    """Return customer and first day of each order, a row an order."""
    # A late line keeps its own day, but its order counts once, on the first day with a purchase. Lines
    # without an order id are taken as one order a day.
    loose = nw.when(nw.col("order_id").is_null()).then(nw.col("day"))
    bought = log.filter(nw.col("is_purchase")).with_columns(_loose=loose)
    return bought.group_by("customer_id", "order_id", "_loose").agg(nw.col("day").min())


def _gaps() -> dict[str, nw.Expr]:
    """Return the days since the previous purchase day, and the gap before that one."""
    day = nw.col("day")
    # Purchases and returns are ordered apart, so that a gap runs from purchase to purchase.
    last, before_last = (
        day.shift(steps).over("customer_id", "is_purchase", order_by="day") for steps in (1, 2)
    )
    gaps = {"gap": day - last, "previous_gap": last - before_last}
    return {name: nw.when(nw.col("is_purchase")).then(gap) for name, gap in gaps.items()}


def _product(log: Table, present: Collection[str], wanted: Collection[str]) -> Table:
    bought = log.filter(nw.col("is_purchase"), ~nw.col("product_id").is_null())
    first = bought.group_by("customer_id", "product_id").agg(nw.col("day").min())
    return first.select("customer_id", "day", products=nw.lit(1))


def _category(log: Table, present: Collection[str], wanted: Collection[str]) -> Table:
    bought = log.filter(nw.col("is_purchase"), ~nw.col("category").is_null())
    worth = nw.col("amount") if "amount" in present else nw.lit(1)
    return bought.select("customer_id", "category", "day", worth=worth)


def _promise(log: Table, present: Collection[str], wanted: Collection[str]) -> Table:
    promised, delivered = nw.col("promised_day"), nw.col("delivered_day")
    made = log.filter(nw.col("is_purchase"), ~promised.is_null())
    # A promise is known to be kept on delivery, and known to be broken the day after it passed: what is
    # delivered after a cutoff is not known before it.
    outcome = nw.when(delivered <= promised).then(delivered).otherwise(promised + 1)
    kept = nw.when(delivered <= promised).then(nw.lit(1)).otherwise(nw.lit(0))
    made = made.with_columns(day=nw.max_horizontal("day", outcome), kept=kept)
    totals = made.group_by("customer_id", "day")
    return totals.agg(
        nw.col("kept").sum().cast(nw.Int64), nw.col("kept").count().cast(nw.Int64).alias("promises")
    )


def _delivery(log: Table, present: Collection[str], wanted: Collection[str]) -> Table:
    delivered, day = nw.col("delivered_day"), nw.col("day")
    made = log.filter(nw.col("is_purchase"), delivered >= day)
    made = made.with_columns(waiting=delivered - day, day=delivered)
    totals = made.group_by("customer_id", "day")
    waiting = nw.col("waiting")
    return totals.agg(waiting.sum().cast(nw.Int64), waiting.count().cast(nw.Int64).alias("deliveries"))


GRAINS: dict[str, GrainTable] = {
    "day": GrainTable(_day, ((),), _with_ages),
    "product": GrainTable(_product, (("product_id",),), _with_age),
    "category": GrainTable(_category, (("category",),), _a_category),
    "promise": GrainTable(_promise, (("promised_day", "delivered_day"),), _with_age),
    "delivery": GrainTable(_delivery, (("delivered_day",),), _with_age),
}
