"""What is summed over the lines of a day, and which columns of the log each sum needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import narwhals as nw

from crm_ml.data.schema import MONEY_SCALE

__all__ = ["MEASURES", "SHARE_SCALE", "Measure", "scaled"]

# Shares and units are summed as integers like money, so that a sum does not depend on the order of rows.
SHARE_SCALE = MONEY_SCALE


@dataclass(frozen=True)
class Measure:
    """One way to make an additive measure out of the columns of a line.

    Parameters
    ----------
    needs : tuple of str
        Columns of the log.
    value : callable
        Makes the integer expression of a line; null counts as nothing.
    """

    needs: tuple[str, ...]
    value: Callable[[], nw.Expr]


def scaled(value: nw.Expr) -> nw.Expr:
    """Return a number as an integer of 1/10 000, rounded half up (the same on every engine)."""
    return (value * SHARE_SCALE + 0.5).floor().cast(nw.Int64)


def _bought(value: nw.Expr) -> nw.Expr:
    return nw.when(nw.col("is_purchase")).then(value).otherwise(nw.lit(0))


def _returned(value: nw.Expr) -> nw.Expr:
    return nw.when(nw.col("is_purchase")).then(nw.lit(0)).otherwise(value)


def _stated_discount() -> nw.Expr:
    return nw.col("discount")


def _discount_from_list() -> nw.Expr:
    return nw.when(nw.col("list_price") > 0).then(1 - nw.col("amount") / nw.col("list_price"))


def _of_discount(value: Callable[[nw.Expr], nw.Expr]) -> tuple[Measure, ...]:
    return (
        Measure(("discount",), lambda: _bought(value(_stated_discount()))),
        Measure(("amount", "list_price"), lambda: _bought(value(_discount_from_list()))),
    )


# Every measure with the ways to make it, best first.
MEASURES: dict[str, tuple[Measure, ...]] = {
    "lines": (Measure((), lambda: _bought(nw.lit(1))),),
    "return_lines": (Measure((), lambda: _returned(nw.lit(1))),),
    "revenue": (Measure(("amount",), lambda: nw.col("amount")),),
    "spend": (Measure(("amount",), lambda: _bought(nw.col("amount"))),),
    "margin": (
        Measure(("profit",), lambda: nw.col("profit")),
        Measure(("amount", "cost"), lambda: nw.col("amount") - nw.col("cost")),
    ),
    "units": (Measure(("quantity",), lambda: _bought(scaled(nw.col("quantity")))),),
    "discount": _of_discount(scaled),
    "priced_lines": _of_discount(lambda share: nw.when(~share.is_null()).then(nw.lit(1))),
    "discounted_lines": _of_discount(lambda share: nw.when(share > 0).then(nw.lit(1))),
}
