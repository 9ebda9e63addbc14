"""The customer pyramid and who rose or fell in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.day_table import first_purchases
from crm_ml.analysis.results import finished
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import everybody, last_window, measure_of, measured, window_pair
from crm_ml.analysis.values import first_rule, share
from crm_ml.analysis.words import Note, note
from crm_ml.classes.pyramid import PYRAMID, Pyramid
from crm_ml.classes.ranking import names_at
from crm_ml.data.memory import once
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike, Window, as_day, is_before

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame
    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

    from crm_ml.base.result import Result

__all__ = ["LEVELS", "pyramid", "pyramid_migration"]

LEVELS = PYRAMID
_PLACES = (*LEVELS, "new")
_INACTIVE, _NEW = _PLACES.index("inactive"), _PLACES.index("new")
# Some textbooks print these shares of revenue, others 50/30/20: a line to compare with, not a norm.
BENCHMARK = (0.40, 0.25, 0.15, 0.20)


def pyramid(
    source: Transactions | IntoFrame,
    *,
    cuts: tuple[float, float, float] = (0.01, 0.05, 0.20),
    value: str | None = None,
    benchmark: tuple[float, ...] | None = BENCHMARK,
    funnel: IntoFrame | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Divide active customers into top, large, medium and small; below them who bought before, and prospects.

    Parameters
    ----------
    source : Transactions or table
        The log, or a table ``customer_id`` and the column `value`.
    cuts : tuple of float
        Cumulative shares of the active customers where top, large and medium end.
    value : str, optional
        ``revenue`` (default), ``margin`` or ``orders``; from a table the name of a column.
    benchmark : tuple of float, optional
        Shares of the value to compare with, one a level.
    funnel : table, optional
        ``customer_id, status`` with prospects and suspects, which are counted below the customers.
    as_of, period_days
        The period in which a customer must have bought to be active.

    Returns
    -------
    Result
        ``class, customers, share_customers, value, share_value, benchmark_share``; ``tables["customers"]``.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": [f"c{one:02d}" for one in range(7)], "revenue": range(70, 0,
    ...     -10)})
    >>> pyramid(table).table["customers"].tolist()
    [1, 0, 1, 5]
    """
    customers, basis, parameters = _classed(source, cuts, value, as_of, period_days)
    amounts = customers.loc[customers["class"] != "inactive", "value"]
    names = list(LEVELS if isinstance(source, Transactions) else LEVELS[:4])
    grouped = customers.groupby("class")["value"].agg(["size", "sum"]).reindex(names, fill_value=0)
    table = pd.DataFrame(
        {"class": names, "customers": grouped["size"].to_numpy(), "value": grouped["sum"].to_numpy()}
    )
    active = table["class"] != "inactive"
    table.insert(2, "share_customers", (table["customers"] / max(len(amounts), 1)).where(active))
    table["share_value"] = share(table["value"], float(amounts.sum()))
    if benchmark is not None:
        table["benchmark_share"] = [*benchmark, np.nan][: len(table)]
    table = pd.concat([table, _funnel_rows(funnel)], ignore_index=True)
    ordered = customers.sort_values("value", ascending=False, kind="stable")
    return finished(
        "pyramid",
        table,
        source="DOMAIN 3; S0 l.82–84; S1 l.89–91; S2 s10; Curry & Curry (2000), Customer Marketing Method",
        parameters={**parameters, "cuts": list(cuts)},
        basis=basis,
        n=len(customers),
        warnings=_warnings(amounts, benchmark),
        tables={"customers": ordered.reset_index(names="customer_id")},
        figures={"active": float(len(amounts)), "inactive": float(len(customers) - len(amounts))},
        plotter=charts.bars("class", "share_value", "benchmark_share", share=True)
        if benchmark is not None
        else charts.bars("class", "share_value", share=True),
    )


def pyramid_migration(
    tx: Transactions,
    *,
    cuts: tuple[float, float, float] = (0.01, 0.05, 0.20),
    value: str | None = None,
    windows: tuple[Window, Window] | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Say which customers rose and fell from one period to the next.

    Parameters
    ----------
    tx : Transactions
        The log.
    cuts, value
        As for :func:`pyramid`; each period is ranked by itself.
    windows : tuple of (Window, Window), optional
        The two periods; otherwise the last two of `period_days`.
    as_of, period_days
        The last period and its length.

    Returns
    -------
    Result
        The transition matrix in long form: ``from_class, to_class, customers, before, after``, with ``new``
        as a class to come from. ``tables["customers"]`` with ``event`` (risen, fallen, same, new, lost,
        reactivated). Figures: counts of these events and ``revenue_moved`` (Σ |after − before|).
    """
    measure = measure_of(tx, value)
    earlier, later = windows or window_pair(tx, as_of, period_days)
    start, end = (_period_classes(tx, window, measure, cuts) for window in (earlier, later))
    table = pd.DataFrame(
        {
            "from_class": start["class"],
            "to_class": end["class"],
            "before": start["value"],
            "after": end["value"],
        }
    )
    table["event"] = _events(start["place"], end["place"])
    table = table[end["place"] != _NEW]
    groups = [(one, other) for one in _PLACES for other in LEVELS]
    index = pd.MultiIndex.from_tuples(groups, names=["from_class", "to_class"])
    grouped = table.groupby(["from_class", "to_class"])
    matrix = grouped[["before", "after"]].sum().assign(customers=grouped.size()).reindex(index, fill_value=0)
    moves = ["risen", "fallen", "same", "new", "lost", "reactivated"]
    short = as_day(tx.first_day) > earlier.cutoff_day
    return finished(
        "pyramid_migration",
        matrix.reset_index()[["from_class", "to_class", "customers", "before", "after"]],
        source="DOMAIN 4; S1 l.121; Curry & Curry (2000)",
        parameters={
            "cuts": list(cuts),
            "measure": measure,
            "split": str(later.cutoff),
            "currency": tx.currency,
        },
        basis=(tx.basis or "revenue") if measure == "revenue" else measure,
        n=len(table),
        warnings=(note("period_before_data", first=tx.first_day),) if short else (),
        tables={"customers": table.reset_index(names="customer_id")},
        figures={
            **{move: float((table["event"] == move).sum()) for move in moves},
            "revenue_moved": float((table["after"] - table["before"]).abs().sum()),
        },
        plotter=charts.heat_map("from_class", "to_class", "customers"),
    )


def _classed(
    source: Transactions | IntoFrame,
    cuts: tuple[float, float, float],
    value: str | None,
    as_of: DateLike | None,
    period_days: int,
) -> tuple[pd.DataFrame, str, dict[str, object]]:
    """Return ``class, value`` of each customer, the basis of the value, and where it comes from."""
    if not isinstance(source, Transactions):
        from crm_ml.analysis.values import customer_values

        values = customer_values(source, value)
        classes = names_at(_levels(values.amounts, cuts), LEVELS)
        table = pd.DataFrame({"class": classes, "value": values.amounts})
        return table, values.basis, values.parameters
    measure, window = measure_of(source, value), last_window(source, as_of, period_days)
    found = _period_classes(source, window, measure, cuts)
    parameters = {
        "value": measure,
        "from": str(window.cutoff),
        "until": str(window.end),
        "currency": source.currency,
    }
    basis = (source.basis or "revenue") if measure == "revenue" else measure
    return found.loc[found["place"] != _NEW, ["class", "value"]], basis, dict(parameters)


def _period_classes(
    tx: Transactions, window: Window, measure: str, cuts: tuple[float, float, float]
) -> pd.DataFrame:
    """Return ``class, place, value`` of all customers; who had not bought yet at the end is ``new``."""

    def made() -> pd.DataFrame:
        totals = everybody(tx, window)
        active = totals["purchase_days"] > 0
        known = is_before(first_purchases(tx), window.end)
        places = np.where(known.to_numpy(), _INACTIVE, _NEW)
        value = measured(totals, measure)
        places[active.to_numpy()] = _levels(value[active], cuts)
        classes = names_at(places, _PLACES)
        return pd.DataFrame({"class": classes, "place": places, "value": value.where(active, 0.0)})

    return once(tx, ("pyramid", window, measure, *cuts), made)


def _levels(amounts: pd.Series[float], cuts: tuple[float, float, float]) -> NDArray[np.int64]:
    """Return the place of the class of each active customer."""
    # These customers bought in the period: one who returned all of it is small, not inactive.
    return np.minimum(Pyramid(cuts).places(amounts), LEVELS.index("small"))


def _events(start: pd.Series[int], end: pd.Series[int]) -> ExtensionArray:
    moves = {
        "new": start == _NEW,
        "reactivated": (start == _INACTIVE) & (end < _INACTIVE),
        "lost": (start < _INACTIVE) & (end == _INACTIVE),
        "risen": end < start,
        "fallen": end > start,
    }
    return first_rule(moves, "same")


def _funnel_rows(funnel: IntoFrame | None) -> pd.DataFrame | None:
    if funnel is None:
        return None
    status = customer_table(funnel, "status", name="accounts")["status"]
    rows = [(name, int((status == name).sum())) for name in ("prospect", "lead", "suspect")]
    return pd.DataFrame(rows, columns=["class", "customers"])


def _warnings(amounts: pd.Series[float], benchmark: tuple[float, ...] | None) -> tuple[Note, ...]:
    found = [note("fewer_than_100")] if len(amounts) < 100 else []
    found += [] if float(amounts.sum()) > 0 else [note("total_not_positive")]
    return tuple(found + ([note("benchmark_disagrees")] if benchmark is not None else []))
