"""The revenue bridge: from one period to the next by new, reactivated, grown, shrunk and stopped customers.

The arithmetic runs on integers of 1/10 000 of the currency unit, so that a bridge closes exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import first_purchases, named
from crm_ml.analysis.results import finished
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import measure_of, numbered_totals, units, window_pair
from crm_ml.analysis.values import first_rule
from crm_ml.analysis.words import Note, note
from crm_ml.data.memory import once
from crm_ml.data.windows import DateLike, Window, as_day, is_before

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["EVENTS", "bridge_table", "customer_changes", "revenue_bridge"]

# What happened to a customer; "corrections" are returns of customers who bought in neither period.
EVENTS = ("new", "reactivated", "grown", "shrunk", "stopped", "corrections")
# Winning customers is the offensive side of marketing, keeping them the defensive side.
_SIDES = {
    "new": "offensive",
    "reactivated": "offensive",
    "grown": "defensive",
    "shrunk": "defensive",
    "stopped": "defensive",
}


def revenue_bridge(
    tx: Transactions,
    groups: IntoFrame | None = None,
    *,
    group: str = "segment",
    measure: str | None = None,
    windows: tuple[Window, Window] | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Explain the change between two periods, to the cent and down to the names.

    Parameters
    ----------
    tx : Transactions
        The log.
    groups : table, optional
        ``customer_id`` and the column `group` (segment, owner, class); gives a bridge per group.
    group : str
        Column of `groups`.
    measure : str, optional
        ``revenue``, ``margin`` or ``orders``.
    windows : tuple of (Window, Window), optional
        The two periods, such as two fiscal years; otherwise the last two of `period_days`.
    as_of, period_days
        The last period and its length.

    Returns
    -------
    Result
        ``line, customers, amount, share_of_start, side``; the first line plus the next six make the last.
        ``tables["customers"]``: ``customer_id, event, before, after, change`` (and the group);
        ``tables["groups"]``: per group start, the six lines, end, ``decay`` = (stopped + shrunk) ÷ start and
        ``growth_of_rest``. Figures: ``decay``, ``decay_stopped``, ``decay_shrunk``, ``growth_of_rest``.
    """
    chosen = measure_of(tx, measure)
    earlier, later = windows or window_pair(tx, as_of, period_days)
    changes = customer_changes(tx, earlier, later, chosen)
    if groups is not None:
        named = customer_table(groups, group, name="groups")[group]
        changes[group] = (
            named.reindex(changes.index).astype("object").where(lambda cells: cells.notna(), "unknown")
        )
    table = bridge_table(changes, units(chosen))
    tables = {"customers": _shown(changes, units(chosen))}
    if groups is not None:
        tables["groups"] = _by_group(changes, group, units(chosen))
    return finished(
        "revenue_bridge",
        table,
        source="DOMAIN 42 and §0; S4 s16, s41, s90; sides: Fornell & Wernerfelt (1987), JMR 24",
        parameters={
            "measure": chosen,
            "before_from": str(earlier.cutoff),
            "before_until": str(earlier.end),
            "after_from": str(later.cutoff),
            "after_until": str(later.end),
            "currency": tx.currency,
        },
        basis=(tx.basis or "revenue") if chosen == "revenue" else chosen,
        n=len(changes),
        warnings=_warnings(tx, earlier),
        tables=tables,
        figures=_decay(changes),
        plotter=charts.waterfall("line", "amount"),
    )


def customer_changes(tx: Transactions, earlier: Window, later: Window, measure: str) -> pd.DataFrame:
    """Return one row a customer with a row in either period.

    Returns
    -------
    DataFrame
        Index ``customer_id``; ``event`` and the integers ``before, after, change``.
    """
    key = ("changes", earlier, later, measure)
    return once(tx, key, lambda: _changes(tx, earlier, later, measure)).copy()


def _changes(tx: Transactions, earlier: Window, later: Window, measure: str) -> pd.DataFrame:
    sides = [numbered_totals(tx, window) for window in (earlier, later)]
    customers = sides[0].index.union(sides[1].index)
    first, second = (side.reindex(customers, fill_value=0) for side in sides)
    before, after = first[measure], second[measure]
    was, still = first["purchase_days"] > 0, second["purchase_days"] > 0
    both = was & still
    known = is_before(first_purchases(tx).iloc[customers], later.cutoff).to_numpy()
    events = {
        "new": still & ~known,
        "reactivated": still & ~was,
        "grown": both & (after > before),
        "shrunk": both & (after < before),
        "same": both,
        "stopped": was,
    }
    event = first_rule(events, "corrections")
    changes = {"event": event, "before": before, "after": after, "change": after - before}
    return pd.DataFrame(changes, index=customers).set_axis(named(tx, customers))


def bridge_table(changes: pd.DataFrame, scale: int) -> pd.DataFrame:
    """Return the lines of a bridge in currency units; the integers behind them close exactly.

    Examples
    --------
    >>> changes = pd.DataFrame({"event": ["new", "stopped"], "before": [0, 500], "after": [300, 0],
    ...                         "change": [300, -500]})
    >>> bridge_table(changes, 100)[["line", "customers", "amount"]].query("customers > 0")
          line  customers  amount
    0    start          1     5.0
    1      new          1     3.0
    5  stopped          1    -5.0
    7      end          1     3.0
    """
    grouped = changes.groupby("event")["change"].agg(["size", "sum"])
    lines = [("start", int((changes["before"] != 0).sum()), int(changes["before"].sum()))]
    lines += [
        (event, int(grouped["size"].get(event, 0)), int(grouped["sum"].get(event, 0))) for event in EVENTS
    ]
    lines.append(("end", int((changes["after"] != 0).sum()), int(changes["after"].sum())))
    start = lines[0][2]
    table = pd.DataFrame(lines, columns=["line", "customers", "amount"])
    table["share_of_start"] = table["amount"] / start if start > 0 else np.nan
    table["amount"] = table["amount"] / scale
    table["side"] = [_SIDES.get(line, "") for line in table["line"]]
    return table


def _decay(changes: pd.DataFrame) -> dict[str, float]:
    start = int(changes["before"].sum())
    sums = changes.groupby("event")["change"].sum()
    lost = {event: -int(sums.get(event, 0)) for event in ("stopped", "shrunk")}
    rest = start - sum(lost.values())
    if start <= 0:
        return dict.fromkeys(("decay", "decay_stopped", "decay_shrunk", "growth_of_rest"), float("nan"))
    return {
        "decay": sum(lost.values()) / start,
        "decay_stopped": lost["stopped"] / start,
        "decay_shrunk": lost["shrunk"] / start,
        "growth_of_rest": int(sums.get("grown", 0)) / rest if rest > 0 else float("nan"),
    }


def _by_group(changes: pd.DataFrame, group: str, scale: int) -> pd.DataFrame:
    rows = []
    for name, part in changes.groupby(group, sort=True):
        lines = bridge_table(part, scale).set_index("line")["amount"]
        rows.append({group: name, "customers": len(part), **lines, **_decay(part)})
    return pd.DataFrame(rows)


def _shown(changes: pd.DataFrame, scale: int) -> pd.DataFrame:
    table = changes.copy()
    table[["before", "after", "change"]] = table[["before", "after", "change"]] / scale
    ordered = table.sort_values(["change"], kind="stable")
    return ordered.reset_index(names="customer_id")


def _warnings(tx: Transactions, earlier: Window) -> tuple[Note, ...]:
    short = as_day(tx.first_day) > earlier.cutoff_day
    return (note("period_before_data", first=tx.first_day),) if short else ()
