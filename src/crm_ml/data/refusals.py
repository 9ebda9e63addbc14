"""Why a row is refused: each reason is a condition on the canonical columns, the first one counts."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from crm_ml.data.engines.base import FILE, ROW
from crm_ml.data.markers import markers, unknown_customers
from crm_ml.data.schema import role
from crm_ml.data.windows import as_date, as_day

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.ids_in_text import IdStyle
    from crm_ml.data.mapping import Columns
    from crm_ml.data.rules import DataRules

__all__ = ["Refusals", "refusals"]

Empty: TypeAlias = "Callable[[str], nw.Expr]"


@dataclass
class Refusals:
    """Conditions that refuse a row, in the order in which they are named to the user."""

    reasons: list[tuple[str, nw.Expr]] = field(default_factory=list)

    def add(self, reason: str, condition: nw.Expr) -> None:
        """Refuse the rows under a condition, unless an earlier reason applies."""
        self.reasons.append((reason, condition))

    def first(self) -> nw.Expr:
        """Return the first reason that applies, null for none."""
        import narwhals as nw

        reason: nw.Expr = nw.lit(None, nw.String)
        for text, condition in reversed(self.reasons):
            reason = nw.when(condition).then(nw.lit(text)).otherwise(reason)
        return reason

    def none(self) -> nw.Expr:
        """Return whether no reason applies: the same as ``first().is_null()`` and cheaper to filter on."""
        import narwhals as nw

        return functools.reduce(
            operator.and_, (~one.fill_null(False) for _, one in self.reasons), nw.lit(True)
        )


def refusals(
    columns: Columns,
    rules: DataRules,
    schema: Mapping[str, Any],
    ids: IdStyle,
    plain: Collection[str],
) -> Refusals:
    """Return every condition that refuses a row, without those that cannot occur in these types and ids."""
    import narwhals as nw

    def empty(column: str) -> nw.Expr:
        return _is_empty(column, schema, rules, plain)

    checks = Refusals()
    _refuse_customers(checks, rules, schema[columns.sources["customer_id"][0]], ids)
    if columns.line_id and rules.duplicates == "drop":
        checks.add("order line repeated", _repeated(columns.line_id, schema, empty))
    if columns.currency and rules.rates:
        checks.add("currency without rate", ~nw.col("__currency").is_in(list(rules.rates)))
        checks.add("currency missing", nw.col("__currency").is_null())
    _refuse_days(checks, columns, rules, schema, empty)
    _refuse_numbers(checks, columns, schema, empty)
    if "order_id" in columns.roles and rules.adjustment_prefix:
        checks.add("adjustment of the books", nw.col("order_id").str.starts_with(rules.adjustment_prefix))
    if "product_id" in columns.roles and rules.non_products:
        checks.add("not a product", nw.col("product_id").is_in(list(rules.non_products)))
    if "amount" in columns.roles and rules.zero_amounts != "keep":
        left_out = "left out by rule" if rules.zero_amounts == "drop" else "suspect"
        checks.add(f"zero amount ({left_out})", nw.col("amount") == 0)
    return checks


def _refuse_customers(checks: Refusals, rules: DataRules, dtype: nw.dtypes.DType, ids: IdStyle) -> None:
    import narwhals as nw

    customer = nw.col("customer_id")
    unknown = unknown_customers(rules)
    if dtype.is_numeric():
        unknown = [name for name in unknown if name.isdigit()]
    if ids.missing or ids.marked:
        checks.add("customer id missing", customer.is_null())
    if unknown and ids.unknown:
        plain = customer if dtype.is_numeric() else customer.str.to_lowercase()
        checks.add("customer id unknown", plain.is_in(unknown))
    if rules.exclude_customers:
        checks.add("customer excluded", customer.is_in(list(rules.exclude_customers)))
    if ids.long and not dtype.is_numeric():
        checks.add("customer id too long", customer.str.len_chars() > rules.max_id_length)


def _repeated(line_id: str, schema: Mapping[str, Any], empty: Empty) -> nw.Expr:
    import narwhals as nw

    order = [name for name in (FILE, ROW) if name in schema]
    turn = (nw.col(ROW) * 0 + 1).cum_sum().over(line_id, order_by=order)
    return (turn > 1) & ~empty(line_id)


def _refuse_days(
    checks: Refusals, columns: Columns, rules: DataRules, schema: Mapping[str, Any], empty: Empty
) -> None:
    import narwhals as nw

    first = as_day(rules.first_day)
    # Nobody bought in the future; a customer in another time zone may be a day ahead of us.
    last = as_day(dt.date.today()) + 1 if rules.last_day is None else as_day(rules.last_day)
    for name in (one for one in columns.roles if role(one).kind == "day"):
        source, day = columns.sources[name][0], nw.col(role(name).stored)
        typed = isinstance(schema[source], nw.Date | nw.Datetime)
        if name == "timestamp":
            checks.add("date missing", empty(source))
            if not typed:
                checks.add("date unreadable", day.is_null())
            checks.add(f"date before {rules.first_day}", day < first)
            after = "in the future" if rules.last_day is None else f"after {as_date(last)}"
            checks.add(f"date {after}", day > last)
        elif not typed:
            checks.add(f"{name} unreadable", day.is_null() & ~empty(source))


def _refuse_numbers(checks: Refusals, columns: Columns, schema: Mapping[str, Any], empty: Empty) -> None:
    import narwhals as nw

    for name in (one for one in columns.roles if role(one).kind in ("money", "number")):
        sources = columns.sources[name]
        missing = functools.reduce(operator.or_, map(empty, sources))
        gone = nw.col(role(name).stored).is_null()
        if role(name).kind == "number" and all(schema[one].is_integer() for one in sources):
            continue  # a whole number always reads
        if name == "amount":
            checks.add("amount missing", missing)
            checks.add("amount unreadable", gone)
        else:
            checks.add(f"{name} unreadable", gone & ~missing)


def _is_empty(column: str, schema: Mapping[str, Any], rules: DataRules, plain: Collection[str]) -> nw.Expr:
    """Whether a cell holds nothing, as told from what is there but cannot be read."""
    import narwhals as nw

    cell = nw.col(column)
    if column in plain:
        return cell.is_null() | (cell == "")
    if schema[column] == nw.String:
        return cell.is_null() | cell.str.strip_chars().str.to_lowercase().is_in(markers(rules))
    return cell.is_null() | cell.is_nan() if schema[column].is_float() else cell.is_null()
