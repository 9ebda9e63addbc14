"""Errors against prevention: at which observed level the two together cost least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.analysis import charts
from crm_ml.analysis.checked import checked_table
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.data.optional_tables import QUALITY_COSTS

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["prevention_minimum"]

_LEAST_LEVELS = 3


def prevention_minimum(quality_costs: IntoFrame | None) -> Result:
    """Find the observed level of prevention at which prevention and repair together cost least.

    Parameters
    ----------
    quality_costs : table, optional
        See :data:`~crm_ml.data.optional_tables.QUALITY_COSTS`; with a ``volume`` on every row costs are
        compared by unit.

    Returns
    -------
    Result
        ``level, prevention_cost, repair_cost, total_cost, minimum``, in the order of prevention; of
        equal totals the least prevention is the minimum. Fewer than three different levels of prevention
        show no minimum, and the result says so. A minimum at either end warns that the real one may lie
        outside what was observed.

    Examples
    --------
    >>> import pandas as pd
    >>> costs = pd.DataFrame({"level": list("abc"), "prevention_cost": [1, 2, 4], "repair_cost": [9, 4, 3]})
    >>> prevention_minimum(costs).table[["level", "total_cost", "minimum"]]
      level  total_cost  minimum
    0     a        10.0    False
    1     b         6.0     True
    2     c         7.0    False
    """
    if quality_costs is None:
        return not_computed("prevention_minimum", "quality_costs")
    table, _ = checked_table(quality_costs, QUALITY_COSTS)
    by_unit = "volume" in table and bool((table["volume"] > 0).all())
    divisor = table["volume"] if by_unit else 1.0
    found = table[["level"]].copy()
    for name in ("prevention_cost", "repair_cost"):
        found[name] = table[name] / divisor
    if found["prevention_cost"].nunique() < _LEAST_LEVELS:
        return empty_result("prevention_minimum", note("too_few_levels", least=_LEAST_LEVELS))
    found["total_cost"] = found["prevention_cost"] + found["repair_cost"]
    found = found.sort_values(["prevention_cost", "level"], ignore_index=True)
    best = int(found["total_cost"].argmin())
    found["minimum"] = found.index == best
    at_end = best in (0, len(found) - 1)
    return finished(
        "prevention_minimum",
        found,
        source="DOMAIN 81; S4 s89",
        parameters={"by_unit": by_unit},
        basis="cost",
        n=len(found),
        warnings=(note("minimum_at_end"),) if at_end else (),
        figures={"least_total_cost": float(found["total_cost"].min())},
        plotter=charts.curve("prevention_cost", "prevention_cost", "repair_cost", "total_cost", share=False),
    )
