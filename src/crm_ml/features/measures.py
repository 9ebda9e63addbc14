"""What is summed over the lines of a day, and which columns of the log each sum needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import narwhals as nw

from crm_ml.data.schema import MONEY_SCALE

__all__ = ["MEASURES", "SHARE_SCALE", "TOTALS", "Measure", "Total", "scaled"]

# Shares and units are summed as integers like money, so that a sum does not depend on the order of rows.
SHARE_SCALE = MONEY_SCALE


@dataclass(frozen=True)
class Total:
    """One way to make a total over lines out of the columns of the log.

    Parameters
    ----------
    needs : tuple of str
        Columns of the log.
    value : callable
        Makes the aggregate, an integer; null counts as nothing.
    """

    needs: tuple[str, ...]
    value: Callable[[], nw.Expr]


@dataclass(frozen=True)
class Measure:
    """A total as features see it: over the lines of purchases, of returns, or over both.

    Parameters
    ----------
    total : str
        Name in `TOTALS`.
    lines : {"purchases", "returns", "all"}
        Which lines count.
    """

    total: str
    lines: Literal["purchases", "returns", "all"] = "purchases"

    @property
    def ways(self) -> tuple[Total, ...]:
        """The ways to make it, best first."""
        return TOTALS[self.total]


def scaled(value: nw.Expr) -> nw.Expr:
    """Return a number as an integer of 1/10 000, rounded half up (the same on every engine)."""
    return (value * SHARE_SCALE + 0.5).floor().cast(nw.Int64)


def _earned() -> nw.Expr:
    return (nw.col("amount") - nw.col("cost")).sum()


def _discount_from_list() -> nw.Expr:
    return nw.when(nw.col("list_price") > 0).then(1 - nw.col("amount") / nw.col("list_price"))


def _of_discount(value: Callable[[nw.Expr], nw.Expr]) -> tuple[Total, ...]:
    return (
        Total(("discount",), lambda: value(nw.col("discount"))),
        Total(("amount", "list_price"), lambda: value(_discount_from_list())),
    )


# Every total with the ways to make it, best first.
TOTALS: dict[str, tuple[Total, ...]] = {
    "lines": (Total((), nw.len),),
    "money": (Total(("amount",), lambda: nw.col("amount").sum()),),
    "margin": (
        Total(("profit",), lambda: nw.col("profit").sum()),
        Total(("amount", "cost"), _earned),
    ),
    "units": (Total(("quantity",), lambda: scaled(nw.col("quantity")).sum()),),
    "discount": _of_discount(lambda share: scaled(share).sum()),
    "priced_lines": _of_discount(nw.Expr.count),
    "discounted_lines": _of_discount(lambda share: nw.when(share > 0).then(nw.lit(1)).count()),
}

MEASURES: dict[str, Measure] = {
    "lines": Measure("lines"),
    "return_lines": Measure("lines", "returns"),
    "revenue": Measure("money", "all"),
    "spend": Measure("money"),
    "margin": Measure("margin", "all"),
    "units": Measure("units"),
    "discount": Measure("discount"),
    "priced_lines": Measure("priced_lines"),
    "discounted_lines": Measure("discounted_lines"),
}
