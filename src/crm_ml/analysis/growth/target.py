"""The growth target with the decay that must be made good first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import numeric, plain_table
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_positive

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["growth_target", "investment_room"]


def growth_target(
    classes: IntoFrame | None,
    *,
    growth: float = 0.10,
    scenarios: tuple[float, ...] = (-0.5, 0.0, 0.5),
    name: str = "class",
) -> Result:
    """Say how much new business a growth target needs, given measured decay and growth per class.

    Parameters
    ----------
    classes : table, optional
        A row a class: its name, ``revenue`` (R₀), ``decay`` (gross: stopped + shrunk ÷ R₀) and
        ``growth`` on what remains. The ``groups`` table of the revenue bridge gives them
        (``start, decay, growth_of_rest``).
    growth : float
        Wished growth of all revenue.
    scenarios : tuple of float
        How much larger or smaller the growth of what remains turns out (−0.5 = half of it); 0 is the
        realistic one.
    name : str
        Column that holds the class.

    Returns
    -------
    Result
        The class, ``revenue, decay_loss, growth_of_rest, existing`` = R₀(1−d)(1+g);
        ``tables["scenarios"]``: ``scenario, existing, target, new_business``. Figures: ``target``,
        ``existing``, ``new_business_needed``.

    Examples
    --------
    >>> classes = pd.DataFrame({"class": ["top", "small"], "revenue": [600, 400], "decay": [.1, .3],
    ...     "growth": [.05, 0]})
    >>> result = growth_target(classes, growth=0.1)
    >>> round(result.figures["existing"], 2), round(result.figures["new_business_needed"], 2)
    (847.0, 253.0)
    """
    if classes is None:
        return not_computed("growth_target", "accounts")
    raw = plain_table(classes, name="classes")
    raw = raw.rename(
        columns={"start": "revenue", "growth_of_rest": "growth"} if "start" in raw.columns else {}
    )
    raw = plain_table(raw, name, "revenue", "decay", "growth", name="classes")
    numbers = {
        column: numeric(raw, column, name="classes").fillna(0.0) for column in ("revenue", "decay", "growth")
    }
    table = pd.DataFrame({name: raw[name], **numbers})
    kept = table["revenue"] * (1 - table["decay"])
    found = pd.DataFrame(
        {
            name: table[name],
            "revenue": table["revenue"],
            "decay": table["decay"],
            "decay_loss": -(table["revenue"] - kept),
            "growth_of_rest": kept * table["growth"],
            "existing": kept * (1 + table["growth"]),
        }
    )
    start = float(table["revenue"].sum())
    target = start * (1 + growth)
    rows = [(factor, float((kept * (1 + table["growth"] * (1 + factor))).sum())) for factor in scenarios]
    cases = pd.DataFrame(rows, columns=["scenario", "existing"]).assign(target=target)
    cases["new_business"] = cases["target"] - cases["existing"]
    existing = float(found["existing"].sum())
    return finished(
        "growth_target",
        found,
        source="DOMAIN 30 and §0; S4 s41–42; S1 l.97–102",
        parameters={"growth": growth, "scenarios": list(scenarios)},
        basis="revenue",
        n=len(found),
        warnings=() if start > 0 else (note("total_not_positive"),),
        tables={"scenarios": cases},
        figures={"target": target, "existing": existing, "new_business_needed": target - existing},
        plotter=charts.bars(name, "revenue", "existing"),
    )


def investment_room(
    margin_gains: list[float], *, required_return: float = 0.20, discount_rate: float = 0.10
) -> Result:
    """Say what may be invested today for a rise of the margin in the coming years; an own definition.

    Parameters
    ----------
    margin_gains : list of float
        Rise of the margin at the end of year 1, 2, …
    required_return : float
        What the investment must bring on top.
    discount_rate : float
        Yearly.

    Examples
    --------
    >>> round(investment_room([110.0, 121.0], required_return=0.25,
    ...     discount_rate=0.1).figures["investment_room"], 2)
    160.0
    """
    if not margin_gains:
        raise InputError("margin_gains is empty", do="give the rise of the margin for each coming year")
    check_positive(1 + required_return, what="1 + required_return")
    rows = [
        (year, gain, gain / (1 + discount_rate) ** year) for year, gain in enumerate(margin_gains, start=1)
    ]
    table = pd.DataFrame(rows, columns=["year", "margin_gain", "present_value"])
    present = float(table["present_value"].sum())
    return finished(
        "investment_room",
        table,
        source="DOMAIN 30 and §0 (own definition); S1 l.100–102",
        parameters={"required_return": required_return, "discount_rate": discount_rate},
        basis="margin",
        n=len(table),
        figures={"present_value": present, "investment_room": present / (1 + required_return)},
    )
