"""From transactions to one row a customer, at one cutoff or at many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import narwhals as nw

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.base.validation import check_choice
from crm_ml.data.windows import DateLike, as_date, as_day
from crm_ml.features.base import FeatureSpec
from crm_ml.features.catalogue import choose, left_out
from crm_ml.features.in_memory.parts import fits_in_memory, tables_in_memory
from crm_ml.features.on_engine import frame_on_engine, table_on_engine

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from crm_ml.data.transactions import Transactions

__all__ = ["build_feature_panel", "build_features", "check_cutoff"]


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
        native: a lazy frame of the engine, in any order.

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
    return _built(tx, [check_cutoff(tx, cutoff)], features, output, dated=False)


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
    """Compute the features at several cutoffs; what they share is made once.

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
    return _built(tx, days, features, output, dated=True)


def _built(
    tx: Transactions, days: list[int], features: Sequence[str] | None, output: str, *, dated: bool
) -> Any:
    specs = choose(features, tx.columns)
    with tx.engine.lock:
        made = _computed(tx, specs, days, dated=dated, native=output == "native")
    if output != "pandas":
        return made
    frame: pd.DataFrame = made.to_pandas(date_as_object=True)
    frame = frame.set_index(["customer_id", "cutoff"] if dated else ["customer_id"])
    frame.attrs["left_out"] = left_out(tx.columns, features)
    return frame


def _computed(
    tx: Transactions, specs: Sequence[FeatureSpec], days: list[int], *, dated: bool, native: bool
) -> Any:
    """Return an Arrow table, or a frame of the engine."""
    import pyarrow as pa

    if fits_in_memory(tx, specs):
        tables = tables_in_memory(tx, specs, days, dated=dated)
        return _taken_in(tx, tables).to_native() if native else pa.concat_tables(tables)
    if native:
        return frame_on_engine(tx, specs, days, dated=dated).to_native()
    return table_on_engine(tx, specs, days, dated=dated)


def _taken_in(tx: Transactions, tables: Iterator[pa.Table]) -> nw.LazyFrame[Any]:
    """Return tables as a frame of the engine, which keeps them itself where there are several."""
    parts = [tx.engine.from_arrow(next(tables))]
    for table in tables:
        parts[-1] = tx.engine.materialise(parts[-1])
        parts.append(tx.engine.from_arrow(table))
    return nw.concat(parts)


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
