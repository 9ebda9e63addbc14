"""The previous risk list: what changed since, and whether it was right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.data.own_columns import read_table

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd

    from crm_ml.base.result import Result
    from crm_ml.data.engines.base import Engine
    from crm_ml.data.transactions import Transactions

__all__ = ["bands_before", "last_outcome", "read_last_list"]


def read_last_list(path: str) -> pd.DataFrame | None:
    """Return the list that a config names, None where it names none."""
    return read_table(path) if path else None


def bands_before(path: str, engine: Engine) -> nw.LazyFrame[Any] | None:
    """Return who stood in which risk band on the previous list, as a frame of the engine; None without one.

    A Parquet list is read by the engine and never as a whole.

    Raises
    ------
    InputError
        When it is no risk list.
    """
    if not path:
        return None
    import pyarrow as pa

    needed = ["customer_id", "risk_band"]
    if Path(path).suffix.lower() == ".parquet" and Path(path).is_file():
        frame = engine.read_parquet([path])
    else:
        frame = engine.from_arrow(pa.Table.from_pandas(read_table(path), preserve_index=False))
    missing = sorted(set(needed) - set(frame.collect_schema().names()))
    if missing:
        raise InputError(
            "this is not a risk list", got=f"no column {missing}", do="give the Parquet file of it"
        )
    return frame.select(*needed)


def last_outcome(path: str, tx: Transactions) -> Result | None:
    """Return what the previous list brought, None without a list; it may be too early to tell."""
    from crm_ml.evaluation.outcome import list_outcome

    table = read_last_list(path)
    return None if table is None else list_outcome(table, tx)
