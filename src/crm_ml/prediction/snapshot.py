"""What is known of every customer on the day before a date: the rows that a prediction starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.data.market import market_index
from crm_ml.data.normal import NormalSettings, own_normal
from crm_ml.data.own_columns import CategoryEncoding
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, as_date, as_day
from crm_ml.features.build import build_features

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crm_ml.data.own_columns import OwnColumns
    from crm_ml.data.transactions import Transactions

__all__ = [
    "ESTABLISHED",
    "USUAL_SPEND",
    "encoding_of",
    "join_own_columns",
    "last_purchase",
    "take_snapshot",
    "usual_spend",
]

ESTABLISHED = "established"
USUAL_SPEND = "usual_spend"


def take_snapshot(
    tx: Transactions,
    as_of: DateLike,
    horizon_days: int,
    *,
    settings: NormalSettings | None = None,
    own_columns: OwnColumns | None = None,
    encoding: CategoryEncoding | None = None,
) -> pd.DataFrame:
    """Return features, own columns and the own normal of every customer known before `as_of`.

    Parameters
    ----------
    tx : Transactions
        The log; only days before `as_of` are used.
    as_of : date-like
        First day of the future.
    horizon_days : int
        Length of the horizon that ``usual_spend`` stands for.
    settings : NormalSettings, optional
        How the own normal is measured.
    own_columns : OwnColumns, optional
        Further columns, as known before `as_of`.
    encoding : CategoryEncoding, optional
        How `own_columns` become numbers; needed with them.

    Returns
    -------
    DataFrame
        Index ``customer_id``, sorted; the features, ``established`` (bool) and ``usual_spend`` (currency
        units, or purchase days in a log without amounts; NaN for customers who are not established).
    """
    X = build_features(tx, as_of)
    X = join_own_columns(X, own_columns, as_of, encoding)
    return X.join(usual_spend(tx, as_of, horizon_days, settings)).assign(
        established=lambda rows: rows[ESTABLISHED].astype("boolean").fillna(False).astype(bool)
    )


def usual_spend(
    tx: Transactions, as_of: DateLike, horizon_days: int, settings: NormalSettings | None = None
) -> pd.DataFrame:
    """Return ``established`` and ``usual_spend`` = own normal × market index, by customer."""
    normal = tx.engine.to_arrow(own_normal(tx, as_of, horizon_days, settings)).to_pandas()
    factor = market_index(tx, as_of, horizon_days, settings) / (MONEY_SCALE if tx.has_money else 1)
    usual = (normal["normal"] * factor).where(normal["established"])
    table: pd.DataFrame = normal[["established"]].assign(usual_spend=usual)
    return table.set_index(normal["customer_id"].astype("str")).sort_index()


def join_own_columns(
    X: pd.DataFrame, own: OwnColumns | None, cutoff: DateLike, encoding: CategoryEncoding | None
) -> pd.DataFrame:
    """Join own columns as known before the cutoff; a customer without a row gets missing values."""
    if encoding is None:
        return X  # the models know of no own columns: a table of them is harmless
    if own is None:
        raise InputError(
            "the models were trained with own columns and there is no table of them",
            got="no extra",
            do="give the table of own columns (extra) that the models were trained with",
        )
    made, unseen = encoding.transform(own.known_at(cutoff))
    joined = X.join(made)
    joined.attrs |= {**X.attrs, "unseen_categories": unseen}
    return joined


def last_purchase(recency_days: pd.Series, as_of: DateLike) -> pd.Series:
    """Return the date of the last purchase from the days since then."""
    day = as_day(as_of)
    return recency_days.map(lambda age: as_date(day - int(age)), na_action="ignore")


def encoding_of(facts: Mapping[str, Any]) -> CategoryEncoding | None:
    """Return the encoding of own columns that a bundle's facts hold, if any."""
    stored = facts.get("own_columns")
    return CategoryEncoding.from_dict(stored) if stored else None
