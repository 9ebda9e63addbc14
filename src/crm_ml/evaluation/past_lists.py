"""Earlier risk lists, read as experiments: who was to be called, and in which period it should show."""

from __future__ import annotations

import pandas as pd

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.data.windows import Window, as_date, as_day

__all__ = ["comparable", "window_of"]

_NEEDED = ("customer_id", "contact_group", "as_of", "horizon_days")


def comparable(table: pd.DataFrame, exempt: set[str]) -> pd.DataFrame:
    """Return the customers who were to be called, had they not been held out, by id.

    Parameters
    ----------
    table : DataFrame
        A risk list as it was exported.
    exempt : set of str
        Customers who could not be held out.

    Raises
    ------
    ColumnError
        When a column is missing that tells group or period.
    """
    missing = [name for name in _NEEDED if name not in table]
    if missing:
        got = f"no {', '.join(missing)}"
        raise ColumnError("a risk list lacks columns", got=got, do="give the list as it was exported")
    keep = table["contact_group"].isin(["contact", "holdout"])
    keep &= ~table["customer_id"].astype(str).isin(exempt)
    if "threat" in table:
        keep &= table["threat"].astype(object).isin(["stops", "buys less"])
    if "may_contact" in table:
        keep &= ~table["may_contact"].eq(False).fillna(False).astype(bool)
    return table[keep].sort_values("customer_id")


def window_of(table: pd.DataFrame) -> Window:
    """Return the cutoff and horizon of a risk list.

    Raises
    ------
    InputError
        When it has several.
    """
    days = {as_day(one if hasattr(one, "toordinal") else str(one)) for one in table["as_of"]}
    horizons = {int(one) for one in table["horizon_days"]}
    if len(days) != 1 or len(horizons) != 1:
        raise InputError("a risk list has one date and one horizon", got=f"{len(days)} and {len(horizons)}")
    return Window(as_date(days.pop()), horizons.pop())
