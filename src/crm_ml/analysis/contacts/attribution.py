"""Which purchase followed which contact: the last contact within some days before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.day_table import collect, customer_days
from crm_ml.analysis.totals import measure_of, units
from crm_ml.data.contact_tables import CONTACTS

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import Window

__all__ = ["attributed_contacts"]


def attributed_contacts(
    tx: Transactions, contacts: IntoFrame, window: Window, *, within_days: int = 14
) -> tuple[pd.DataFrame, float]:
    """Return the contacts of a period with what was bought after them.

    A purchase belongs to the last contact with that customer in the `within_days` before it or on its day
    (last touch), so that no money counts twice.

    Returns
    -------
    tuple of (DataFrame, float)
        Contacts with ``cost, minutes`` (0 where not stated), ``bought`` (a purchase followed) and ``revenue``
        (orders, when the log has no amounts); and the revenue of all purchases in the period.
    """
    found = dated_table(contacts, CONTACTS, "date", window=window)
    for column in ("cost", "minutes"):
        found[column] = found[column].fillna(0.0) if column in found else 0.0
    days = collect(tx, customer_days(tx, window), "customer_id", "day")
    measure = "revenue" if tx.has_money else "orders"
    bought = days[days["purchase"] == 1].copy()
    bought["money"] = bought["revenue" if tx.has_money else "purchase"] / units(measure_of(tx, measure))
    found["place"] = np.arange(len(found))
    matched = pd.merge_asof(
        _by_day(bought)[["customer_id", "day", "money"]],
        _by_day(found)[["customer_id", "day", "place"]],
        on="day",
        by="customer_id",
        tolerance=within_days,
    ).dropna(subset=["place"])
    money = matched.groupby(matched["place"].astype("int64"))["money"].sum()
    found["revenue"] = money.reindex(found["place"], fill_value=0.0).to_numpy()
    found["bought"] = found["place"].isin(money.index)
    return found.drop(columns="place"), float(bought["money"].sum())


def _by_day(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"day": "int64"}).sort_values("day", kind="stable")
