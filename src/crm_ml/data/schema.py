"""The roles that a column can play, and what the canonical log calls and stores them as.

The canonical log has one row an accepted input row. Money is an integer number of 1/10 000 of the
currency unit (`MONEY_SCALE`), because parallel float sums differ from run to run and integer sums never do;
a date is an integer number of days since 1970-01-01, because calendar arithmetic is not portable
between engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["LOG", "MONEY_SCALE", "ROLES", "Role", "role"]

MONEY_SCALE = 10_000

Kind = Literal["text", "day", "money", "number"]


@dataclass(frozen=True)
class Role:
    """A part that a column can play in a transaction table.

    Parameters
    ----------
    name : str
        What the mapping calls it.
    stored : str
        Column of the canonical log.
    kind : {"text", "day", "money", "number"}
        text → String, day → Int64 days since 1970-01-01, money → Int64 in 1/10 000, number → Float64.
    meaning : str
        What the column holds.
    required : bool
        Whether a log can do without it.
    """

    name: str
    stored: str
    kind: Kind
    meaning: str
    required: bool = False


ROLES: tuple[Role, ...] = (
    Role("customer_id", "customer_id", "text", "who bought", required=True),
    Role("timestamp", "day", "day", "when, in the business calendar", required=True),
    Role("amount", "amount", "money", "money of the line, negative for a return"),
    Role("order_id", "order_id", "text", "order, invoice or basket the line belongs to"),
    Role("quantity", "quantity", "number", "units, negative for a return"),
    Role("product_id", "product_id", "text", "what was bought"),
    Role("category", "category", "text", "group the product belongs to"),
    Role("cost", "cost", "money", "cost of the line (cost of goods, or any cost to subtract)"),
    Role("profit", "profit", "money", "profit of the line, where the source states it instead of a cost"),
    Role("discount", "discount", "number", "discount as a share of the list price, between 0 and 1"),
    Role("list_price", "list_price", "money", "list price of the line before discount"),
    Role("promised", "promised_day", "day", "day on which delivery was promised"),
    Role("delivered", "delivered_day", "day", "day on which the line was delivered"),
    Role(
        "sector", "sector", "text", "sector or segment of the customer: whose market the own normal follows"
    ),
)

# Column order of the canonical log; `is_purchase` is false for returns, cancellations and adjustments,
# whose money counts on their own day but which never count as a purchase.
LOG: tuple[str, ...] = (*(one.stored for one in ROLES), "is_purchase")


def role(name: str) -> Role:
    """Return the role of that name.

    Examples
    --------
    >>> role("timestamp").stored
    'day'
    """
    return next(one for one in ROLES if one.name == name)
