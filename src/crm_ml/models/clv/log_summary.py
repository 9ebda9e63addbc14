"""From a clean table of purchases to the BTYD summary, without any reading rules."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.data.windows import DateLike, as_day, before

__all__ = ["summary_from_log"]


def summary_from_log(
    log: pd.DataFrame, customer_id: str, timestamp: str, cutoff: DateLike, *, amount: str | None = None
) -> pd.DataFrame:
    """Return the summary of a table that is clean already: the quick way for who moves from lifetimes.

    Every row before the cutoff counts as a purchase, and purchases of one customer on one day as one.
    Returns, test accounts or currencies are not looked at: for those read the log with ``read_transactions``
    and call ``rfm_summary``, which gives the same table for a clean log.

    Parameters
    ----------
    log : DataFrame
        One row a purchase.
    customer_id, timestamp, amount : str
        Names of its columns.
    cutoff : date-like
        End of the observed period; only days before it are seen.

    Returns
    -------
    DataFrame
        Index customer in order of first appearance, columns ``frequency, t_x, T`` in days, and with amounts
        ``monetary_value`` (mean of the repeat days) and ``first_value``.

    Raises
    ------
    ColumnError
        When a column is missing.
    InputError
        When a customer, a date or an amount is missing, or nothing lies before the cutoff.

    Examples
    --------
    >>> log = pd.DataFrame({"who": ["a", "b", "a"], "when": ["2024-01-01", "2024-01-05", "2024-01-11"]})
    >>> summary_from_log(log, "who", "when", "2024-01-31")
       frequency  t_x   T
    a          1   10  30
    b          0    0  26
    """
    columns = [customer_id, timestamp, *([] if amount is None else [amount])]
    missing = [name for name in columns if name not in log]
    if missing:
        raise ColumnError(f"the log has no column {missing[0]!r}", got=list(log.columns))
    empty = log[columns].isna().sum()
    if empty.any():
        raise InputError(
            "a purchase needs a customer, a date and an amount",
            got={name: int(count) for name, count in empty.items() if count},
            do="drop or repair those rows, or read the log with read_transactions",
        )
    customer, names = pd.factorize(log[customer_id])
    moments = pd.to_datetime(log[timestamp]).to_numpy().astype("datetime64[D]")
    table = pd.DataFrame({"customer": customer, "day": moments.astype(np.int64)})
    table["amount"] = 0.0 if amount is None else log[amount].to_numpy(dtype=np.float64)
    known = before(nw.from_native(table).lazy(), cutoff).collect().to_native()
    if known.empty:
        raise InputError("no purchase lies before the cutoff", got=str(cutoff))
    summary = _summary(known, as_day(cutoff), with_values=amount is not None)
    return summary.set_axis(names[summary.index])


def _summary(known: pd.DataFrame, cutoff: int, *, with_values: bool) -> pd.DataFrame:
    """Sort one number a customer and day; each customer is then a stretch of days."""
    day = known["day"].to_numpy()
    low, span = day.min(), day.max() - day.min() + 1
    key = known["customer"].to_numpy() * span + (day - low)
    order = np.argsort(key, kind="stable") if with_values else None
    key = np.sort(key) if order is None else key[order]
    new = np.flatnonzero(np.diff(key, prepend=-1))
    customer, when = np.divmod(key[new], span)
    start = np.flatnonzero(np.diff(customer, prepend=-1))
    repeats = np.diff(start, append=len(new)) - 1
    columns = {
        "frequency": repeats,
        "t_x": when[start + repeats] - when[start],
        "T": cutoff - low - when[start],
    }
    if order is not None:
        money = np.add.reduceat(known["amount"].to_numpy()[order], new)
        later = np.add.reduceat(money, start) - money[start]
        columns["monetary_value"] = np.divide(later, repeats, out=np.zeros_like(later), where=repeats > 0)
        columns["first_value"] = money[start]
    return pd.DataFrame(columns, index=customer[start])
