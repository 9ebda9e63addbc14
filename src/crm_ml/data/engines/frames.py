"""Which engine a frame belongs to, told by its type's module, so that no engine is imported to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

    from crm_ml.data.engines.base import Engine

__all__ = ["as_arrow", "as_lazy", "engine_of", "is_native", "native_names"]

_HOMES = {"duckdb": "duckdb", "_duckdb": "duckdb", "polars": "polars", "pyspark": "spark"}


def engine_of(frame: Any) -> str | None:
    """Return the kind of engine that a frame lives on; None for pandas, Arrow and anything else.

    Examples
    --------
    >>> engine_of([1]) is None
    True
    """
    return _HOMES.get(type(frame).__module__.split(".")[0])


def is_native(frame: Any, engine: Engine) -> bool:
    """Whether a frame can be used by an engine where it is."""
    return engine_of(frame) == engine.name


def as_lazy(frame: Any) -> nw.LazyFrame[Any]:
    """Return a native frame as a Narwhals lazy frame."""
    import narwhals as nw

    lazy: nw.LazyFrame[Any] = nw.from_native(frame).lazy()
    return lazy


def native_names(frame: Any) -> list[str]:
    """Return the columns of a DuckDB, Polars or Spark frame as their owner calls them."""
    return list(frame.collect_schema().names() if hasattr(frame, "collect_schema") else frame.columns)


def as_arrow(frame: Any) -> pa.Table:
    """Return any eager or lazy frame as an Arrow table; column names may repeat.

    Raises
    ------
    InputError
        When it is no frame.
    """
    import pyarrow as pa

    kind = type(frame).__module__.split(".")[0]
    if kind == "pandas":
        return _from_pandas(frame)
    if isinstance(frame, pa.RecordBatchReader):
        return frame.read_all()
    if isinstance(frame, pa.Table):
        return frame
    import narwhals as nw

    try:
        table = nw.from_native(frame).lazy().collect("pyarrow").to_native()
    except TypeError as error:
        raise InputError(
            "neither a path nor a frame",
            got=type(frame).__name__,
            do="give a path, a pandas, Arrow, Polars, DuckDB or Spark frame, or a SqlSource",
        ) from error
    return table


def _from_pandas(frame: Any) -> pa.Table:
    import pyarrow as pa

    columns = []
    for number in range(frame.shape[1]):  # by position: names may repeat or be no text
        column = frame.iloc[:, number]
        if getattr(column.dtype, "tz", None) is not None:
            naive = pa.array(column.dt.tz_convert("UTC").dt.tz_localize(None), from_pandas=True)
            columns.append(naive.cast(pa.timestamp(naive.type.unit, "UTC")))
            continue
        try:
            columns.append(pa.array(column, from_pandas=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers and text in one column
            text = [
                None if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)
            ]
            columns.append(pa.array(text, pa.string()))
    return pa.Table.from_arrays(columns, names=[str(name) for name in frame.columns])
