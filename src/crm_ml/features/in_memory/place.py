"""Customer, day and side as one whole number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw

from crm_ml.data.windows import as_day
from crm_ml.features.in_memory.sorting import BITS, Ints, bits_of
from crm_ml.features.in_memory.values import Bools

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["Place"]


@dataclass(frozen=True)
class Place:
    """Customer, day and side as one whole number that sorts as they do; purchases and returns are sides.

    Parameters
    ----------
    customers : int
        Customers are numbered from 0 and below.
    first_day, last_day : int
        Days lie between.
    """

    customers: int
    first_day: int
    last_day: int

    @classmethod
    def of(cls, tx: Transactions, customers: int) -> Place:
        """Return the place of lines of a log."""
        return cls(customers, as_day(tx.first_day), as_day(tx.last_day))

    @property
    def day_bits(self) -> int:
        """Bits below the customer."""
        return bits_of(self.last_day - self.first_day) + 1

    def fits(self, lines: int) -> bool:
        """Whether so many lines can be sorted by place."""
        return bits_of(self.customers) + self.day_bits + bits_of(lines) <= BITS

    def packed(self, bought: nw.Expr | int) -> nw.Expr:
        """Return the number as an expression over rows with numbers in the place of customer ids."""
        customer: nw.Expr = nw.col("customer_id") * 2**self.day_bits
        return customer + (nw.col("day") - self.first_day) * 2 + bought

    def unpacked(self, places: Ints) -> tuple[Ints, Ints, Bools]:
        """Return customer, day, and whether it is the side of purchases."""
        day = (places & ((1 << self.day_bits) - 1)) >> 1
        day += self.first_day
        return places >> self.day_bits, day, (places & 1).astype(bool)
