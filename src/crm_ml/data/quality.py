"""How complete and how plausible a log is: what no single row shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crm_ml.base.result import Result
from crm_ml.data.calendar_faults import gaps, partial_last_month, spikes
from crm_ml.data.findings import COLUMNS, finding
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.similar_ids import similar_ids
from crm_ml.data.windows import as_day

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.transactions import Transactions

__all__ = ["completeness"]

_WITHOUT_ID = {"customer id missing", "customer id unknown"}
_DOMINANT_SHARE = 0.25


def completeness(tx: Transactions, tables: Mapping[str, Any] | None = None) -> Result:
    """Report what a reader must know before building on the log.

    Missing values a column, exact twins, the share of rows and revenue without a customer id, negative rows
    and returns without a sale, orders that more customers share, ids that differ in case or leading zeros
    only, one dominant customer, gaps, spikes and a partial last month, bases too thin for a model, and the
    overlap of ids with other tables.

    Parameters
    ----------
    tx : Transactions
        The log.
    tables : mapping, optional
        Name → ids (list, Series or Arrow column) of another table, such as the accounts.

    Returns
    -------
    Result
        Columns ``finding, rows, share, revenue, example_rows, action, detail``; warnings for what changes the
        use of the data.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> report = completeness(load_cdnow()).table.set_index("finding")
    >>> int(report.loc["exact duplicate rows", "rows"])
    255
    """
    import pandas as pd

    rows = [
        *_missing(tx),
        *_duplicates(tx),
        *_without_id(tx),
        *_returns(tx),
        *_orders(tx),
        *similar_ids(tx),
        *_dominant(tx),
        *_calendar(tx),
        *_thin(tx),
        *_overlaps(tx, tables or {}),
    ]
    warnings = tuple(f"{one['finding']}: {one['detail']}" for one in rows if one["action"] == "warned")
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype({"rows": "int64", "share": "float64", "revenue": "float64"})
    return Result("completeness", table, basis=tx.basis, n=tx.counts["customers"], warnings=warnings)


def _one(tx: Transactions, frame: nw.LazyFrame[Any]) -> dict[str, Any]:
    rows = tx.engine.to_arrow(frame).to_pylist()
    return {key: value if value is not None else 0 for key, value in rows[0].items()} if rows else {}


def _missing(tx: Transactions) -> Iterator[dict[str, Any]]:
    import narwhals as nw

    optional = [name for name in tx.columns if name not in ("customer_id", "day", "amount", "is_purchase")]
    if not optional:
        return
    counts = _one(
        tx, tx.log.select(**{name: nw.col(name).is_null().cast(nw.Int64).sum() for name in optional})
    )
    for name in optional:
        if number := int(counts[name]):
            yield finding(f"{name} missing", number, tx.counts["accepted"], action="kept", detail=name)


def _duplicates(tx: Transactions) -> Iterator[dict[str, Any]]:
    import narwhals as nw

    measures = {"twins": (nw.col("n") - 1).sum()}
    if tx.has_money:
        measures["money"] = ((nw.col("n") - 1) * nw.col("amount")).sum()
    grouped = tx.log.group_by(*tx.columns).agg(nw.len().cast(nw.Int64).alias("n")).filter(nw.col("n") > 1)
    found = _one(tx, grouped.select(**{key: value.cast(nw.Int64) for key, value in measures.items()}))
    if number := int(found["twins"]):
        revenue = int(found["money"]) / MONEY_SCALE if tx.has_money else None
        yield finding(
            "exact duplicate rows",
            number,
            tx.counts["accepted"],
            revenue=revenue,
            action="kept",
            detail="legitimate twins exist; the rules duplicates: drop and line_id remove repeated lines",
        )


def _without_id(tx: Transactions) -> Iterator[dict[str, Any]]:
    table = tx.findings.table
    without = table[table["finding"].isin(_WITHOUT_ID)]
    number = int(without["rows"].sum())
    if not number:
        return
    lost = float(without["revenue"].sum())
    detail = f"{number / tx.counts['read']:.1%} of rows"
    if tx.has_money:
        import narwhals as nw

        kept = (
            int(_one(tx, tx.log.select(money=nw.col("amount").sum().cast(nw.Int64)))["money"]) / MONEY_SCALE
        )
        detail += f", {lost / (lost + kept):.1%} of revenue" if lost + kept > 0 else ""
    yield finding(
        "no customer id",
        number,
        tx.counts["read"],
        revenue=lost if tx.has_money else None,
        action="warned",
        detail=detail,
    )


def _returns(tx: Transactions) -> Iterator[dict[str, Any]]:
    """Count returns, and those for which no earlier sale to the customer (of the product) is in the log."""
    import narwhals as nw

    accepted = tx.counts["accepted"]
    keys = ["customer_id", *(["product_id"] if tx.has("product_id") else [])]
    sales = tx.log.filter(nw.col("is_purchase")).group_by(*keys).agg(nw.col("day").min().alias("sold"))
    back = tx.log.filter(~nw.col("is_purchase")).join(sales, on=keys, how="left")
    orphan = (nw.col("sold").is_null() | (nw.col("day") - nw.col("sold") < 0)).cast(nw.Int64)
    measures = {"all": nw.len().cast(nw.Int64), "orphans": orphan.sum().cast(nw.Int64)}
    if tx.has_money:
        measures["money"] = nw.col("amount").sum().cast(nw.Int64)
        measures["orphan_money"] = (orphan * nw.col("amount")).sum().cast(nw.Int64)
    found = _one(tx, back.select(**measures))
    for key, money, name in (
        ("all", "money", "returns"),
        ("orphans", "orphan_money", "returns without a sale"),
    ):
        if number := int(found.get(key, 0)):
            revenue = int(found[money]) / MONEY_SCALE if tx.has_money else None
            yield finding(name, number, accepted, revenue=revenue, action="kept, no purchase")


def _orders(tx: Transactions) -> Iterator[dict[str, Any]]:
    import narwhals as nw

    if not tx.has("order_id"):
        return
    orders = (
        tx.log.filter(~nw.col("order_id").is_null())
        .group_by("order_id")
        .agg(
            nw.col("customer_id").n_unique().alias("customers"),
            nw.col("day").n_unique().alias("days"),
            nw.len().cast(nw.Int64).alias("n"),
        )
    )
    shared = nw.when(nw.col("customers") > 1).then(nw.col("n")).otherwise(0).sum()
    spread = nw.when(nw.col("days") > 1).then(nw.col("n")).otherwise(0).sum()
    found = _one(tx, orders.select(shared=shared.cast(nw.Int64), spread=spread.cast(nw.Int64)))
    accepted = tx.counts["accepted"]
    if number := int(found["shared"]):
        detail = "an order is (customer, order id)"
        yield finding("order id of several customers", number, accepted, action="kept", detail=detail)
    if number := int(found["spread"]):
        detail = "an order counts on its first day; a late line keeps its own"
        yield finding("order spread over several days", number, accepted, action="kept", detail=detail)


def _dominant(tx: Transactions) -> Iterator[dict[str, Any]]:
    import narwhals as nw

    sizes = tx.log.group_by("customer_id").agg(nw.len().cast(nw.Int64).alias("n"))
    top = tx.engine.to_arrow(sizes.sort("n", "customer_id", descending=[True, False]).head(1)).to_pylist()[0]
    share = top["n"] / tx.counts["accepted"]
    if share >= _DOMINANT_SHARE and share * tx.counts["customers"] >= 5:
        detail = (
            f"{top['customer_id']!r} has {share:.0%} of the rows; the rule exclude_customers leaves it out"
        )
        yield finding(
            "one dominant customer", top["n"], tx.counts["accepted"], action="warned", detail=detail
        )


def _calendar(tx: Transactions) -> Iterator[dict[str, Any]]:
    import narwhals as nw
    import numpy as np

    daily = tx.log.group_by("day").agg(nw.len().cast(nw.Int64).alias("n"))
    table = tx.engine.to_arrow(daily).sort_by("day")
    days, rows = (np.asarray(table[name], dtype=np.int64) for name in ("day", "n"))
    accepted = tx.counts["accepted"]
    for text, length in gaps(days):
        yield finding(
            "gap in the calendar", 0, accepted, action="warned", detail=f"{text} ({length} days without rows)"
        )
    for text, number in spikes(days, rows):
        yield finding("spike", number, accepted, action="warned", detail=f"{text} has {number:,} rows")
    if stop := partial_last_month(days):
        yield finding("partial last month", 0, accepted, action="warned", detail=stop)


def _thin(tx: Transactions) -> Iterator[dict[str, Any]]:
    """Bases on which lists and base rates work, and models do not."""
    from crm_ml.data.population import known

    accepted = tx.counts["accepted"]
    if tx.counts["customers"] == 1:
        yield finding("a single customer", accepted, accepted, action="warned", detail="no model can compare")
    if tx.first_day == tx.last_day:
        yield finding("a single day", accepted, accepted, action="warned", detail=str(tx.first_day))
        return
    import narwhals as nw

    people = known(tx, as_day(tx.last_day) + 1)
    most = _one(tx, people.select(most=nw.col("purchase_days").max()))["most"]
    if int(most) <= 1:
        detail = "nothing can be learned about coming back"
        yield finding("every customer bought once", accepted, accepted, action="warned", detail=detail)


def _overlaps(tx: Transactions, tables: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    ours = (
        set(tx.engine.to_arrow(tx.log.select("customer_id").unique()).column(0).to_pylist())
        if tables
        else set()
    )
    for name, ids in tables.items():
        values = ids.to_pylist() if hasattr(ids, "to_pylist") else list(ids)
        theirs = {str(one).strip() for one in values if one is not None and str(one) != "nan"}
        both = len(ours & theirs)
        strangers = len(theirs - ours)
        detail = f"{both:,} of {len(ours):,} customers are in {name}; {strangers:,} of its ids never bought"
        yield finding(
            f"ids in {name}",
            both,
            len(ours),
            action="warned" if both < len(ours) else "checked",
            detail=detail,
        )
