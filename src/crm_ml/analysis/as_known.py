"""A company as it was known before an earlier day: what the classes of a training snapshot are made of.

Own rule, stricter than an analysis of today needs: what people wrote down counts from the day on which they
did, and lifetime value is forecast anew from the days before the snapshot. A risk list is never looked at,
because its models may have seen what the snapshot is to predict; nor are tables of costs, which are sums over
a period that no cutoff divides.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from crm_ml.analysis.accounts.significance import EFFECTS
from crm_ml.analysis.tables import plain_table
from crm_ml.base.exceptions import InputError
from crm_ml.data.memory import once
from crm_ml.data.own_columns import OwnColumns
from crm_ml.data.windows import DateLike, as_date, as_day

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.typing import IntoFrame

    from crm_ml.analysis.company import Company

__all__ = ["JUDGED", "as_known"]

#: Columns of accounts that people fill in and that a class depends on.
JUDGED = ("potential", "co_operation", *EFFECTS)
_AS_OF = "as_of"
_LIFETIME_DAYS = 1095


def as_known(company: Company, day: DateLike, *, fitted: DateLike | None = None) -> Company:
    """Return the company with what was known before a day and nothing else.

    Parameters
    ----------
    company : Company
        Transactions, settings and, where people judged accounts, ``accounts`` with the column ``as_of``: the
        day from which a row was known. Of several rows of a customer the latest before the day counts.
    day : date-like
        First day that is not seen.
    fitted : date-like, optional
        The model of lifetime value is fitted on the days before it; by default on those before `day`.

    Returns
    -------
    Company
        ``as_of`` is the day; ``accounts`` as known, ``scores`` with the lifetime value (``clv``) that the
        days before it promise.

    Raises
    ------
    InputError
        When accounts hold scores and no ``as_of``: nobody can say whether they were given before the day, or
        after it and because of what happened.

    Examples
    --------
    >>> import pandas as pd
    >>> from crm_ml.analysis.company import Company
    >>> from crm_ml.data.datasets import load_cdnow
    >>> scores = pd.DataFrame({"customer_id": ["00004", "00004"], "as_of": ["1997-05-01", "1998-02-01"],
    ...     "potential": [100, 900]})
    >>> known = as_known(Company(load_cdnow(sample=True), {"accounts": scores}), "1998-01-01")
    >>> known.table("accounts")["potential"].tolist()
    [100.0]
    """
    moment = as_day(day)
    tables: dict[str, IntoFrame] = {}
    judged = _judged(company.table("accounts"))
    if judged is not None:
        tables["accounts"] = judged.known_at(moment).reset_index()
    if company.tx.has_money:
        learnt = moment if fitted is None else as_day(fitted)
        key = ("clv", moment, learnt, company.settings.discount_rate)
        tables["scores"] = once(company.tx, key, lambda: _lifetime_value(company, moment, learnt))
    return dataclasses.replace(company, tables=tables, as_of=as_date(moment))


def _judged(accounts: IntoFrame | None) -> OwnColumns | None:
    """Return what people wrote down about accounts, with its dates; None where they wrote nothing."""
    if accounts is None:
        return None
    table = plain_table(accounts, "customer_id", name="accounts")
    judged = [name for name in JUDGED if name in table]
    if not judged:
        return None
    if _AS_OF not in table:
        raise InputError(
            "the accounts table does not say when its scores were known, and a class of an earlier day may "
            "not know what came later",
            got=f"{', '.join(judged)} without {_AS_OF}",
            do=f"add the column {_AS_OF} (the day from which a row was known), or leave the table out",
        )
    return OwnColumns(table[["customer_id", _AS_OF, *judged]])


def _lifetime_value(company: Company, day: int, fitted: int) -> pd.DataFrame:
    from crm_ml.features.summary import rfm_summary
    from crm_ml.models.clv.lifetime_value import LifetimeValue
    from crm_ml.models.clv.pareto_nbd import ParetoNBD

    history = rfm_summary(company.tx, day)
    model = LifetimeValue(ParetoNBD()).fit(history if fitted == day else rfm_summary(company.tx, fitted))
    rate = company.settings.discount_rate
    found = model.predict(history, horizon_days=_LIFETIME_DAYS, discount_rate=rate, interval=None)
    worth: pd.DataFrame = found[["clv"]].set_axis(history.index).rename_axis("customer_id").reset_index()
    return worth
