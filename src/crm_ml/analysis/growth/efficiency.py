"""What marketing money and sales hours bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import numeric, plain_table

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["efficiency"]

# ratio → (numerator, denominator)
_RATIOS = {
    "margin_gain_per_marketing_cost": ("margin_gain", "marketing_cost"),
    "margin_per_sales_hour": ("margin", "sales_hours"),
    "service_cost_per_active_customer": ("service_cost", "active_customers"),
}


def efficiency(periods: IntoFrame | None) -> Result:
    """Compute efficiency per period.

    Parameters
    ----------
    periods : table, optional
        ``period, margin`` and, those that are known, ``marketing_cost, sales_hours, service_cost,
        active_customers``; one row a period, in order.

    Returns
    -------
    Result
        ``period`` and the ratios: rise of the margin ÷ marketing cost, margin ÷ sales hour, service cost ÷
        active customer; a ratio whose column is absent is left out.

    Examples
    --------
    >>> periods = pd.DataFrame({"period": ["2010", "2011"], "margin": [100.0, 130.0],
    ...     "marketing_cost": [10.0, 20.0]})
    >>> efficiency(periods).table["margin_gain_per_marketing_cost"].tolist()
    [nan, 1.5]
    """
    if periods is None:
        return not_computed("efficiency", "periods")
    raw = plain_table(periods, "period", "margin", name="periods")
    columns = [
        name
        for name in ("margin", "marketing_cost", "sales_hours", "service_cost", "active_customers")
        if name in raw
    ]
    numbers = pd.DataFrame({name: numeric(raw, name, name="periods") for name in columns})
    numbers["margin_gain"] = numbers["margin"].diff()
    table = pd.DataFrame({"period": raw["period"].astype("str"), "margin": numbers["margin"]})
    for name, (over, under) in _RATIOS.items():
        if {over, under} <= set(numbers.columns):
            table[name] = numbers[over] / numbers[under].where(numbers[under] > 0)
    return finished(
        "efficiency",
        table,
        source="DOMAIN 122; S2 s16, s23",
        basis="margin",
        n=len(table),
        plotter=charts.bars("period", *table.columns[2:]) if len(table.columns) > 2 else None,
    )
