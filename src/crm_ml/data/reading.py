"""Read a transaction table from anywhere into the canonical log."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import ColumnError, FileError, InputError
from crm_ml.base.result import Result
from crm_ml.base.validation import nearest
from crm_ml.data.engines.base import FILE, ROW, Conversion
from crm_ml.data.engines.make import make_engine
from crm_ml.data.rules import DataRules
from crm_ml.data.schema import MONEY_SCALE, ROLES, role
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import as_date, as_day

if TYPE_CHECKING:
    from os import PathLike

    import narwhals as nw

    from crm_ml.data.engines.base import Engine

__all__ = ["read_transactions"]

_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d")


def read_transactions(
    source: Any,
    *,
    customer_id: str = "customer_id",
    timestamp: str = "timestamp",
    amount: str | None = None,
    order_id: str | None = None,
    quantity: str | None = None,
    product_id: str | None = None,
    category: str | None = None,
    cost: str | None = None,
    profit: str | None = None,
    discount: str | None = None,
    list_price: str | None = None,
    promised: str | None = None,
    delivered: str | None = None,
    rules: DataRules | None = None,
    engine: Engine | str | None = None,
    currency: str = "",
    basis: str = "",
    quarantine: str | PathLike[str] | None = None,
) -> Transactions:
    """Read a transaction table into a validated, lazy log."""
    arguments = locals()
    given = {one.name: arguments[one.name] for one in ROLES if arguments[one.name] is not None}
    rules = rules or DataRules()
    home = make_engine(engine or "duckdb") if engine is None or isinstance(engine, str) else engine
    frame = _scan(source, home)
    judged = _judge(frame, given, rules, home)
    return _assemble(judged, given, rules, home, currency, basis, quarantine)


def _scan(source: Any, engine: Engine) -> nw.LazyFrame[Any]:
    if not isinstance(source, str | Path):
        return engine.number_rows(engine.from_native(source))
    path = Path(source)
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not path.exists():
        raise FileError("file not found", got=str(path), do="check the path")
    if path.suffix == ".parquet" or path.is_dir():
        return engine.read_parquet([str(file) for file in files])
    import pyarrow.csv as pa_csv

    names = pa_csv.open_csv(path).schema.names
    kinds = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, "string"))
    return engine.number_rows(engine.from_arrow(pa_csv.read_csv(path, convert_options=kinds)))


def _judge(
    frame: nw.LazyFrame[Any], given: dict[str, str], rules: DataRules, engine: Engine
) -> nw.LazyFrame[Any]:
    import narwhals as nw

    from crm_ml.data.expressions import column_names, parse

    schema = frame.collect_schema()
    conversions = []
    for name, written in given.items():
        kind = role(name).kind
        columns = column_names(written) if kind in ("money", "number") and written not in schema else [written]
        for column in columns:
            if column not in schema:
                near = nearest(column, schema.names())
                do = f"did you mean {near[0]!r}?" if near else f"columns: {', '.join(schema.names()[:20])}"
                raise ColumnError(f"no column for {name}", got=repr(column), do=do)
        if kind in ("money", "number"):
            conversions += [Conversion(f"__n_{column}", column, "number") for column in columns]
        else:
            conversions.append(
                Conversion(f"__{name}", written, kind, formats=_FORMATS, time_zone=rules.time_zone)
            )
    unique = {one.name: one for one in conversions}
    frame = engine.convert(frame, list(unique.values()))
    made = []
    for name, written in given.items():
        one = role(name)
        if one.kind in ("text", "day"):
            made.append(nw.col(f"__{name}").alias(one.stored))
            continue
        value = nw.col(f"__n_{written}") if written in schema else parse(written, prefix="__n_")
        if one.kind == "money":
            scaled = value * MONEY_SCALE
            rounded = nw.when(scaled >= 0).then((scaled + 0.5).floor()).otherwise((scaled - 0.5).ceil())
            value = nw.when(scaled.abs() < 9e15).then(rounded).cast(nw.Int64)
        made.append(value.alias(one.stored))
    place = [nw.col(name) for name in (ROW, FILE) if name in schema]
    return frame.select(*place, *made).with_columns(_reason(given, rules), _is_purchase(given, rules))


def _reason(given: dict[str, str], rules: DataRules) -> nw.Expr:
    import narwhals as nw

    unknown = [name.lower() for name in (*rules.unknown_customers, *rules.missing_markers)]
    checks = [
        ("customer id missing", nw.col("customer_id").is_null() | nw.col("customer_id").str.to_lowercase().is_in(unknown)),
        ("date unreadable", nw.col("day").is_null()),
        ("date out of bounds", ~nw.col("day").is_between(as_day(rules.first_day or "1970-01-01"), as_day(rules.last_day or "2199-12-31"))),
    ]
    if "amount" in given:
        checks.append(("amount unreadable", nw.col("amount").is_null()))
    if "product_id" in given and rules.non_products:
        checks.append(("no product", nw.col("product_id").is_in(list(rules.non_products))))
    if "order_id" in given and rules.adjustment_prefix:
        checks.append(("adjustment", nw.col("order_id").str.starts_with(rules.adjustment_prefix)))
    reason = nw.lit(None, nw.String)
    for text, condition in reversed(checks):
        reason = nw.when(condition).then(nw.lit(text)).otherwise(reason)
    return reason.alias("reason")


def _is_purchase(given: dict[str, str], rules: DataRules) -> nw.Expr:
    import narwhals as nw

    bought = nw.lit(True)
    if "amount" in given:
        bought = bought & (nw.col("amount") >= 0)
    if "quantity" in given:
        bought = bought & (nw.col("quantity").is_null() | (nw.col("quantity") >= 0))
    if "order_id" in given and rules.cancellation_prefix:
        started = nw.col("order_id").str.starts_with(rules.cancellation_prefix)
        bought = bought & ~nw.when(started.is_null()).then(nw.lit(False)).otherwise(started)
    return bought.alias("is_purchase")


def _assemble(
    judged: nw.LazyFrame[Any],
    given: dict[str, str],
    rules: DataRules,
    engine: Engine,
    currency: str,
    basis: str,
    quarantine: str | PathLike[str] | None,
) -> Transactions:
    import narwhals as nw

    rejected = judged.filter(~nw.col("reason").is_null())
    columns = tuple(role(name).stored for name in given) + ("is_purchase",)
    log = judged.filter(nw.col("reason").is_null()).select(*columns)
    found = engine.to_arrow(
        rejected.group_by("reason").agg(nw.len().cast(nw.Int64).alias("rows")).sort("reason")
    ).to_pandas()
    totals = engine.to_arrow(
        log.select(
            nw.len().cast(nw.Int64).alias("rows"),
            nw.col("day").min().alias("first"),
            nw.col("day").max().alias("last"),
            nw.col("customer_id").n_unique().cast(nw.Int64).alias("customers"),
        )
    ).to_pylist()[0]
    if not totals["rows"]:
        raise InputError("no row could be read", got=f"{int(found['rows'].sum())} rows", do="check the mapping")
    if quarantine is not None:
        engine.write_parquet(rejected, quarantine)
    counts = {
        "read": totals["rows"] + int(found["rows"].sum()),
        "accepted": totals["rows"],
        "quarantined": int(found["rows"].sum()),
        "customers": totals["customers"],
    }
    return Transactions(
        log=log,
        engine=engine,
        columns=columns,
        first_day=as_date(totals["first"]),
        last_day=as_date(totals["last"]),
        counts=counts,
        findings=Result("quality", found.rename(columns={"reason": "finding"}), n=counts["read"]),
        mapping={**given, "rules": dataclasses.asdict(rules)},
        currency=currency,
        basis=basis or ("revenue" if "amount" in given else ""),
        fingerprint=engine.fingerprint(log),
    )
