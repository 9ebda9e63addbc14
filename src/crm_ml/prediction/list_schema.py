"""The columns of the risk list as Arrow types, and the same types in pandas on the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.prediction.columns import RISK_LIST, Kind

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CONSTANT", "LISTED", "list_schema", "mapped_schema", "to_pandas"]

#: Columns with one value for a whole list; they are added when it is written.
CONSTANT = ("basis", "currency", "as_of", "horizon_days", "clv_horizon_days", "model_version")
#: Whether a scored customer may stand on the list.
LISTED = "listed"


def mapped_schema() -> pa.Schema:
    """Return what the scoring of a batch hands back: the list's own columns, and who may stand on it."""
    import pyarrow as pa

    left_out = {"rank", *CONSTANT}
    fields = [(one.name, _arrow(one.kind)) for one in RISK_LIST if one.name not in left_out]
    return pa.schema([*fields, (LISTED, pa.bool_())])


def list_schema() -> pa.Schema:
    """Return the schema of the Parquet list: the same as pandas writes for the table in memory."""
    import pyarrow as pa

    row = {one.name: [_EXAMPLES[one.kind]] for one in RISK_LIST}
    return pa.Schema.from_pandas(_typed(pd.DataFrame(row)), preserve_index=False)


def to_pandas(batch: Any) -> pd.DataFrame:
    """Return an Arrow batch of the list with the types of the table in memory."""
    table: pd.DataFrame = batch.to_pandas(date_as_object=True)
    return _typed(table)


_EXAMPLES: Mapping[Kind, Any] = {
    "text": "",
    "code": "",
    "int": 0,
    "number": 0.0,
    "money": 0.0,
    "probability": 0.0,
    "date": pd.Timestamp(0).date(),
    "bool": True,
}
_NULLABLE = ("may_contact",)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    made: dict[str, Any] = {}
    for one in RISK_LIST:
        if one.name not in table:
            continue
        column = table[one.name]
        if one.kind in ("text", "code"):
            made[one.name] = column.astype("str")
        elif one.kind == "bool":
            made[one.name] = column.astype("boolean" if one.name in _NULLABLE else np.bool_)
        else:
            made[one.name] = column
    return pd.DataFrame(made)


def _arrow(kind: Kind) -> pa.DataType:
    import pyarrow as pa

    types = {"int": pa.int64(), "date": pa.date32(), "bool": pa.bool_()}
    return types.get(kind, pa.string() if kind in ("text", "code") else pa.float64())
