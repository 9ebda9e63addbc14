"""What is summed over the lines of a day, and which columns of the log each sum needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import narwhals as nw

from crm_ml.data.schema import MONEY_SCALE

__all__ = ["MEASURES", "SHARE_SCALE", "TOTALS", "Measure", "Total", "scaled", "total", "totals_of"]

# Shares and units are summed as integers like money, so that a sum does not depend on the order of rows.
SHARE_SCALE = MONEY_SCALE


@dataclass(frozen=True)
class Total:
    """One way to make a total over lines out of the columns of the log.

    Parameters
    ----------
    needs : tuple of str
        Columns of the log.
    how : {"lines", "sum", "count"}
        Whether lines are counted, or their values summed, or their values counted; null is nothing.
    value : callable, optional
        Makes the value of a line; what is summed is whole.
    """

    needs: tuple[str, ...]
    how: Literal["lines", "sum", "count"]
    value: Callable[[], nw.Expr] = nw.len

    def expression(self) -> nw.Expr:
        """Return the aggregate, an integer."""
        made = nw.len() if self.how == "lines" else getattr(self.value(), self.how)()
        return made.cast(nw.Int64)


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


def _discount_from_list() -> nw.Expr:
    return nw.when(nw.col("list_price") > 0).then(1 - nw.col("amount") / nw.col("list_price"))


def _of_discount(how: Literal["sum", "count"], value: Callable[[nw.Expr], nw.Expr]) -> tuple[Total, ...]:
    return (
        Total(("discount",), how, lambda: value(nw.col("discount"))),
        Total(("amount", "list_price"), how, lambda: value(_discount_from_list())),
    )


# Every total with the ways to make it, best first.
TOTALS: dict[str, tuple[Total, ...]] = {
    "lines": (Total((), "lines"),),
    "money": (Total(("amount",), "sum", lambda: nw.col("amount")),),
    "margin": (
        Total(("profit",), "sum", lambda: nw.col("profit")),
        Total(("amount", "cost"), "sum", lambda: nw.col("amount") - nw.col("cost")),
    ),
    "units": (Total(("quantity",), "sum", lambda: scaled(nw.col("quantity"))),),
    "discount": _of_discount("sum", scaled),
    "priced_lines": _of_discount("count", lambda share: share),
    "discounted_lines": _of_discount("count", lambda share: nw.when(share > 0).then(nw.lit(1))),
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


def total(name: str, present: Collection[str]) -> Total:
    """Return the best way to make a total that the columns of a log allow."""
    return next(way for way in TOTALS[name] if set(way.needs) <= set(present))


def totals_of(wanted: Collection[str]) -> list[str]:
    """Return the totals that the measures among some columns are made of, and lines.

    Examples
    --------
    >>> totals_of(["spend", "revenue", "gap"])
    ['money', 'lines']
    """
    measures = [MEASURES[name].total for name in MEASURES if name in wanted]
    return list(dict.fromkeys([*measures, "lines"]))
