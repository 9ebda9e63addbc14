"""The funnel: who is a suspect, a lead, a prospect, a customer, an inactive customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, plain_table
from crm_ml.analysis.totals import customer_totals, last_window
from crm_ml.analysis.words import Note, note
from crm_ml.base.validation import check_choice
from crm_ml.data.contact_tables import CONTACTS
from crm_ml.evaluation.calibration import wilson

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import DateLike

__all__ = ["STATUSES", "funnel_status"]

STATUSES = ("suspect", "lead", "prospect", "customer", "inactive")


def funnel_status(
    tx: Transactions,
    accounts: IntoFrame | None,
    contacts: IntoFrame | None = None,
    quotes: IntoFrame | None = None,
    *,
    many_quotes: int = 3,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Place everybody in the funnel and compute the conversion from each stage to the next.

    A customer bought in the period, an inactive customer before it. Of the others, who asked a quote or has
    both contacted us and answered is a prospect; who did one of both is a lead (a buying signal); the others
    are suspects. A stated status counts when it is further than what the other tables show.

    Parameters
    ----------
    tx : Transactions
        The log.
    accounts : table, optional
        ``customer_id, status``: suspects, leads and prospects are known from here only.
    contacts : table, optional
        ``customer_id``; ``answered`` (true or false) and ``initiative`` (us or customer).
    quotes : table, optional
        ``customer_id``: a row a quote.
    many_quotes : int
        From so many quotes without a purchase somebody stands on the list ``many_quotes``.
    as_of, period_days
        The period in which a customer bought.

    Returns
    -------
    Result
        ``status, customers`` (number in the stage now), ``reached`` (in it or beyond), ``conversion_rate``
        (reached ÷ reached of the stage before) with its 95 % interval; ``tables["customers"]`` and
        ``tables["many_quotes"]``.
    """
    if accounts is None:
        return not_computed("funnel_status", "accounts")
    window = last_window(tx, as_of, period_days)
    known = customer_table(accounts, "status", name="accounts")
    stated = known["status"].astype("object").fillna("suspect").map(_checked)
    ids = known.index.union(first_days(tx, window.end_day).index)
    told = stated.map(STATUSES.index).astype("int64").reindex(ids, fill_value=0)
    level = np.maximum(told.to_numpy(), _shown(ids, contacts, quotes))
    ever = ids.isin(first_days(tx, window.end_day).index)
    totals = customer_totals(tx, window)
    now = ids.isin(totals.index[totals["purchase_days"] > 0])
    unproven = int(((level >= STATUSES.index("customer")) & ~ever).sum())
    names = np.asarray(STATUSES, dtype=object)[np.minimum(level, STATUSES.index("prospect"))]
    status = pd.Series(np.select([now, ever], ["customer", "inactive"], names), index=ids)
    asked = _quoted(quotes)
    waiting = asked[~asked.index.isin(ids[ever]) & (asked >= many_quotes)].sort_values(ascending=False)
    table = _funnel(status)
    return finished(
        "funnel_status",
        table,
        source="DOMAIN 10; S0 l.47–51, l.75–82; S3 l.5",
        parameters={"from": str(window.cutoff), "until": str(window.end), "many_quotes": many_quotes},
        n=len(status),
        warnings=_warnings(unproven, contacts, quotes),
        tables={
            "customers": status.rename("status").rename_axis("customer_id").reset_index(),
            "many_quotes": waiting.rename("quotes").rename_axis("customer_id").reset_index(),
        },
        plotter=charts.bars("status", "customers"),
    )


def _checked(status: object) -> str:
    return check_choice(str(status), STATUSES, what="status of an account")


def _shown(ids: pd.Index[str], contacts: IntoFrame | None, quotes: IntoFrame | None) -> npt.NDArray[np.int64]:
    """Return the stage that contacts and quotes show: 0 suspect, 1 lead, 2 prospect."""
    level = np.where(ids.isin(_quoted(quotes).index), 2, 0)
    if contacts is None:
        return level
    rows = dated_table(contacts, CONTACTS)
    who = rows["customer_id"]
    answered = ids.isin(who[rows["answered"].fillna(False)]) if "answered" in rows else False
    came = ids.isin(who[rows["initiative"] == "customer"]) if "initiative" in rows else False
    signals = np.asarray(answered, dtype="int64") + np.asarray(came, dtype="int64")
    shown: npt.NDArray[np.int64] = np.maximum(level, signals)
    return shown


def _quoted(quotes: IntoFrame | None) -> pd.Series[int]:
    if quotes is None:
        return pd.Series(dtype="int64")
    counted: pd.Series[int] = (
        plain_table(quotes, "customer_id", name="quotes")["customer_id"].astype("str").value_counts()
    )
    return counted.sort_index()


def _funnel(status: pd.Series[str]) -> pd.DataFrame:
    counts = status.value_counts().reindex(STATUSES, fill_value=0)
    reached = counts[::-1].cumsum()[::-1].astype("float64")
    reached["inactive"] = np.nan
    before = reached.shift()
    rate = reached / before.where(before > 0)
    low, high = wilson(rate, before)
    columns = {"customers": counts, "reached": reached, "conversion_rate": rate, "low": low, "high": high}
    return pd.DataFrame(columns).rename_axis("status").reset_index()


def _warnings(unproven: int, contacts: object, quotes: object) -> tuple[Note, ...]:
    found = [note("stated_not_bought", customers=unproven)] if unproven else []
    absent = [name for name, table in (("contacts", contacts), ("quotes", quotes)) if table is None]
    return (*found, *(note("without_column", column=name) for name in absent))
