"""A first mapping and horizon for a table that nobody described yet: a proposal to read and correct."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import CrmMlError, InputError
from crm_ml.data.column_hints import roles_by_name
from crm_ml.data.engines.make import make_engine
from crm_ml.data.reading import read_transactions
from crm_ml.data.rules import DataRules
from crm_ml.data.sources import open_source

if TYPE_CHECKING:
    from os import PathLike

    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["Proposal", "propose_horizon", "propose_mapping"]

_SAMPLE_ROWS = 20_000
_HORIZONS = (7, 14, 30, 60, 90, 120, 180, 365)


@dataclass(frozen=True)
class Proposal:
    """What `crm-ml init` writes into a config.

    Parameters
    ----------
    mapping : mapping
        Role → column or expression, with ``rules`` where the data ask for some.
    horizon_days : int
        Length of the label period.
    notes : tuple of str
        Why, and what to check.
    """

    mapping: Mapping[str, Any]
    horizon_days: int
    notes: tuple[str, ...] = field(default=())


def propose_mapping(path: str | PathLike[str]) -> Proposal:
    """Propose roles, rules and a horizon for a transaction table.

    Parameters
    ----------
    path : path
        File, folder or glob.

    Raises
    ------
    FileError
        When it cannot be opened.
    InputError
        When no column looks like a customer or like a date.
    """
    sample = _sample(path)
    roles = roles_by_name(sample)
    for needed in ("customer_id", "timestamp"):
        if needed not in roles:
            raise InputError(
                f"no column looks like {needed}",
                got=", ".join(sample.column_names[:20]),
                do="write the config by hand",
            )
    notes = [f"{role} = {column}" for role, column in roles.items()]
    if "amount" not in roles:
        notes.append("no amount was found: everything works on counts")
    rules = _rules(sample, roles)
    mapping: dict[str, Any] = {**roles, **({"rules": rules} if rules else {})}
    try:
        tx = read_transactions(str(path), **roles, rules=DataRules(**rules))
    except CrmMlError as error:
        return Proposal(
            mapping, 90, (*notes, f"settle this first: {error}", "horizon_days 90 is a placeholder")
        )
    horizon, reason = propose_horizon(tx)
    refused = tx.counts["quarantined"]
    notes += (
        [f"{refused:,} of {tx.counts['read']:,} rows would be quarantined: see crm-ml check"]
        if refused
        else []
    )
    return Proposal(mapping, horizon, (*notes, reason))


def propose_horizon(tx: Transactions) -> tuple[int, str]:
    """Propose a horizon from the time between purchase days.

    The length within which four of five repeat purchases come, rounded up to a usual period, and short
    enough to leave four such periods in the data.

    Returns
    -------
    tuple of (int, str)
        Days, and the reason.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> propose_horizon(load_cdnow(sample=True))[0]
    120
    """
    import narwhals as nw
    import numpy as np

    days = tx.log.filter(nw.col("is_purchase")).group_by("customer_id", "day").agg(nw.len())
    gap = nw.col("day") - nw.col("day").shift(1).over("customer_id", order_by="day")
    counted = days.select(gap.alias("gap")).filter(~nw.col("gap").is_null()).group_by("gap").agg(n=nw.len())
    table = tx.engine.to_arrow(counted).sort_by("gap")
    gaps, rows = (np.asarray(table[name], dtype=np.int64) for name in ("gap", "n"))
    span = (tx.last_day - tx.first_day).days + 1
    longest = max(1, span // 4)
    if not len(gaps):
        return min(90, longest), "nobody bought twice: horizon_days is a placeholder"
    usual = int(gaps[np.searchsorted(np.cumsum(rows), 0.8 * rows.sum())])
    fitting = [days for days in _HORIZONS if days <= longest] or [longest]
    horizon = next((days for days in fitting if days >= usual), fitting[-1])
    reason = (
        f"horizon_days {horizon}: four of five repeat purchases come within {usual} days; {span} days of data"
    )
    return horizon, reason


def _sample(path: str | PathLike[str]) -> pa.Table:
    engine = make_engine("duckdb")
    with tempfile.TemporaryDirectory(prefix="crm_ml-", ignore_cleanup_errors=True) as folder:
        opened = open_source(str(path), engine, DataRules(), [], Path(folder))
        table = engine.to_arrow(opened.frame.select(*(one for _, one in opened.names)).head(_SAMPLE_ROWS))
    return table.rename_columns([name for name, _ in opened.names])


def _rules(sample: pa.Table, roles: Mapping[str, str]) -> dict[str, Any]:
    """Propose a cancellation prefix and codes that are no products, where the sample shows them."""
    rules: dict[str, Any] = {}
    if "order_id" in roles and "quantity" in roles:
        orders = sample.column(roles["order_id"]).to_pylist()
        signs = [_negative(value) for value in sample.column(roles["quantity"]).to_pylist()]
        prefix = _cancellation_prefix([str(order) for order in orders], signs)
        rules |= {"cancellation_prefix": prefix} if prefix else {}
    if "product_id" in roles:
        codes = {
            str(code).strip() for code in sample.column(roles["product_id"]).to_pylist() if code is not None
        }
        odd = sorted(code for code in codes if code and not re.search(r"\d", code))
        if odd and len(odd) <= min(30, 0.05 * len(codes)):
            rules["non_products"] = odd
    return rules


def _negative(value: Any) -> bool:
    return str(value).strip().startswith(("-", "("))


def _cancellation_prefix(orders: list[str], negative: list[bool]) -> str:
    """Return the letter with which orders begin that only take back, where most orders begin with none."""
    counts: dict[str, list[int]] = {}
    for order, back in zip(orders, negative, strict=True):
        if order[:1].isalpha():
            seen = counts.setdefault(order[0], [0, 0])
            seen[0] += 1
            seen[1] += back
    fits = [
        letter for letter, (rows, back) in counts.items() if back >= 0.95 * rows and rows < 0.3 * len(orders)
    ]
    return max(fits, key=lambda letter: counts[letter][0], default="")
