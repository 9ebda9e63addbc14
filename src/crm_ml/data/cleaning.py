"""Judge every row once: canonical columns, and the reason why a row is refused."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

from crm_ml.data.dates_in_text import date_text
from crm_ml.data.engines.base import FILE, ROW, SERIALS, DayFrom
from crm_ml.data.expressions import column_names, parse
from crm_ml.data.ids_in_text import IdStyle
from crm_ml.data.mapping import Columns
from crm_ml.data.markers import is_marker, markers
from crm_ml.data.numbers_in_text import plain_number, to_number
from crm_ml.data.refusals import refusals
from crm_ml.data.schema import MONEY_SCALE, Role, role

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.rules import DataRules
    from crm_ml.data.survey import Conventions

__all__ = ["ACCEPTED", "REASON", "judge"]

REASON = "__reason__"
ACCEPTED = "__accepted__"
# Beyond this a float no longer holds 1/10 000 of a unit exactly.
_LARGEST = 2**53 // MONEY_SCALE


def judge(
    frame: nw.LazyFrame[Any],
    columns: Columns,
    conventions: Conventions,
    rules: DataRules,
    engine: Engine,
    *,
    id_map: nw.LazyFrame[Any] | None = None,
) -> nw.LazyFrame[Any]:
    """Add the canonical columns and the reason of refusal (null for accepted rows) to the source columns.

    Parameters
    ----------
    frame : narwhals LazyFrame
        The columns of `Columns.labels`, with ``ROW``.
    columns, conventions, rules : Columns, Conventions, DataRules
        What to read, how it is written, what to refuse.
    id_map : narwhals LazyFrame, optional
        Columns ``__old_id`` and ``__new_id``.
    """
    import narwhals as nw

    frame = _with_days(frame, columns, conventions, rules, engine)
    schema = frame.collect_schema()
    numbers = {
        f"__n_{name}": _number(name, schema[name], conventions) for name in columns.of_kind("money", "number")
    }
    texts = {
        f"__t_{name}": _label(source := columns.sources[name][0], schema[source], conventions, rules)
        for name in columns.roles
        if role(name).kind == "text"
    }
    customer = columns.sources["customer_id"][0]
    texts["__t_customer_id"] = _customer(customer, schema[customer], conventions, rules)
    if columns.currency:
        texts["__currency"] = _label(columns.currency, schema[columns.currency], conventions, rules)
    if conventions.ids.trim:
        texts["__untrimmed"] = nw.col(customer) != nw.col(customer).str.strip_chars()
    frame = frame.with_columns(**numbers, **texts)
    if id_map is not None:
        frame = frame.join(id_map, left_on="__t_customer_id", right_on="__old_id", how="left")
    frame = frame.with_columns(*_stored(columns, rules, merged=id_map is not None))
    # An id of the map may be anything.
    ids = conventions.ids if id_map is None else IdStyle()
    checks = refusals(columns, rules, schema, ids, conventions.plain)
    judged = frame.with_columns(
        checks.first().alias(REASON), checks.none().alias(ACCEPTED), _is_purchase(columns, rules)
    )
    made = [*columns.labels, *(role(name).stored for name in columns.roles), "is_purchase", REASON, ACCEPTED]
    helps = [name for name in (ROW, FILE, "__untrimmed", "__new_id") if name in judged.collect_schema()]
    return judged.select(*helps, *made)


def _with_days(
    frame: nw.LazyFrame[Any], columns: Columns, conventions: Conventions, rules: DataRules, engine: Engine
) -> nw.LazyFrame[Any]:
    import narwhals as nw

    schema = frame.collect_schema()
    wanted, prepared = [], {}
    for name, written in columns.sources.items():
        if role(name).kind != "day":
            continue
        column = written[0]
        format_ = conventions.formats[column]
        serial = not format_ or (format_ in SERIALS and format_ != "instant")
        if serial or column in conventions.plain:
            prepared[f"__s_{name}"] = nw.col(column)
        elif schema[column] == nw.String:
            prepared[f"__s_{name}"] = date_text(nw.col(column), format_)
        else:  # 20241231 as a number
            prepared[f"__s_{name}"] = nw.col(column).cast(nw.Int64).cast(nw.String)
        wanted.append(DayFrom(f"__d_{name}", f"__s_{name}", format_, rules.time_zone))
    return engine.days(frame.with_columns(**prepared), wanted)


def _text(column: str, dtype: nw.dtypes.DType) -> nw.Expr:
    import narwhals as nw

    value = nw.col(column)
    if dtype.is_float():  # whole numbers, or the survey would have stopped
        value = value.cast(nw.Int64)
    return value if dtype == nw.String else value.cast(nw.String)


def _customer(column: str, dtype: nw.dtypes.DType, conventions: Conventions, rules: DataRules) -> nw.Expr:
    """Id of the customer, null where the text means "no value"; only this id is trimmed, it costs much."""
    import narwhals as nw

    value = _text(column, dtype)
    if dtype.is_numeric():
        return value
    bare = value.str.strip_chars() if conventions.ids.trim else value
    made = bare.str.replace_all(r"\.0+$", "") if conventions.ids.restore else bare
    if not conventions.ids.marked:
        return made
    return nw.when(~bare.str.to_lowercase().is_in(markers(rules))).then(made)


def _label(column: str, dtype: nw.dtypes.DType, conventions: Conventions, rules: DataRules) -> nw.Expr:
    """Text of an optional column as written, null where it means "no value"."""
    import narwhals as nw

    value = _text(column, dtype)
    if column in conventions.complete or dtype.is_numeric():
        return value
    return nw.when(~is_marker(value, rules)).then(value)


def _number(column: str, dtype: nw.dtypes.DType, conventions: Conventions) -> nw.Expr:
    import narwhals as nw

    if dtype == nw.String:
        if column in conventions.plain:
            return plain_number(nw.col(column))
        return to_number(nw.col(column), conventions.styles[column])
    value = nw.col(column).cast(nw.Float64)
    return nw.when(value.is_finite()).then(value) if dtype.is_float() else value


def _stored(columns: Columns, rules: DataRules, *, merged: bool) -> list[nw.Expr]:
    import narwhals as nw

    made = []
    for name, written in columns.roles.items():
        one = role(name)
        if one.kind == "text":
            value = nw.col(f"__t_{name}")
            if name == "customer_id" and merged:
                value = nw.coalesce(nw.col("__new_id"), value)
        elif one.kind == "day":
            value = nw.col(f"__d_{name}")
        else:
            value = _amount(written, columns.sources[name], one, columns, rules)
        made.append(value.alias(one.stored))
    return made


def _amount(written: str, sources: tuple[str, ...], one: Role, columns: Columns, rules: DataRules) -> nw.Expr:
    import narwhals as nw

    simple = sources == (written,) or [columns.labels[one] for one in sources] == [written]
    names = dict(zip(column_names(written), sources, strict=True)) if not simple else {}
    value = (
        nw.col(f"__n_{sources[0]}")
        if simple
        else parse(written, {key: f"__n_{one}" for key, one in names.items()})
    )
    if one.kind == "number":
        return nw.when(value.is_finite()).then(value)
    if columns.currency and rules.rates:
        value = value * _rate(rules)
    scaled = value * MONEY_SCALE
    # Half away from zero, so that a return cancels its sale; every engine's own rounding differs.
    whole = nw.when(scaled >= 0).then((scaled + 0.5).floor()).otherwise((scaled - 0.5).ceil())
    return nw.when(value.abs() < _LARGEST).then(whole).cast(nw.Int64)


def _rate(rules: DataRules) -> nw.Expr:
    import narwhals as nw

    rate: nw.Expr = nw.lit(None, nw.Float64)
    for code, worth in rules.rates.items():
        rate = nw.when(nw.col("__currency") == code).then(nw.lit(float(worth))).otherwise(rate)
    return rate


def _is_purchase(columns: Columns, rules: DataRules) -> nw.Expr:
    """Whether a row can count as a purchase: returns, cancellations and credit notes cannot."""
    import narwhals as nw

    signs = []
    if "amount" in columns.roles:
        signs.append(nw.col("amount") < 0)
    if "quantity" in columns.roles:
        signs.append(nw.col("quantity") < 0)
    if "order_id" in columns.roles and rules.cancellation_prefix:
        signs.append(nw.col("order_id").str.starts_with(rules.cancellation_prefix))
    if not signs:
        return nw.lit(True).alias("is_purchase")
    back = functools.reduce(operator.or_, (sign.fill_null(False) for sign in signs))
    return (~back).alias("is_purchase")
