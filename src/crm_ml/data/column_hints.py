"""What role a column may play in a transaction table, from its name and its first values."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import InputError
from crm_ml.data.dates_in_text import candidates

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["roles_by_name"]

# Words in a column's name, best first; a role that is found takes its column away from the next ones.
_HINTS: tuple[tuple[str, str, str], ...] = (
    (
        "timestamp",
        "day",
        r"order_?date|invoice_?(date|ts)|purchase_?date|orderdatum|factuurdatum|besteldatum",
    ),
    ("timestamp", "day", r"^(date|day|datum|timestamp|ts|time|datetime)$"),
    ("timestamp", "day", r"date|datum|time|_ts$|day"),
    (
        "customer_id",
        "id",
        r"(customer|client|klant|member|user|account|household|relatie|debiteur|buyer|shopper)_?(id|nr|no|nummer|number|code|key)$",
    ),
    ("customer_id", "id", r"^(customer|client|klant|member|user|household|debiteur|cust|custid)$"),
    ("customer_id", "id", r"customer|client|klant|cust_?id"),
    (
        "order_id",
        "id",
        r"(order|invoice|transaction|receipt|basket|ticket|bon|factuur|bestel)_?(id|nr|no|nummer|number|code)$",
    ),
    ("order_id", "id", r"^(order|invoice|invoiceno|receipt|basket|transaction|factuur|bon)$"),
    ("quantity", "number", r"^(quantity|qty|units|aantal|cds|stuks|items)$|quantity|qty|aantal"),
    ("profit", "number", r"^(profit|winst|margin|marge)$|profit"),
    ("discount", "number", r"discount|korting"),
    ("cost", "number", r"^(cost|costs|cogs|kosten|inkoop(waarde|prijs)?)$|_cost$"),
    (
        "amount",
        "number",
        r"^(amount|revenue|sales|turnover|omzet|bedrag|net|netto|total|totaal|spend|value)$",
    ),
    ("amount", "number", r"amount|revenue|sales|omzet|bedrag|line_?total|spend|total|monetary|dollar"),
    (
        "product_id",
        "id",
        r"(product|item|article|artikel|stock|sku)_?(id|nr|no|nummer|code)$|^(sku|product|item|artikel)$",
    ),
    ("category", "id", r"^(category|categorie|product_?group|productgroep|department|afdeling)$|categor"),
)
_UNIT_PRICE = r"unit_?price|stukprijs|^price$|^prijs$|eenheidsprijs"


def roles_by_name(sample: pa.Table) -> dict[str, str]:
    """Return role → column or expression, as far as names and values tell."""
    kinds = {name: _kinds(sample, number) for number, name in enumerate(sample.column_names)}
    roles: dict[str, str] = {}
    for role, kind, hint in _HINTS:
        if role in roles:
            continue
        fits = [name for name in kinds if kind in kinds[name] and name not in roles.values()]
        found = next(
            (name for name in fits if re.search(hint, name.strip().casefold().replace(" ", "_"))), None
        )
        if found:
            roles[role] = found
    price = next(
        (name for name in kinds if "number" in kinds[name] and re.search(_UNIT_PRICE, name.casefold())), None
    )
    if "amount" not in roles and price and "quantity" in roles:
        roles["amount"] = f"{_quoted(roles['quantity'])} * {_quoted(price)}"
    elif "amount" not in roles and price:
        roles["amount"] = price
    if "timestamp" not in roles:
        dated = next((name for name in kinds if "day" in kinds[name] and name not in roles.values()), None)
        roles |= {"timestamp": dated} if dated else {}
    return roles


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


def _kinds(sample: pa.Table, number: int) -> set[str]:
    """Return what a column can be: an id, a number, a day."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = sample.column(number)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_temporal(kind):
        return {"day"}
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return {"number", "id"}
    if pa.types.is_integer(kind):
        low = pc.min(column).as_py() or 0
        high = pc.max(column).as_py() or 0
        return {"number", "id"} | ({"day"} if 19_000_101 <= low <= high <= 29_991_231 else set())
    texts = [text for text in column.cast(pa.string()).slice(0, 500).to_pylist() if text and text.strip()]
    kinds = {"id"}
    if texts and sum(
        bool(re.fullmatch(r"[-+(]?[€$£]?\s?[\d.,' ]+\)?-?", text.strip())) for text in texts
    ) > 0.9 * len(texts):
        kinds.add("number")
    with contextlib.suppress(InputError):
        kinds |= {"day"} if texts and candidates("", texts) else set()
    return kinds
