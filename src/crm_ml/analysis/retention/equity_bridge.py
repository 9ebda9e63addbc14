"""Why the value of the customer base changed between two scorings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.data.schema import MONEY_SCALE

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["equity_bridge"]


def equity_bridge(
    before: IntoFrame | None, after: IntoFrame | None, same_model: IntoFrame | None = None
) -> Result:
    """Divide the change of the summed lifetime value over new, risen, fallen and lost customers.

    Parameters
    ----------
    before, after : table, optional
        ``customer_id, clv`` at the two dates.
    same_model : table, optional
        ``customer_id, clv`` at the later date with the parameters of the earlier model. With it, what the new
        parameters change stands on a line of its own.

    Returns
    -------
    Result
        ``line, customers, amount``; closes exactly on 1/10 000 of the currency unit.
        ``tables["customers"]``: ``customer_id, before, after, change, event``.

    Examples
    --------
    >>> before = pd.DataFrame({"customer_id": ["a", "b", "c"], "clv": [10.0, 20.0, 5.0]})
    >>> after = pd.DataFrame({"customer_id": ["a", "b", "d"], "clv": [12.0, 15.0, 7.0]})
    >>> equity_bridge(before, after).table[["line", "amount"]].set_index("line")["amount"].to_dict()
    {'start': 35.0, 'new': 7.0, 'risen': 2.0, 'fallen': -5.0, 'lost': -5.0, 'parameters': 0.0, 'end': 34.0}
    """
    if before is None or after is None:
        return not_computed("equity_bridge", "clv")
    start, end = _whole(before), _whole(after)
    at_old = end if same_model is None else _whole(same_model).reindex(end.index).fillna(end).astype("int64")
    ids = start.index.union(end.index).sort_values()
    table = pd.DataFrame({"before": start, "comparable": at_old, "after": end}).reindex(ids)
    known, still = table["before"].notna(), table["after"].notna()
    table = table.fillna(0).astype("int64")
    table["change"] = table["comparable"] - table["before"]
    table["event"] = "same"
    table.loc[table["change"] > 0, "event"] = "risen"
    table.loc[table["change"] < 0, "event"] = "fallen"
    table.loc[~known, "event"] = "new"
    table.loc[known & ~still, "event"] = "lost"
    grouped = table.groupby("event")["change"].agg(["size", "sum"])
    lines = [("start", len(start), int(start.sum()))]
    lines += [
        (event, int(grouped["size"].get(event, 0)), int(grouped["sum"].get(event, 0)))
        for event in ("new", "risen", "fallen", "lost")
    ]
    parameters = int((table["after"] - table["comparable"]).sum())
    lines += [("parameters", int((table["after"] != table["comparable"]).sum()), parameters)]
    lines += [("end", len(end), int(end.sum()))]
    found = pd.DataFrame(lines, columns=["line", "customers", "amount"])
    found["amount"] /= MONEY_SCALE
    money = ["before", "comparable", "after", "change"]
    table[money] = table[money] / MONEY_SCALE
    shown = table.sort_values("change", kind="stable").reset_index(names="customer_id")
    return finished(
        "equity_bridge",
        found,
        source="DOMAIN 116; S4 s99, s102",
        parameters={"parameter_line": same_model is not None},
        basis="clv",
        n=len(ids),
        tables={"customers": shown},
        plotter=charts.waterfall("line", "amount"),
    )


def _whole(values: IntoFrame) -> pd.Series[int]:
    table = customer_table(values, "clv", name="customer values")
    clv = numeric(table, "clv", name="customer values").dropna()
    whole: pd.Series[int] = (clv * MONEY_SCALE).round().astype("int64")
    return whole
