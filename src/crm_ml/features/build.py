"""From transactions to one row a customer, at one cutoff or at many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import narwhals as nw

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.base.validation import check_choice
from crm_ml.data.windows import DateLike, as_date, as_day, before
from crm_ml.features.base import FeatureSpec
from crm_ml.features.catalogue import choose, left_out
from crm_ml.features.snapshot import columns_read, grain_tables, snapshot

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["build_feature_panel", "build_features", "check_cutoff", "known_log"]


@overload
def build_features(
    tx: Transactions,
    cutoff: DateLike,
    *,
    features: Sequence[str] | None = ...,
    output: Literal["pandas"] = ...,
) -> pd.DataFrame: ...
@overload
def build_features(
    tx: Transactions, cutoff: DateLike, *, features: Sequence[str] | None = ..., output: Literal["arrow"]
) -> pa.Table: ...
@overload
def build_features(
    tx: Transactions, cutoff: DateLike, *, features: Sequence[str] | None = ..., output: Literal["native"]
) -> Any: ...
def build_features(
    tx: Transactions,
    cutoff: DateLike,
    *,
    features: Sequence[str] | None = None,
    output: Literal["pandas", "arrow", "native"] = "pandas",
) -> Any:
    """Compute the features of every customer who bought before the cutoff.

    Parameters
    ----------
    tx : Transactions
        The log.
    cutoff : date-like
        First day of the future; only days before it are seen.
    features : sequence of str, optional
        Names from the catalogue; all when not given.
    output : {"pandas", "arrow", "native"}
        pandas: index ``customer_id``, sorted. arrow: a table with the column ``customer_id``, sorted.
        native: a lazy frame of the engine, unsorted.

    Returns
    -------
    DataFrame, pyarrow.Table or frame of the engine
        One row a customer; counts int64, the rest float64, money in currency units. What the columns of the
        log do not allow is left out and named in ``attrs["left_out"]`` (see also `catalogue.left_out`).

    Raises
    ------
    WindowError
        When nothing precedes the cutoff.
    InputError
        When a name is not in the catalogue.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> X = build_features(load_cdnow(sample=True), "1997-10-01")
    >>> X.loc["00004", ["recency_days", "purchase_days", "revenue"]].tolist()
    [60.0, 3.0, 74.02]
    """
    check_choice(output, ("pandas", "arrow", "native"), what="output")
    day = check_cutoff(tx, cutoff)
    specs = choose(features, tx.columns)
    customers = snapshot(grain_tables(known_log(tx, day, specs), tx.columns, specs), specs, day)
    if output == "native":
        return customers.to_native()
    table = _in_order([tx.engine.to_arrow(customers)], ["customer_id"])
    if output == "arrow":
        return table
    return _to_pandas(table, ["customer_id"], left_out(tx.columns, features))


@overload
def build_feature_panel(
    tx: Transactions,
    cutoffs: Iterable[DateLike],
    *,
    features: Sequence[str] | None = ...,
    output: Literal["pandas"] = ...,
) -> pd.DataFrame: ...
@overload
def build_feature_panel(
    tx: Transactions,
    cutoffs: Iterable[DateLike],
    *,
    features: Sequence[str] | None = ...,
    output: Literal["arrow"],
) -> pa.Table: ...
@overload
def build_feature_panel(
    tx: Transactions,
    cutoffs: Iterable[DateLike],
    *,
    features: Sequence[str] | None = ...,
    output: Literal["native"],
) -> Any: ...
def build_feature_panel(
    tx: Transactions,
    cutoffs: Iterable[DateLike],
    *,
    features: Sequence[str] | None = None,
    output: Literal["pandas", "arrow", "native"] = "pandas",
) -> Any:
    """Compute the features at several cutoffs; the grain tables are made once, each cutoff is one query.

    Parameters
    ----------
    tx, features, output
        As in `build_features`.
    cutoffs : iterable of date-like
        The snapshots.

    Returns
    -------
    DataFrame, pyarrow.Table or frame of the engine
        As `build_features`, with the index (or first columns) ``customer_id, cutoff``, sorted; cutoffs are
        dates. The rows of a cutoff equal `build_features` at it.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> panel = build_feature_panel(load_cdnow(sample=True), ["1997-07-01", "1997-10-01"])
    >>> panel.index.names
    FrozenList(['customer_id', 'cutoff'])
    """
    check_choice(output, ("pandas", "arrow", "native"), what="output")
    days = sorted({check_cutoff(tx, cutoff) for cutoff in cutoffs})
    if not days:
        raise InputError("no cutoffs", do="give at least one")
    specs = choose(features, tx.columns)
    lazy = grain_tables(known_log(tx, days[-1], specs), tx.columns, specs)
    tables = {grain: tx.engine.materialise(table) for grain, table in lazy.items()}
    snapshots = [_dated(snapshot(tables, specs, day), day) for day in days]
    if output == "native":
        return nw.concat(snapshots).to_native()
    table = _in_order([tx.engine.to_arrow(one) for one in snapshots], ["customer_id", "cutoff"])
    for grain in tables.values():
        tx.engine.release(grain)
    if output == "arrow":
        return table
    return _to_pandas(table, ["customer_id", "cutoff"], left_out(tx.columns, features))


def known_log(tx: Transactions, day: int, specs: Sequence[FeatureSpec]) -> nw.LazyFrame[Any]:
    """Return the rows before a day, with the columns that the features are made from, lazily."""
    return before(tx.log, day).select(columns_read(tx.columns, specs))


def check_cutoff(tx: Transactions, cutoff: DateLike) -> int:
    """Return the day of a cutoff that something precedes.

    Raises
    ------
    WindowError
        When nothing does.
    """
    day = as_day(cutoff)
    if day <= as_day(tx.first_day):
        raise WindowError(
            f"nothing precedes the cutoff {as_date(day)}",
            got=f"data from {tx.first_day} to {tx.last_day}",
            do="choose a later cutoff",
        )
    return day


def _dated(customers: nw.LazyFrame[Any], day: int) -> nw.LazyFrame[Any]:
    features = [name for name in customers.collect_schema().names() if name != "customer_id"]
    dated = customers.with_columns(cutoff=nw.lit(as_date(day)).cast(nw.Date))
    return dated.select("customer_id", "cutoff", *features)


def _in_order(tables: list[pa.Table], keys: list[str]) -> pa.Table:
    """Stack tables and sort them; `Table.sort_by` is a query plan of its own, up to three times slower."""
    import pyarrow as pa
    import pyarrow.compute as pc

    stacked = pa.concat_tables(tables)
    return stacked.take(pc.sort_indices(stacked, sort_keys=[(key, "ascending") for key in keys]))


def _to_pandas(table: pa.Table, index: list[str], absent: dict[str, str]) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(date_as_object=True).set_index(index)
    frame.attrs["left_out"] = absent
    return frame
