"""What is known of every customer on the day before a date: the rows that a prediction starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.data.market import measure_market, with_market
from crm_ml.data.normal import NormalSettings, own_normal
from crm_ml.data.own_columns import CategoryEncoding
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import DateLike, as_day
from crm_ml.features.build import build_features

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals as nw
    import pandas as pd

    from crm_ml.data.market import MarketIndex
    from crm_ml.data.own_columns import OwnColumns
    from crm_ml.data.transactions import Transactions

__all__ = [
    "ESTABLISHED",
    "USUAL_SPEND",
    "as_rows",
    "encoding_of",
    "join_own_columns",
    "last_purchase",
    "own_features",
    "snapshot_frame",
    "snapshot_parts",
    "take_snapshot",
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
    own, _ = own_features(own_columns, as_of, encoding)
    market = measure_market(tx, as_of, horizon_days, settings)
    frame = snapshot_frame(*snapshot_parts(tx, as_of, horizon_days, settings, market))
    return as_rows(tx.engine.to_arrow(frame).sort_by("customer_id"), own)


def snapshot_parts(
    tx: Transactions,
    as_of: DateLike,
    horizon_days: int,
    settings: NormalSettings | None,
    market: MarketIndex,
) -> tuple[nw.LazyFrame[Any], nw.LazyFrame[Any]]:
    """Return features and usual spend by customer: lazy frames of the engine for :func:`snapshot_frame`.

    The market index is given, because that of some customers is not that of the base.
    """
    import narwhals as nw

    unit = float(MONEY_SCALE if tx.has_money else 1)
    normal = own_normal(tx, as_of, horizon_days, settings)
    usual = with_market(normal, tx, as_of, market).select(
        "customer_id",
        ESTABLISHED,
        nw.when(nw.col(ESTABLISHED)).then(nw.col("normal") * (nw.col("market") / unit)).alias(USUAL_SPEND),
    )
    features: nw.LazyFrame[Any] = nw.from_native(build_features(tx, as_of, output="native")).lazy()
    return features, usual


def snapshot_frame(features: nw.LazyFrame[Any], usual: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Return the snapshot as a lazy frame of the engine, unsorted and without own columns."""
    import narwhals as nw

    joined = features.join(usual, on="customer_id", how="left")
    return joined.with_columns(nw.col(ESTABLISHED).fill_null(False))


def as_rows(table: Any, own: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return rows of a snapshot (an Arrow table or batch) by customer, with own columns where there are any.

    A customer without own columns gets missing values.
    """
    rows: pd.DataFrame = table.to_pandas().set_index("customer_id")
    rows.index = rows.index.astype("str")
    return rows if own is None else rows.join(own)


def own_features(
    own: OwnColumns | None, cutoff: DateLike, encoding: CategoryEncoding | None
) -> tuple[pd.DataFrame | None, dict[str, int]]:
    """Return own columns as known before the cutoff, as numbers; and how many values training never saw."""
    if encoding is None:
        return None, {}  # the models know of no own columns: a table of them is harmless
    if own is None:
        raise InputError(
            "the models were trained with own columns and there is no table of them",
            got="no extra",
            do="give the table of own columns (extra) that the models were trained with",
        )
    return encoding.transform(own.known_at(cutoff))


def join_own_columns(
    X: pd.DataFrame, own: OwnColumns | None, cutoff: DateLike, encoding: CategoryEncoding | None
) -> pd.DataFrame:
    """Join own columns as known before the cutoff; a customer without a row gets missing values."""
    made, _ = own_features(own, cutoff, encoding)
    return X if made is None else X.join(made)


def last_purchase(recency_days: pd.Series, as_of: DateLike) -> pd.Series:
    """Return the date of the last purchase from the days since then."""
    import pandas as pd

    days = as_day(as_of) - recency_days.to_numpy(dtype="int64")
    dates = days.astype("datetime64[D]").astype(object)
    return pd.Series(dates, index=recency_days.index, dtype=object)


def encoding_of(facts: Mapping[str, Any]) -> CategoryEncoding | None:
    """Return the encoding of own columns that a bundle's facts hold, if any."""
    stored = facts.get("own_columns")
    return CategoryEncoding.from_dict(stored) if stored else None
